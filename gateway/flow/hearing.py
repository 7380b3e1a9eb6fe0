"""Hears the answers to our questions: YES, NO, UNSURE with or without a number, and QUIET."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.flow.answering import answer as reply
from gateway.flow.questioning import unsend
from gateway.inbox.answers import Answer
from gateway.incidents import inquiries
from gateway.incidents.gathering import followed, one_at_a_time, regrade
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import Incident, Inquiry, Message, Subscriber
from gateway.understanding.entries import Entry
from gateway.understanding.values import Geotag, Reading

_ANSWERABLE = ("asked", "expired", "answered")
_PARTED = re.compile(r"[^\w\s]\s*$|\n\s*$")
_HOME_CERTAINTY = 0.5


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that answers a question; `rest` is what else it says, to be read as well.

    With `alarm` it says that a place asked about is not calm, whatever words follow.
    """

    rest: str = ""
    alarm: bool = False
    answers: str | None = None  # yes, no, unsure or quiet, where a question was found
    about: tuple[str | None, str | None] = (None, None)  # the hazard and place asked about


def hear(
    runtime: Runtime, session: Session, person: Subscriber, message: Message, now: datetime
) -> Heard | None:
    """Takes a message as an answer where we asked; None: it is read as any message."""
    text = message.body or ""
    said = runtime.keywords.parse_answer(text)
    calm = said is None and _is_quiet(runtime, text)
    if (said is None and not calm) or not inquiries.were_asked(session, person.id, now):
        return None
    one_at_a_time(session)
    ear = _Ear(runtime, session, person, message, now)
    return ear.calm() if said is None else ear.answer(said)


def hears_calm(
    runtime: Runtime, session: Session, person: Subscriber, message: Message, now: datetime
) -> bool:
    """A report that all is quiet also answers the question whether it is; True when it did."""
    if not inquiries.were_asked(session, person.id, now):
        return False
    one_at_a_time(session)
    return _Ear(runtime, session, person, message, now).calm() is not None


def news_beside(heard: Heard, reading: Reading, home: Entry | None) -> Reading | None:
    """What an answer tells besides, where that is a report of its own; else None."""
    if heard.alarm and (reading.kind != "report" or reading.hazard in (None, "all_quiet")):
        place = _at(home) if home else None
        return replace(
            reading,
            kind="report",
            hazard="other",
            hazards={"other": 0.1},
            place=place,
            places=(),
            choices=(),
            why=(*reading.why, "not calm: the answer to our question"),
        )
    if reading.kind != "report":
        return None
    if reading.hazard == "all_quiet" and heard.answers in ("no", "quiet"):
        return None  # the same said twice
    named = {tag.name for tag in reading.places if tag.found_by != "sender"}
    hazard, where = heard.about
    if heard.answers != "yes" and reading.hazard == hazard and named <= {where}:
        return None  # "no 4 armed men here": the answer says it, and its text is shown beside it
    told = reading.hazard != "other" or named or reading.casualties or reading.count
    return reading if told or heard.alarm or heard.answers is None else None


