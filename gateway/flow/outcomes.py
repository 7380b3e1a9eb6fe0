"""Compares what became of an exercise with its true outcome, line by line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.cast import Cast
from gateway.flow.seen import Seen, see
from gateway.flow.truth import Outcome, Sources, TrueIncident
from gateway.flow.warned import copies_of_warnings
from gateway.incidents.track import stops
from gateway.runtime import Runtime
from gateway.store.tables import Alert, AlertText, Delivery, Incident
from gateway.terms.geo import Position, distance_m


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the outcome: what it says, and whether it came true."""

    is_ok: bool
    line: str


def check(session: Session, runtime: Runtime, drill: Cast, outcome: Outcome) -> list[Finding]:
    """Every line of the true outcome, whether it came true or not."""
    seen = see(session, drill)
    found = [Finding(False, refusal) for refusal in drill.refusals]
    if outcome.count is not None:
        found.append(_same("incidents", outcome.count, len(seen.real())))
    if outcome.nobody_warned:
        found.append(_is("nobody is warned", not seen.alerts, f"{len(seen.alerts)} warnings left"))
    for one in outcome.incidents:
        found += _Check(session, runtime, drill, seen, one, outcome.shared()).lines()
    for sources in outcome.sources:
        found += _reliability(seen, sources)
    found += _never_sent(session, drill, outcome.never_sent)
    return found


class _Check:
    """The lines about one incident."""

    def __init__(
        self,
        session: Session,
        runtime: Runtime,
        drill: Cast,
        seen: Seen,
        true: TrueIncident,
        shared: set[str],
    ) -> None:
        self.session, self.runtime, self.drill = session, runtime, drill
        self.seen, self.true, self.shared = seen, true, shared
        self.what = f"incident '{true.name}'"

    def lines(self) -> Iterator[Finding]:
        incident = self.seen.best_for(self.true.phones)
        if incident is None:
            yield Finding(False, f"{self.what}: no incident came of what its phones texted")
            return
        yield from self._gathered(incident)
        yield from self._told(incident)
        yield from self._graded(incident)
        yield from self._sent(incident)
        if self.true.asked is not None:
            yield self._asked(incident)

    def _gathered(self, incident: Incident) -> Iterator[Finding]:
        true = self.true
        telling = {phone for phone, _ in self.seen.of(incident)} - set(true.denied_by)
        yield self._names("told of by", set(true.phones), telling)
        own = set(true.phones) - self.shared
        elsewhere = {
            phone
            for phone, row in self.seen.reports
            if phone in own and row.incident_id != incident.id
        }
        if elsewhere:
            line = f"{self.what}: some of what {_listed(elsewhere)} texted is in another incident"
            yield Finding(False, line)
        yield self._equal("hazard", true.hazard, incident.hazard)
        if true.place is not None:
            yield self._lies(incident, true.place)
        if true.stops is not None:
            rows = [row for _, row in self.seen.of(incident)]
            told = [row for row in rows if row.stance == "witness" and row.copy_of_id is None]
            way = [stop.name or "?" for stop in stops([r for r in told if r.lat is not None])]
            yield self._equal("stops", " > ".join(true.stops), " > ".join(way))

    def _told(self, incident: Incident) -> Iterator[Finding]:
        true, rows = self.true, self.seen.of(incident)
        copies = {phone for phone, row in rows if row.copy_of_id is not None}
        yield self._names("copies by", set(true.copies), copies)
        hearsay = {
            phone for phone, row in rows if row.stance == "hearsay" and row.copy_of_id is None
        }
        yield self._names("hearsay of", set(true.hearsay), hearsay)
        denying = {phone for phone, row in self.seen.reports if row.contradicts_id == incident.id}
        yield self._names("denied by", set(true.denied_by), denying)
        witnesses = {phone for phone, row in rows if row.stance == "witness"}
        yes, no = self._answered(incident, "yes"), self._answered(incident, "no")
        yield self._equal("sources", true.sources, incident.sources - len(yes - witnesses))
        contradictions = incident.contradictions - len(no - denying)
        yield self._equal("contradictions", true.contradictions, contradictions)

    def _graded(self, incident: Incident) -> Iterator[Finding]:
        true, now = self.true, incident.credibility
        yield self._equal("state", true.state, incident.state)
        if true.credibility_no_better_than is not None:
            least = true.credibility_no_better_than
            best = min(now, self.drill.best_credibility.get(incident.id, now))
            line = f"{self.what}: credibility never better than {least} when decided on"
            yield _is(line, best >= least, f"it was {best}")
        if true.credibility_no_worse_than is not None:
            most = true.credibility_no_worse_than
            line = f"{self.what}: credibility {most} or better"
            yield _is(line, now <= most, f"it is {now}")
        words = ("not flagged as coordinated", "flagged as coordinated")
        line = f"{self.what}: {words[true.coordinated]}"
        yield _is(line, incident.coordinated == true.coordinated, words[incident.coordinated])

    def _sent(self, incident: Incident) -> Iterator[Finding]:
        true = self.true
        alerts = [alert for alert in self.seen.alerts if alert.incident_id == incident.id]
        line = f"{self.what}: {'warned of once' if true.warned else 'nobody is warned of it'}"
        yield _is(line, len(alerts) == int(true.warned), f"{len(alerts)} warnings left")
        if true.warns is None:
            return
        copies = copies_of_warnings(self.session, self.drill, incident.id)
        should = {name for name, group in self.drill.phones.items() if group.name in true.warns}
        wrong = {name for name in copies if copies[name] != (1 if name in should else 0)}
        line = f"{self.what}: warns {_listed(true.warns) or 'nobody'}, each phone once"
        yield _is(line, not wrong, f"wrong for {_listed(wrong)}")

    def _asked(self, incident: Incident) -> Finding:
        true, asked = self.true, set()
        for phone, inquiry in self.seen.inquiries:
            if inquiry.incident_id == incident.id and inquiry.asked_at is not None:
                asked.add(phone)
        line = f"{self.what}: asked {_listed(true.asked or ())}"
        if not self.seen.inquiries:
            return Finding(True, f"{line} (no questions were put in this exercise)")
        missing = set(true.asked or ()) - asked
        return _is(line, not missing, f"not asked: {_listed(missing)}")

    def _lies(self, incident: Incident, name: str) -> Finding:
        line = f"{self.what}: within {self.true.within_km:g} km of {name}"
        matches = self.runtime.gazetteer(self.session).search(name, limit=1)
        if not matches:
            return Finding(False, f"{line}: the list of places has no {name}")
        if incident.lat is None or incident.lon is None:
            return Finding(False, f"{line}: nobody knows where it is")
        entry = matches[0].entry
        there = Position(entry.lat, entry.lon)
        km = distance_m(Position(incident.lat, incident.lon), there) / 1000
        return _is(line, km <= self.true.within_km, f"it is {km:.1f} km away")

    def _answered(self, incident: Incident, answer: str) -> set[str]:
        return {
            phone
            for phone, row in self.seen.inquiries
            if row.incident_id == incident.id and row.answer == answer
        }

    def _equal(self, what: str, expected: object, found: object) -> Finding:
        return _same(f"{self.what}: {what}", expected, found)

    def _names(self, what: str, expected: set[str], found: set[str]) -> Finding:
        missing, besides = expected - found, found - expected
        parts = [f"not {_listed(missing)}"] * bool(missing)
        parts += [f"but also {_listed(besides)}"] * bool(besides)
        line = f"{self.what}: {what} {_listed(expected) or 'nobody'}"
        return _is(line, not parts, ", ".join(parts))


