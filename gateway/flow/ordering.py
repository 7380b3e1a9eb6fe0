"""Obeys what coordinators order by SMS, with a code: TAKE, VERIFY, REFUTE 17; APPROVE, HOLD W12."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.dispatch.outbox import Text, queue_page
from gateway.flow import alerting, calling, codes, duty, glass, judging
from gateway.inbox.orders import Order
from gateway.incidents import deadlines
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Alert, Call, Incident, Message, SignInAttempt, User
from gateway.terms.refusals import Refused
from gateway.terms.states import MoveRefused

T = TypeVar("T")
_JUDGE: dict[str, tuple[Callable[..., Incident], str]] = {
    "verify": (judging.verify, "verified"),
    "refute": (judging.refute, "refuted"),
}
_OF_ALERTS = ("approve", "hold")
_REASON = "by SMS"
_WINDOW = timedelta(hours=1)
_LARGEST = 2**53  # row numbers stay far below


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order from the phone of an account; `allowed` when that account may judge."""

    order: Order
    user: User
    allowed: bool

    @property
    def about(self) -> codes.About:
        """A warning, or an incident."""
        kind = "alert" if self.order.name in _OF_ALERTS else "incident"
        return codes.About(kind, self.order.number)

    @property
    def subject(self) -> str:
        """Of the audit."""
        return f"{self.about.kind} {self.order.number}"


def order_in(runtime: Runtime, session: Session, message: Message, phone: str) -> Ordered | None:
    """The order a message is, when it comes from the phone of one of our accounts."""
    if message.exercise_id is not None:
        return None
    order = runtime.keywords.parse_order(message.body or "")
    if order is None or order.number > _LARGEST:
        return None
    index = runtime.keys.index.of(phone)
    users = session.scalars(select(User).where(User.phone_index == index).order_by(User.id)).all()
    if not users:
        return None
    judges = [user for user in users if _may_judge(user)]
    if not judges:
        return Ordered(order, users[0], allowed=False)
    about = Ordered(order, judges[0], allowed=True).about
    return Ordered(order, _called_last(session, judges, about), allowed=True)


def obey(runtime: Runtime, session: Session, ordered: Ordered, now: datetime) -> None:
    """Does what the order says, or says no; both are audited, and the coordinator hears of it."""
    # Held against a second message of theirs; rows that refer to the account need not wait.
    user = session.get_one(
        User, ordered.user.id, populate_existing=True, with_for_update={"key_share": True}
    )
    if not _may_judge(user):
        refuse(session, ordered, "not allowed", now)
        return
    act = _Acts(runtime, session, user, ordered, now)
    if act.is_locked():
        refuse(session, ordered, "locked", now)
    elif ordered.order.name == "take":
        act.take()
    elif ordered.about.kind == "alert":
        act.decide()
    else:
        act.judge()


def refuse(session: Session, ordered: Ordered, cause: str, now: datetime) -> None:
    """Writes down that an order was not obeyed, and why; never the code."""
    record(
        session,
        who=ordered.user.name,
        act="order.refused",
        subject=ordered.subject,
        now=now,
        facts={"order": ordered.order.name, "cause": cause},
    )


def _may_judge(user: User) -> bool:
    return not user.disabled and user.role in ("coordinator", "admin")


def _called_last(session: Session, users: list[User], about: codes.About) -> User:
    """Two accounts may share a phone: whoever was called about this is meant."""
    by_id = {user.id: user for user in users}
    last = session.scalar(
        select(Call.user_id)
        .where(about.is_of(), Call.user_id.in_(by_id))
        .order_by(Call.id.desc())
        .limit(1)
    )
    return by_id.get(last or 0, users[0])


