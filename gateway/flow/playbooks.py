"""The playbooks as they hold here: the shipped ones under what coordinators wrote over them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts import drafting, wording
from gateway.alerts.playbooks import Playbook, hazards, shipped
from gateway.plumbing.settings_alerts import LintSettings
from gateway.runtime import Runtime
from gateway.store.tables import Alert, PlaybookLine, PlaybookStep
from gateway.terms.gsm7 import encoding_of, measure
from gateway.terms.languages import language_name
from gateway.terms.refusals import NotFound

_SINGLE, _PART = {"GSM-7": 160, "UCS-2": 70}, {"GSM-7": 153, "UCS-2": 67}


@dataclass(frozen=True, slots=True)
class Room:
    """How long a line may be: the text around it, and what of it the budget leaves."""

    around: str  # the longest text that it may stand in, with "{action}" in its place
    letters: int


def lines_of(session: Session, hazard: str) -> dict[str, str]:
    """What people are told to do, by language."""
    own = session.execute(
        select(PlaybookLine.language, PlaybookLine.action).where(PlaybookLine.hazard == hazard)
    )
    return dict(shipped().of(hazard).action) | {row.language: row.action for row in own}


def steps_of(session: Session, hazard: str) -> Sequence[str]:
    """The coordinators' checklist."""
    own = session.scalars(
        select(PlaybookStep.words)
        .where(PlaybookStep.hazard == hazard)
        .order_by(PlaybookStep.position)
    ).all()
    return own or shipped().of(hazard).steps


def playbook_of(session: Session, hazard: str) -> Playbook:
    """Both; raises NotFound for a hazard that nobody is warned of."""
    if hazard not in hazards():
        raise NotFound("There is no playbook for that.")
    return Playbook(steps_of(session, hazard), lines_of(session, hazard))


def fingerprint(playbook: Playbook) -> str:
    """Changes when anything of it does: a form that shows an older one is refused."""
    content = json.dumps([list(playbook.steps), dict(playbook.action)], sort_keys=True)
    return sha256(content.encode()).hexdigest()[:16]


def room_for(runtime: Runtime, hazard: str, language: str, line: str = "") -> Room:
    """What a line in that language may take, in the worst case: `drafting.longest_text`."""
    source = runtime.settings.service_name
    around = drafting.longest_text(hazard, language, source, "{action}")
    text = around.replace("{action}", line)
    lint = runtime.settings.lint
    return Room(around, _capacity(text, lint) - _units(text) + len(line))


def gaps(runtime: Runtime, session: Session) -> list[str]:
    """What the deployment's languages lack, and lines that make a warning too long."""
    found = []
    own = [code for code in runtime.settings.languages if code in wording.languages()]
    for hazard in hazards():
        lines = lines_of(session, hazard)
        for code in own:
            line = lines.get(code)
            if not line:
                found.append(f"{hazard}: no line in {language_name(code)}")
                continue
            over = len(line) - room_for(runtime, hazard, code, line).letters
            if over > 0:
                found.append(f"{hazard}: the line in {language_name(code)} is {over} too long")
    return found


def why_not_drafted(session: Session, alert: Alert) -> dict[str, str]:
    """For each text that stands empty, what has to be mended."""
    empty = [text.language for text in alert.texts if not text.body]
    if not empty:
        return {}
    lines = lines_of(session, alert.hazard)
    return drafting.faults(alert.purpose, alert.hazard, empty, lines)


def need_every_text(alert: Alert) -> None:
    """Refuses an alert that has nothing to say in one of its languages."""
    drafting.need_every_text({text.language: text.body for text in alert.texts})


def _capacity(text: str, lint: LintSettings) -> int:
    """Letters that a text in this alphabet may have."""
    encoding = encoding_of(text)
    most = lint.segments_gsm7 if encoding == "GSM-7" else lint.segments_ucs2
    if most == 1:
        return _SINGLE[encoding]
    return most * _PART[encoding]


def _units(text: str) -> int:
    """Septets or 16-bit units, with what is wasted at the joints."""
    found = measure(text)
    if found.segments == 1:
        return _SINGLE[found.encoding] - found.units_left
    return found.segments * _PART[found.encoding] - found.units_left