def _reliability(seen: Seen, true: Sources) -> Iterator[Finding]:
    for phone in true.phones:
        person = seen.people.get(phone)
        letter = person.reliability if person else "F"
        if true.no_better_than is not None:
            line = f"source {phone}: reliability {true.no_better_than} or worse"
            yield _is(line, letter >= true.no_better_than, f"it is {letter}")
        if true.no_worse_than is not None:
            line = f"source {phone}: reliability {true.no_worse_than} or better"
            yield _is(line, letter <= true.no_worse_than, f"it is {letter}")


def _never_sent(session: Session, drill: Cast, words: Sequence[str]) -> Iterator[Finding]:
    """The line names the words by number: an outcome is printed, and some are better not read."""
    if not words:
        return
    answers = session.scalars(select(Delivery.body).where(Delivery.exercise_id == drill.id))
    warnings = session.scalars(
        select(AlertText.body)
        .join(Alert, Alert.id == AlertText.alert_id)
        .where(Alert.exercise_id == drill.id)
    )
    texts = [(body or "").casefold() for body in (*answers, *warnings)]
    for number, word in enumerate(words, start=1):
        times = sum(word.casefold() in text for text in texts)
        yield _is(f"word {number} of never_sent is never sent", not times, f"sent {times} times")


def _same(what: str, expected: object, found: object) -> Finding:
    return Finding(
        expected == found,
        f"{what} {expected}" if expected == found else f"{what} {expected} expected, {found} found",
    )


def _is(line: str, is_ok: bool, else_: str) -> Finding:
    return Finding(is_ok, line if is_ok else f"{line}: {else_}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
