"""Signs up the good rows of a checked sheet, in one transaction, and greets who came."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from gateway.alerts import lettering, wording
from gateway.dispatch.outbox import Text, queue_welcomes
from gateway.dispatch.routing import path_of
from gateway.flow import newcomers
from gateway.flow.carrying import Carrying
from gateway.flow.reaching import by_day
from gateway.flow.sheet_judging import SignUp
from gateway.flow.sheets import Checked, check, left_out_as
from gateway.incidents.trust import learn_of
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.database import nudge_after_commit
from gateway.store.history import move
from gateway.store.once import inserts
from gateway.store.tables import AccountState, Place, Subscriber, User
from gateway.subscribers import consent, homes, pseudonyms
from gateway.terms.gsm7 import measure
from gateway.terms.refusals import Refused, need_reason

_WELCOME_HOURS = 72  # a slow line may need days; later the words would only puzzle people
_TRIES = 20  # rounds of pseudonyms; a rival would have to take ours each time


@dataclass(frozen=True, slots=True)
class Welcome:
    """What it takes to greet the people of a sheet: SMS, seconds and money."""

    people: int
    sms: int
    seconds: float
    cost: float
    example: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a sheet."""

    joined: int
    focal_points: int
    left_out: Mapping[str, int]
    warned: int  # copies of live warnings for their places


def welcome_for(runtime: Runtime, session: Session, good: Sequence[SignUp]) -> Welcome:
    """The confirmation for each of them, by today's routes and prices."""
    names = list(runtime.settings.providers)
    rows = session.scalars(select(AccountState).where(AccountState.account.in_(names)))
    roads = Carrying(runtime, "talk", {row.account: row for row in rows})
    alike = Counter(
        (*_words(runtime, one.language, one.place), path_of(runtime.settings.routes, one.phone))
        for one in good
    )
    sms: Counter[str] = Counter()
    for (language, words, path), people in alike.items():
        segments = measure(lettering.plain(words, language)).segments
        sms[roads.account(path)] += people * segments
    example = _words(runtime, good[0].language, good[0].place)[1] if good else ""
    return Welcome(len(good), sms.total(), roads.seconds(sms), roads.cost(sms), example)


def take(
    runtime: Runtime,
    session: Session,
    text: str,
    fingerprint: str,
    choices: Mapping[int, int],
    by: User,
    reason: str,
    now: datetime,
    *,
    greet: bool,
) -> Taken:
    """Everybody whose row is good and who is not known; sent twice, the second time nobody.

    Refused when the text is not the one with this fingerprint.
    """
    need_reason(reason)
    checked = check(runtime, session, text, choices, now)
    if checked.fingerprint != fingerprint:
        raise Refused("This is not the sheet that was checked. Check it once more.")
    people = _known(runtime, session, checked.good, now)
    standing = consent.standing(session, [person.id for _, person in people])
    joined = [
        (row, person)
        for row, person in people
        if left_out_as(person.state, person.id in standing) is None
    ]
    _join(session, joined, by, now)
    if greet:
        _greet(runtime, session, joined, now)
    warned = newcomers.warn_all(
        runtime, session, [(person, row.place) for row, person in joined], now
    )
    left_out = checked.left_out
    left_out["member"] += len(people) - len(joined)  # they came meanwhile
    taken = Taken(len(joined), sum(row.focal_point for row, _ in joined), left_out, warned)
    _audit(session, checked, taken, by, reason, now, greet=greet)
    return taken


def _known(
    runtime: Runtime, session: Session, rows: Sequence[SignUp], now: datetime
) -> list[tuple[SignUp, Subscriber]]:
    """Each row with its person, held; whoever is new gets a pseudonym, whoever else is at it."""
    by_index = {runtime.keys.index.of(row.phone): row for row in rows}
    people: dict[str, Subscriber] = {}
    for _ in range(_TRIES):
        held = select(Subscriber).where(Subscriber.phone_index.in_(by_index.keys() - people.keys()))
        for person in session.scalars(
            held.options(defer(Subscriber.phone))
            .order_by(Subscriber.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ):
            people[person.phone_index or ""] = person
        missing = by_index.keys() - people.keys()
        if not missing:
            break
        _add(runtime, session, {index: by_index[index].phone for index in missing}, now)
    return [(by_index[index], people[index]) for index in by_index if index in people]


def _add(runtime: Runtime, session: Session, phones: Mapping[str, str], now: datetime) -> None:
    """New rows; a number or a pseudonym that a rival has just taken is passed over."""
    names = pseudonyms.many(session, len(phones))
    session.execute(
        inserts(session)(Subscriber).on_conflict_do_nothing(),
        [
            {
                "pseudonym": name,
                "phone": phone,
                "phone_index": index,
                "path": path_of(runtime.settings.routes, phone),
                "created_at": now,
            }
            for name, (index, phone) in zip(names, sorted(phones.items()), strict=True)
        ],
    )


def _join(
    session: Session, joined: Sequence[tuple[SignUp, Subscriber]], by: User, now: datetime
) -> None:
    """Whoever told us once where they live or what they speak keeps that."""
    for row, person in joined:
        move(session, person, "subscribed", who=by.name, why=consent.BY_SHEET, now=now)
        if person.place_id is None:
            homes.settle(person, row.place)
        person.language = person.language or row.language
        person.focal_point = person.focal_point or row.focal_point
    session.flush()
    homes.add_places(session, ((person, row.place) for row, person in joined), now)
    consent.remember_sheet(session, ((person, row.agreed_at) for row, person in joined))
    for row, person in joined:
        if row.focal_point:
            learn_of(session, person, now)


def _greet(
    runtime: Runtime,
    session: Session,
    joined: Sequence[tuple[SignUp, Subscriber]],
    now: datetime,
) -> None:
    """The usual words of a JOIN, with the way to STOP; never at night."""
    due_at = by_day(runtime, now)
    stale = due_at + timedelta(hours=_WELCOME_HOURS)
    texts = [(person, Text(*_words(runtime, person.language, row.place))) for row, person in joined]
    queue_welcomes(session, texts, now, due_at=due_at, expires_at=stale)
    if joined:
        nudge_after_commit(session, "send_due")


def _words(runtime: Runtime, language: str | None, place: Place) -> tuple[str, str]:
    spoken = language or runtime.settings.languages[0]
    service = runtime.settings.service_name
    return spoken, wording.render(spoken, "join_ok", service=service, place=place.name)


def _audit(
    session: Session,
    checked: Checked,
    taken: Taken,
    by: User,
    reason: str,
    now: datetime,
    *,
    greet: bool,
) -> None:
    facts = {
        "rows": len(checked.sheet.lines),
        "joined": taken.joined,
        "focal_points": taken.focal_points,
        "greeted": taken.joined if greet else 0,
        "warned": taken.warned,
        **taken.left_out,
    }
    subject = f"sheet {checked.fingerprint[:12]}"
    record(
        session, who=by.name, act="sheet.taken", subject=subject, now=now, facts=facts,
        reason=reason,
    )  # fmt: skip
