"""The rules that hold here, each with its value, what it means and where it is set; read only."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask_babel import gettext
from pydantic import SecretStr

from gateway.alerts.playbooks import hazards
from gateway.plumbing.settings import Settings
from gateway.plumbing.settings_sources import ENV_PREFIX, origins
from gateway.web.admin.policy_words import SECTIONS
from gateway.web.context import runtime
from gateway.web.guards import needs
from gateway.web.speech import spoken

bp = Blueprint("policies", __name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """One setting; `origin` is shipped, file or environment."""

    key: str
    name: str
    meaning: str
    value: str
    variable: str
    origin: str


@bp.get("/policies")
@needs("coordinator")
def page() -> str:
    settings = runtime().settings
    known = origins(os.environ)
    sections = [
        (title, [_rule(settings, known, *words) for words in rules]) for title, rules in SECTIONS
    ]
    return render_template(
        "admin/policies.html",
        sections=sections,
        approvals=[(hazard, _approvals(settings, hazard)) for hazard in hazards()],
        rules=settings.approval_rules,
        file=os.path.basename(os.environ.get("GATEWAY_CONFIG", "")),
    )


def _rule(settings: Settings, known: dict[str, str], key: str, name: str, meaning: str) -> Rule:
    return Rule(
        key=key,
        name=spoken(name),
        meaning=spoken(meaning),
        value=_value(_found(settings, key)),
        variable=ENV_PREFIX + key.upper().replace(".", "__"),
        origin=known.get(key, "shipped"),
    )


def _approvals(settings: Settings, hazard: str) -> int:
    return settings.approvals_for(hazard, runtime().hazards[hazard].severity)


def _found(settings: Settings, key: str) -> object:
    value: object = settings
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _value(value: object) -> str:
    """As a person reads it; of a secret only whether there is one."""
    if isinstance(value, SecretStr):
        return str(gettext("set") if value.get_secret_value() else gettext("not set"))
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, float | int):
        return f"{value:g}" if isinstance(value, float) else f"{value:,}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(spoken(one) for one in value) or gettext("none")
    return spoken(value) or gettext("none")
