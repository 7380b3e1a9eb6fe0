"""What `gateway check` says of accounts with SMS companies."""

from pathlib import Path

from gateway.cli.checking_accounts import accounts
from gateway.plumbing.settings import load_settings
from gateway.providers.base import ProviderConfig
from gateway.providers.simulator import Simulator
from gateway.runtime import build_runtime
from tests.make import TEST_ENV

SETTINGS = """
[providers.first]
type = "twilio"
account_sid = "AC1"
sender_id = "20880"
{first}
[providers.second]
type = "twilio"
account_sid = "AC1"
sender_id = "20880"
price = 0.04
{second}
[[routes]]
prefix = ""
accounts = ["first"]
"""


class Silent(Simulator):
    """A company that tells no balance."""


def said(
    tmp_path: Path, first: str, second: str = "", *, closed: bool = True
) -> list[tuple[str, str | None]]:
    file = tmp_path / "gateway.toml"
    file.write_text(SETTINGS.format(first=first, second=second))
    tokens = {f"GATEWAY_PROVIDERS__{name}__AUTH_TOKEN": "t" for name in ("FIRST", "SECOND")}
    database = {"GATEWAY_DATABASE__URL": f"sqlite:///{tmp_path / 'g.db'}"}
    runtime = build_runtime(
        load_settings(TEST_ENV | tokens | database | {"GATEWAY_CONFIG": str(file)})
    )
    config = ProviderConfig("first", "simulator", options={"secret": "s" if closed else ""})
    runtime.providers = dict(runtime.providers) | {"first": Silent(config)}
    return list(accounts(runtime))


def test_an_account_that_lacks_nothing_is_well(tmp_path: Path) -> None:
    found = said(tmp_path, 'price = 0.1\npaid = 100\npaid_on = "2026-01-31"')
    assert found == [
        ("account first", None),
        ("account second", "stands in no route: nothing leaves by it"),
    ]


def test_each_thing_to_mend_is_a_line(tmp_path: Path) -> None:
    found = [
        problem for name, problem in said(tmp_path, "", closed=False) if name == "account first"
    ]
    open_door, price, balance = (problem or "" for problem in found)
    assert "anybody who knows the address of its webhooks can invent reports" in open_door
    assert price.startswith("no price")
    assert balance.startswith("no balance")


def test_a_payment_on_a_day_that_is_not_is_named(tmp_path: Path) -> None:
    found = said(tmp_path, 'price = 0.1\npaid = 100\npaid_on = "2026-02-30"')
    assert found[0] == ("account first", "paid_on: there is no day 2026-02-30")


def test_simulators_need_nothing(tmp_path: Path) -> None:
    database = {"GATEWAY_DATABASE__URL": f"sqlite:///{tmp_path / 'g.db'}"}
    assert list(accounts(build_runtime(load_settings(TEST_ENV | database)))) == []
