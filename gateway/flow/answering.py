"""What people who write to us hear back: commands obeyed, reports acknowledged."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.alerts.marking import marked
from gateway.dispatch.outbox import Text, answers_since, queue_answer
from gateway.flow import newcomers
from gateway.flow.naming import places_named
from gateway.inbox.keywords import Command
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Alert, AlertText, Incident, Message, Place, Report, Subscriber
from gateway.subscribers import membership
from gateway.terms.geo import Position

_OBEYED = frozenset({"join", "stop", "start", "help", "place", "lang", "status"})


def command_in(runtime: Runtime, message: Message) -> Command | None:
    """The command a message is, if it is one that we act on."""
    if message.opt in ("stop", "start", "help"):
        return Command(message.opt, "", None)
    command = runtime.keywords.parse(message.body or "")
    return command if command and command.name in _OBEYED else None


def obey(
    runtime: Runtime,
    session: Session,
    person: Subscriber,
    message: Message,
    command: Command,
    now: datetime,
) -> None:
    """Does what a command asks and answers it, unless the company has answered already."""
    if person.language is None and command.language in runtime.settings.languages:
        person.language = command.language
    act = _Acts(runtime, session, person, message, now)
    text, kind = act.of(command)
    if message.opt is None and text:
        answer(runtime, session, person, text, now, kind=kind)


def acknowledge(
    runtime: Runtime,
    session: Session,
    person: Subscriber,
    report: Report,
    incident: Incident,
    now: datetime,
) -> None:
    """Thanks a reporter as far as policy allows; a seized phone must not betray its owner."""
    policy = runtime.settings.policy.acknowledge
    language = _language(runtime, person, report.language)
    if policy == "neutral":
        answer(runtime, session, person, wording.render(language, "ack_neutral"), now)
    elif policy == "full":
        hazard = wording.render(language, f"hazard_{report.hazard}")
        place = report.place_name or incident.place_name or "?"
        text = wording.render(language, "ack_full", hazard=hazard, place=place)
        answer(runtime, session, person, text, now)


def answer(
    runtime: Runtime,
    session: Session,
    person: Subscriber,
    text: str,
    now: datetime,
    *,
    kind: str = "reply",
) -> bool:
    """Queues an answer; none to those who said STOP, and not without end to anybody."""
    if kind == "reply":
        if person.state in ("stopped", "blocked"):
            return False
        hour = answers_since(session, person, now - timedelta(hours=1))
        if hour >= runtime.settings.policy.replies_per_hour:
            return False
    language = _language(runtime, person)
    body = Text(language, text if person.exercise_id is None else marked(language, text))
    queue_answer(session, person, body, now, kind=kind)
    nudge_after_commit(session, "send_due")
    return True


class _Acts:
    """One method a command; each gives the answer's text and its kind."""

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
        self.via = f"provider {message.account}"[:64] if message.opt else "sms"

    def of(self, command: Command) -> tuple[str, str]:
        """Does the command; returns the answer and its kind."""
        if command.name == "stop":
            return self._stop(), "confirmation"
        act = getattr(self, f"_{command.name}")
        text: str = act(command.args)
        return text, "reply"

    def _stop(self) -> str:
        membership.lock(self.session, self.person)
        first = self.person.state != "stopped"
        membership.stop(
            self.session, self.person, via=self.via, message_id=self.message.id, now=self.now
        )
        # One confirmation, whatever a phone repeats: then nothing any more.
        return self._say("stop_ok", service=self._service) if first else ""

    def _start(self, _args: str) -> str:
        came = membership.start(
            self.session, self.person, via=self.via, message_id=self.message.id, now=self.now
        )
        if not came:
            return ""
        newcomers.warn(self.runtime, self.session, self.person, self.now)
        if self.person.place_id is None:
            return self._say("join_no_place", service=self._service)
        return self._say("start_ok", service=self._service)

    def _join(self, args: str) -> str:
        places = self._places(args)
        place = places[0] if len(places) == 1 else None
        came = membership.join(
            self.session,
            self.person,
            place,
            via=self.via,
            message_id=self.message.id,
            now=self.now,
        )
        if not came:
            return ""
        newcomers.warn(self.runtime, self.session, self.person, self.now)
        if place is not None:
            return self._say("join_ok", service=self._service, place=place.name)
        if places:
            return self._say("join_which", choices=_choices(places))
        if args.strip():
            return self._say("join_unknown", place=_short(args))
        return self._say("join_no_place", service=self._service)

    def _place(self, args: str) -> str:
        places = self._places(args)
        if not args.strip():
            return self._say("place_missing")
        if not places:
            return self._say("place_unknown", place=_short(args))
        if len(places) > 1:
            return self._say("place_which", choices=_choices(places))
        membership.set_home(self.session, self.person, places[0], now=self.now)
        newcomers.warn(self.runtime, self.session, self.person, self.now)
        joined = self.person.state == "subscribed"
        return self._say("place_ok" if joined else "place_not_joined", place=places[0].name)

    def _lang(self, args: str) -> str:
        language = self.runtime.keywords.language(args)
        if language is None:
            known = ", ".join(code.upper() for code in self.runtime.settings.languages)
            return self._say("lang_unknown", languages=known)
        membership.set_language(self.person, language)
        return self._say("lang_ok")

    def _help(self, _args: str) -> str:
        return self._say("help", service=self._service)

    def _status(self, args: str) -> str:
        places = self._places(args) if args.strip() else []
        home = self.session.get(Place, self.person.place_id) if self.person.place_id else None
        place = places[0] if places else home
        if place is None:
            return self._say("status_no_place")
        text = _live_warning(self.session, place, self.person, self._tongue, self.now)
        if text is None:
            return self._say("status_clear", place=place.name)
        return self._say("status_alert", text=text)

    def _places(self, args: str) -> list[Place]:
        return places_named(self.runtime, self.session, args)

    @property
    def _service(self) -> str:
        return self.runtime.settings.service_name

    @property
    def _tongue(self) -> str:
        return _language(self.runtime, self.person)

    def _say(self, name: str, **values: str) -> str:
        return wording.render(self._tongue, name, **values)


def _language(runtime: Runtime, person: Subscriber, heard: str | None = None) -> str:
    return person.language or heard or runtime.settings.languages[0]


def _choices(places: list[Place]) -> str:
    return "; ".join(f"{place.name}, {place.county or place.region}" for place in places)


def _short(args: str) -> str:
    return " ".join(args.split())[:30]


def _live_warning(
    session: Session, place: Place, person: Subscriber, language: str, now: datetime
) -> str | None:
    """The newest warning in force there; one whose incident is doubted is in force no more."""
    alerts = session.scalars(
        select(Alert)
        .join(Incident, Incident.id == Alert.incident_id)
        .where(
            Alert.state == "live",
            Alert.purpose == "warning",
            Alert.expires_at > now,
            Incident.state == "verified",
            Alert.exercise_id.is_not_distinct_from(person.exercise_id),
        )
        .order_by(Alert.id.desc())
    )
    here = Position(place.lat, place.lon)
    for alert in alerts:
        if alert.zone.holds(here, place.id):
            texts: dict[str, AlertText] = {text.language: text for text in alert.texts}
            return (texts.get(language) or alert.texts[0]).body
    return None
