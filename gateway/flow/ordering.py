"""Obeys what coordinators order by SMS: TAKE 17, VERIFY 17 <code>, REFUTE 17 <code>."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.dispatch.outbox import Text, queue_page
from gateway.flow import calling, codes, duty, judging
from gateway.inbox.orders import Order
from gateway.incidents import deadlines
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Call, Incident, Message, SignInAttempt, User
from gateway.terms.refusals import Refused
from gateway.terms.states import MoveRefused

T = TypeVar("T")
_JUDGE: dict[str, tuple[Callable[..., Incident], str]] = {
    "verify": (judging.verify, "verified"),
    "refute": (judging.refute, "refuted"),
}
_REASON = "by SMS"
_WINDOW = timedelta(hours=1)
_LARGEST = 2**53  # row numbers stay far below


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order from the phone of an account; `allowed` when that account may judge."""

    order: Order
    user: User
    allowed: bool


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
    return Ordered(order, _called_last(session, judges, order.number), allowed=True)


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
    else:
        act.judge()


def refuse(session: Session, ordered: Ordered, cause: str, now: datetime) -> None:
    """Writes down that an order was not obeyed, and why; never the code."""
    record(
        session,
        who=ordered.user.name,
        act="order.refused",
        subject=f"incident {ordered.order.number}",
        now=now,
        facts={"order": ordered.order.name, "cause": cause},
    )


def _may_judge(user: User) -> bool:
    return not user.disabled and user.role in ("coordinator", "admin")


def _called_last(session: Session, users: list[User], incident_id: int) -> User:
    """Two accounts may share a phone: whoever was called to this incident is meant."""
    by_id = {user.id: user for user in users}
    last = session.scalar(
        select(Call.user_id)
        .where(Call.incident_id == incident_id, Call.user_id.in_(by_id))
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
        if not codes.usable(self.session, self.user, taken.incident.id, self.now):
            self._send_code(taken.incident)

    def judge(self) -> None:
        """As on the page, with the code for a signature."""
        order = self.order
        wrong = codes.use(
            self.runtime.keys, self.session, self.user, order.number, order.code, self.now
        )
        if wrong is not None:
            self._refuse_code(wrong)
            return
        judge, state = _JUDGE[order.name]
        judged = self._try(lambda: judge(self.session, order.number, self.user, _REASON, self.now))
        if judged is not None:
            words = wording.render(self._language, f"state_{state}")
            self._say("judged_ok", number=self.number, state_word=words)

    def _try(self, act: Callable[[], T]) -> T | None:
        """What the act gives; None, said and audited, where the incident's state forbids it."""
        try:
            self._check_real()
            with self.session.begin_nested():  # nothing half done is left
                return act()
        except (Refused, MoveRefused):
            refuse(self.session, self.ordered, "not possible", self.now)
            self._say("judge_refused", number=self.number)
            return None

    def _check_real(self) -> None:
        drill = select(Incident.exercise_id).where(Incident.id == self.order.number)
        if self.session.scalar(drill) is not None:
            raise Refused("An exercise is judged on the pages only.")

    def _refuse_code(self, cause: str) -> None:
        refuse(self.session, self.ordered, cause, self.now)
        if self.order.code:
            self.session.add(SignInAttempt(who_index=self.mark, at=self.now))
            self.session.flush()
        if not self.is_locked():
            self._say("code_wrong", number=self.number)
            return
        subject = f"user {self.user.id}"
        record(self.session, who=self.user.name, act="order.locked", subject=subject, now=self.now)
        self._say("code_locked")

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
            incident.id,
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
        queue_page(self.session, self.user, text, self.now)
        nudge_after_commit(self.session, "send_due")