class _Acts:
    """One method an order, for one coordinator at one moment."""

    def __init__(
        self, runtime: Runtime, session: Session, user: User, ordered: Ordered, now: datetime
    ) -> None:
        self.runtime, self.session, self.now = runtime, session, now
        self.user, self.ordered, self.order = user, ordered, ordered.order
        self.number = str(ordered.order.number)
        self.mark = runtime.keys.index.of(f"order:{user.id}")

    def is_locked(self) -> bool:
        """For an hour after the last of too many wrong codes; what comes meanwhile counts not."""
        last = self.session.scalar(
            select(func.max(SignInAttempt.at)).where(SignInAttempt.who_index == self.mark)
        )
        if last is None or last <= self.now - _WINDOW:
            return False
        return self._wrong_since(last - _WINDOW) >= self.runtime.settings.escalation.wrong_codes

    def take(self) -> None:
        """The incident is theirs; a new code comes along when the last one is of no use."""
        taken = self._try(
            lambda: duty.take(self.session, self.order.number, self.user, self.now, via="sms")
        )
        if taken is None:
            return
        if taken.before is not None:
            self._say("take_over", number=self.number, name=taken.before)
        else:
            self._say("take_ok", number=self.number)
        if not codes.usable(self.session, self.user, self.ordered.about, self.now):
            self._send_code(taken.incident)

    def judge(self) -> None:
        """As on the page, with the code for a signature."""
        order = self.order
        if not self._spend_code():
            return
        judge, state = _JUDGE[order.name]
        judged = self._try(lambda: judge(self.session, order.number, self.user, _REASON, self.now))
        if judged is not None:
            words = wording.render(self._language, f"state_{state}")
            self._say("judged_ok", number=self.number, state_word=words)

    def decide(self) -> None:
        """A yes to a warning, or a stop to one that is about to leave; for the version shown."""
        alert = self.session.get(Alert, self.order.number)
        version = alert.version if alert is not None else None
        if not self._spend_code(version):
            return
        act = self._approve if self.order.name == "approve" else self._hold
        done = self._try(lambda: act(version or 0))
        if done is not None:
            self._say(f"{self.order.name}_ok", number=self.number)

    def _approve(self, version: int) -> Alert:
        number = self.order.number
        return alerting.approve(
            self.runtime, self.session, number, self.user, version, self.now, via="sms"
        )

    def _hold(self, _version: int) -> Alert:
        return glass.hold(self.session, self.order.number, self.user, _REASON, self.now)

    def _spend_code(self, step: int | None = None) -> bool:
        wrong = codes.use(
            self.runtime.keys,
            self.session,
            self.user,
            self.ordered.about,
            self.order.code,
            self.now,
            step=step,
        )
        if wrong is not None:
            self._refuse_code(wrong)
        return wrong is None

    def _try(self, act: Callable[[], T]) -> T | None:
        """What the act gives; None, said and audited, where the incident's state forbids it."""
        try:
            self._check_real()
            with self.session.begin_nested():  # nothing half done is left
                return act()
        except (Refused, MoveRefused):
            refuse(self.session, self.ordered, "not possible", self.now)
            self._say(self._word("judge_refused", "decide_refused"), number=self.number)
            return None

    def _check_real(self) -> None:
        table = Alert if self.ordered.about.kind == "alert" else Incident
        drill = select(table.exercise_id).where(table.id == self.order.number)
        if self.session.scalar(drill) is not None:
            raise Refused("An exercise is judged on the pages only.")

    def _refuse_code(self, cause: str) -> None:
        refuse(self.session, self.ordered, cause, self.now)
        if self.order.code:
            self.session.add(SignInAttempt(who_index=self.mark, at=self.now))
            self.session.flush()
        if not self.is_locked():
            self._say(self._word("code_wrong", "code_wrong_alert"), number=self.number)
            return
        subject = f"user {self.user.id}"
        record(self.session, who=self.user.name, act="order.locked", subject=subject, now=self.now)
        self._say("code_locked")

    def _word(self, of_incidents: str, of_alerts: str) -> str:
        return of_alerts if self.ordered.about.kind == "alert" else of_incidents

    def _wrong_since(self, moment: datetime) -> int:
        return (
            self.session.scalar(
                select(func.count())
                .select_from(SignInAttempt)
                .where(SignInAttempt.who_index == self.mark, SignInAttempt.at > moment)
            )
            or 0
        )

    def _send_code(self, incident: Incident) -> None:
        asked = select(func.max(Call.step)).where(
            Call.incident_id == incident.id, Call.user_id == self.user.id, Call.cause == "asked"
        )
        step = (self.session.scalar(asked) or 0) + 1
        code = codes.new_call(
            self.runtime,
            self.session,
            self.ordered.about,
            self.user,
            cause="asked",
            step=step,
            now=self.now,
        )
        if code is not None:
            since = deadlines.begun(self.session, [incident])[incident.id]
            text = calling.page(self.runtime, incident, "unjudged", since, code, self.now)
            self._queue(text)

    @property
    def _language(self) -> str:
        return self.runtime.settings.languages[0]

    def _say(self, name: str, /, **values: str) -> None:
        self._queue(Text(self._language, wording.render(self._language, name, **values)))

    def _queue(self, text: Text) -> None:
        queue_page(self.session, self.runtime.settings.routes, self.user, text, self.now)
        nudge_after_commit(self.session, "send_due")
