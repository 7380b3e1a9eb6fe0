"""Holds a warning against the do-no-harm checks, and sets objections aside with a reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts.lint import RULES, Finding, check
from gateway.alerts.lint_reach import check_reach
from gateway.alerts.lint_words import Lists
from gateway.flow.freezing import record_act
from gateway.flow.lint_facts import case_of, known_of, retimed, situation_of
from gateway.flow.lint_lists import load_lists
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Override, User
from gateway.terms.refusals import NotAllowed, NotFound, Refused, need_reason
from gateway.terms.saying import Said
from gateway.understanding.folding import fold


@dataclass(frozen=True, slots=True)
class Nevertheless:
    """Why somebody wants it to leave all the same, and the name of the rule."""

    name: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Objection:
    """All findings of one rule; `aside` for this version, None while nobody gave a reason."""

    rule: str
    name: str
    blocks: bool
    yields: bool
    findings: tuple[Finding, ...]
    aside: Nevertheless | None

    @property
    def stops(self) -> bool:
        """Whether it cannot be submitted like this."""
        return self.blocks and self.aside is None


def check_texts(
    runtime: Runtime,
    session: Session,
    alert: Alert,
    texts: Mapping[str, str] | None = None,
    expires_at: datetime | None = None,
) -> list[Objection]:
    """Of the texts as they are kept, or as somebody is typing them; what blocks comes first."""
    kept = {text.language: text.body for text in alert.texts}
    typed = {language: (texts or {}).get(language, body) for language, body in kept.items()}
    lists = load_lists(runtime.settings.languages)
    known = known_of(session, alert)
    case = case_of(runtime, session, alert, known, alert.expires_at)
    found = check(typed, case, lists, fold)
    if expires_at is not None and expires_at != alert.expires_at:
        found = _retimed(found, check(typed, retimed(runtime, case, expires_at), lists, fold))
    return _objections(found, _nevertheless(known.asides))


def check_area(runtime: Runtime, session: Session, alert: Alert, now: datetime) -> list[Objection]:
    """Of whom it reaches and when, as the draft is kept: advice only."""
    if alert.purpose != "warning":
        return []
    return _objections(check_reach(situation_of(runtime, session, alert, now)), {})


def refuse_harm(runtime: Runtime, session: Session, alert: Alert) -> None:
    """Raises Refused with everything that blocks and that nobody set aside for this version."""
    stops = [one for one in check_texts(runtime, session, alert) if one.stops]
    if not stops:
        return
    lists = load_lists(runtime.settings.languages)
    found = _together([_stopping(one, lists) for one in stops])
    raise Refused("It cannot leave yet: %(what)s. The checks below say what to change.", what=found)


def _stopping(one: Objection, lists: Mapping[str, Lists]) -> Said:
    names = dict.fromkeys(lists[found.language].name for found in one.findings if found.language)
    if not names:
        return Said(one.name)
    languages = _together([Said(name) for name in names], "%(first)s, %(second)s")
    return Said("%(rule)s (%(languages)s)", {"rule": Said(one.name), "languages": languages})


def _together(parts: Sequence[Said], how: str = "%(first)s; %(second)s") -> Said:
    return reduce(lambda one, other: Said(how, {"first": one, "second": other}), parts)


def set_aside(
    runtime: Runtime,
    session: Session,
    alert_id: int,
    by: User,
    version: int,
    reasons: Mapping[str, str],
    now: datetime,
) -> None:
    """Keeps, by rule, why this version of a draft should leave nevertheless.

    A reason for a rule that objects to nothing is passed by; a new version asks again.
    """
    if by.disabled or by.role not in ("coordinator", "admin"):
        raise NotAllowed("Only coordinators send warnings.")
    alert = session.get(Alert, alert_id, with_for_update=True)
    if alert is None:
        raise NotFound("There is no warning %(number)s.", number=alert_id)
    if alert.version != version or alert.state != "draft":
        raise Refused("Somebody changed this warning meanwhile. Read it again, then decide.")
    given = {rule: reason for rule, reason in reasons.items() if reason.strip()}
    blocking = [one for one in check_texts(runtime, session, alert) if one.blocks]
    chosen = [one for one in blocking if one.rule in given]
    for objection in chosen:
        _keep(session, alert, by, objection, given[objection.rule], now)
    session.flush()
    for rule in [objection.rule for objection in chosen]:
        facts = {"rule": rule, "version": version}
        record_act(session, alert, by, "alert.override", now, reason=given[rule], **facts)


def asides(session: Session, alert: Alert) -> dict[str, Nevertheless]:
    """By rule, what was set aside for this version."""
    rows = session.execute(
        select(Override.rule, User.name, Override.reason)
        .join(User, User.id == Override.user_id)
        .where(Override.alert_id == alert.id, Override.version == alert.version)
        .order_by(Override.id)
    )
    return _nevertheless({rule: (who, reason) for rule, who, reason in rows})


def _nevertheless(kept: Mapping[str, tuple[str, str]]) -> dict[str, Nevertheless]:
    return {rule: Nevertheless(RULES[rule].name, *by) for rule, by in kept.items()}


def _retimed(kept: list[Finding], typed: list[Finding]) -> list[Finding]:
    """A text that gives the time of the kept expiry is given the new one when it is kept."""
    wrong = {one.language for one in kept if one.rule == "expiry"}
    return [one for one in typed if one.rule != "expiry" or one.language in wrong]


def _keep(
    session: Session, alert: Alert, by: User, objection: Objection, reason: str, now: datetime
) -> None:
    if not objection.yields:
        raise Refused(
            "%(rule)s: no reason can set this aside. Please change the text.",
            rule=Said(objection.name),
        )
    need_reason(reason)
    known = session.scalar(
        select(Override).where(
            Override.alert_id == alert.id,
            Override.version == alert.version,
            Override.rule == objection.rule,
        )
    )
    row = known or Override(alert_id=alert.id, version=alert.version, rule=objection.rule)
    row.user_id, row.reason, row.at = by.id, reason.strip(), now
    session.add(row)


def _objections(found: Iterable[Finding], aside: Mapping[str, Nevertheless]) -> list[Objection]:
    by_rule: dict[tuple[str, str], list[Finding]] = {}
    for one in found:
        by_rule.setdefault((one.kind, one.rule), []).append(one)
    objections = [
        Objection(
            rule=rule,
            name=RULES[rule].name,
            blocks=kind == "blocking",
            yields=RULES[rule].yields,
            findings=tuple(findings),
            aside=aside.get(rule) if RULES[rule].yields else None,
        )
        for (kind, rule), findings in by_rule.items()
    ]
    return sorted(objections, key=lambda one: not one.blocks)