class _Ear:
    """One message of one person, and the questions it may answer."""

    def __init__(
        self,
        runtime: Runtime,
        session: Session,
        person: Subscriber,
        message: Message,
        now: datetime,
    ) -> None:
        self.runtime, self.session, self.now = runtime, session, now
        self.person, self.message = person, message
        asked = inquiries.answerable(session, person.id, now)
        self.seen = [one for one in asked if one.kind == "confirm"]
        self.quiet = [one for one in asked if one.kind == "quiet" and one.state != "withdrawn"]

    def calm(self) -> Heard | None:
        """QUIET: only where we asked whether all is calm."""
        waiting = [one for one in self.quiet if one.state in ("asked", "expired")]
        if not waiting:
            return None
        self._keep(waiting[0], "quiet")
        self._say("quiet_thanks")
        return Heard(answers="quiet")

    def answer(self, said: Answer) -> Heard | None:
        """YES, NO or UNSURE."""
        stops = self.runtime.keywords.is_stop(said.rest)
        if said.name != "yes" and said.rest and not stops and not self._is_parted(said.rest):
            # In "no 4 armed men here" what follows must not be read without the "no".
            said = replace(said, rest=self.message.body or "")
        if said.number is not None:
            return self._numbered(said, said.number)
        return self._bare(said)

    def _numbered(self, said: Answer, number: int) -> Heard | None:
        meant = [one for one in self.seen if one.number == number and one.state in _ANSWERABLE]
        if meant:
            return self._heard(meant[0], said, said.rest)
        if said.rest:  # the number counts something: "yes 4 men with guns", "no 4 came"
            whole = replace(said, number=None, rest=self.message.body or "")
            return self._bare(whole) if said.name == "yes" else None
        if not self.seen:
            return None
        waiting = _waiting(self.seen)
        return self._which(waiting) if waiting else self._closed()

    def _bare(self, said: Answer) -> Heard | None:
        waiting = _waiting(self.seen) or [one for one in self.seen if one.state == "expired"]
        if len(waiting) == 1:
            return self._heard(waiting[0], said, said.rest)
        if waiting:
            return self._which(waiting, said.rest)
        return self._about_calm(said)

    def _about_calm(self, said: Answer) -> Heard | None:
        """A plain YES or NO to the question whether all is calm."""
        waiting = [one for one in self.quiet if one.state == "asked"]
        if not waiting or (said.name == "yes" and said.rest):
            return None  # "yes they attacked us" is news
        if said.name == "yes":
            self._keep(waiting[0], "quiet")
            self._say("quiet_thanks")
            return Heard(answers="quiet")
        self._keep(waiting[0], said.name)
        return Heard(said.rest, alarm=True, answers=said.name)

    def _heard(self, inquiry: Inquiry, said: Answer, rest: str) -> Heard:
        if inquiry.state != "answered" or inquiry.answer != said.name:
            self._keep(inquiry, said.name)
            self._say("ask_thanks", inquiry.language)
        return Heard(rest, answers=said.name, about=(inquiry.hazard, inquiry.place_name))

    def _keep(self, inquiry: Inquiry, said: str) -> None:
        before = inquiry.answer
        unsend(self.session, inquiry, inquiries.WHO, "it was answered", self.now)
        inquiries.answer(self.session, inquiry, said, self.message.id, self.now)
        self.session.flush()
        if inquiry.incident_id is None:
            return
        incident = self.session.get_one(Incident, inquiry.incident_id)
        regrade(self.session, incident)
        if incident.merged_into_id is not None:
            regrade(self.session, followed(self.session, incident.id))
        if before is not None:
            facts = {"question": inquiry.id, "from": before, "to": said}
            record(
                self.session, who=inquiries.WHO, act="inquiry.changed",
                subject=f"incident {incident.id}", now=self.now, facts=facts,
            )  # fmt: skip

    def _which(self, waiting: Sequence[Inquiry], rest: str = "") -> Heard:
        numbers = ", ".join(str(one.number) for one in sorted(waiting, key=lambda q: q.number))
        self._say("ask_which", numbers=numbers)
        return Heard(rest)

    def _closed(self) -> Heard:
        self._say("ask_closed")
        return Heard()

    def _is_parted(self, rest: str) -> bool:
        """Whether a stop or a line's end parts the answer from what follows."""
        body = self.message.body or ""
        at = body.find(rest.split()[0]) if rest.split() else -1
        return at > 0 and _PARTED.search(body[:at]) is not None

    def _say(self, name: str, language: str | None = None, **values: str) -> None:
        spoken = language or self.person.language or self.runtime.settings.languages[0]
        text = wording.render(spoken, name, **values)
        reply(self.runtime, self.session, self.person, text, self.now)


def _waiting(asked: Sequence[Inquiry]) -> list[Inquiry]:
    return [one for one in asked if one.state == "asked"]


def _is_quiet(runtime: Runtime, text: str) -> bool:
    command = runtime.keywords.parse(text)
    return command is not None and command.name == "quiet"


def _at(home: Entry) -> Geotag:
    return Geotag(
        home.id, home.name, home.lat, home.lon, home.precision_m, "at", "sender", _HOME_CERTAINTY
    )
