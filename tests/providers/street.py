"""One gateway with an account of every type of provider, for what must hold for all of them."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from flask.testing import FlaskClient

from gateway.app import create_app
from gateway.plumbing.settings_sources import SECRETS
from gateway.runtime import Runtime, build_runtime
from tests.make import settings_for

from .contract import CASES, Case
from .making import NOW

OPEN = "-open"  # how accounts end that need no proof, as far as their company lets them


@dataclass(frozen=True)
class House:
    """One account: its name, what it was made of, and the secrets planted in it."""

    account: str
    case: Case
    prefix: str  # of the numbers whose messages go by it
    secrets: tuple[str, ...]


@dataclass
class Street:
    """The gateway; its houses in the order of their types."""

    runtime: Runtime
    client: FlaskClient
    houses: list[House]
    file: Path
    now: datetime = NOW


@contextmanager
def opened_all(template: Path, folder: Path, base_url: str = "") -> Iterator[Street]:
    """All types on one copy of a migrated SQLite file; secrets are replaced by telling ones."""
    houses = [house for case in CASES for house in _houses(case)]
    houses = [replace(house, prefix=f"+25471{n:02}") for n, house in enumerate(houses)]
    environ: dict[str, str] = {}
    for house in houses:
        options = house.case.options | {"type": house.case.type, "timeout_s": "0.5"}
        options |= {"sender_id": house.case.sender_id, "base_url": base_url}
        name = house.account.upper().replace("-", "_")
        environ |= {f"GATEWAY_PROVIDERS__{name}__{key.upper()}": v for key, v in options.items()}
    rows = (f'{{prefix = "{one.prefix}", accounts = ["{one.account}"]}}' for one in houses)
    file = folder / "street.db"
    shutil.copy(template, file)
    settings = settings_for(
        f"sqlite:///{file}", folder, GATEWAY_ROUTES=f"[{', '.join(rows)}]", **environ
    )
    runtime = build_runtime(settings)
    street = Street(runtime, create_app(runtime).test_client(), houses, file)
    runtime.clock = lambda: street.now
    try:
        yield street
    finally:
        runtime.database.close()


def _houses(case: Case) -> Iterator[House]:
    planted = {
        key: f"hushhush{number}{case.type}{key}".replace("_", "")
        for number, key in enumerate(case.options)
        if key in SECRETS
    }
    told = _usable(case, planted)
    if case.type == "simulator":
        told |= {"auth_token": "hushhushsimulator"}
    secrets = tuple(value for key, value in told.items() if key in SECRETS and len(value) > 8)
    yield House(case.type, replace(case, options=told), "", secrets)
    bare = {key: value for key, value in told.items() if key not in SECRETS}
    if bare != told and case.type != "simulator" and _builds(replace(case, options=bare)):
        yield House(case.type + OPEN, replace(case, options=bare), "", ())


def _usable(case: Case, planted: Mapping[str, str]) -> dict[str, str]:
    """The case's options with as many planted secrets as its type takes for secrets."""
    options = dict(case.options)
    for key, value in planted.items():
        changed = options | {key: value}
        if _builds(replace(case, options=changed)):
            options = changed
    return options


def _builds(case: Case) -> bool:
    try:
        case.make()
    except ValueError:
        return False
    return True
