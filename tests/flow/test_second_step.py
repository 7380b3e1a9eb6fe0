"""Codes from an app: set up with a code, spent once, removed."""

from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow import second_step
from gateway.plumbing.crypto import Keys
from gateway.store.tables import AuditRow, User
from gateway.terms.refusals import Refused
from tests.make import make_user


@pytest.fixture
def user(session: Session) -> User:
    return make_user(session)


def set_up(session: Session, keys: Keys, user: User, now: datetime) -> pyotp.TOTP:
    """The app, after its first code."""
    offer = second_step.offer(keys, user, "Community Alert", now)
    app = pyotp.TOTP(offer.secret)
    second_step.confirm(session, keys, user, offer.token, app.at(now), now)
    return app


def test_the_secret_is_kept_once_a_code_proves_that_the_app_has_it(
    session: Session, keys: Keys, user: User, now: datetime
) -> None:
    offer = second_step.offer(keys, user, "Community Alert", now)
    assert user.totp_secret is None
    assert offer.groups.replace(" ", "") == offer.secret
    assert {len(group) for group in offer.groups.split()} == {4}
    assert offer.secret not in offer.token
    parsed = pyotp.parse_uri(offer.address)
    assert (parsed.secret, parsed.name, parsed.issuer) == (offer.secret, "amina", "Community Alert")
    code = pyotp.TOTP(offer.secret).at(now)
    second_step.confirm(session, keys, user, offer.token, f"{code[:3]} {code[3:]}", now)
    assert user.totp_secret == offer.secret
    acts = session.execute(select(AuditRow.act, AuditRow.facts)).all()
    assert [tuple(row) for row in acts] == [("user.second_step", {})]


def test_a_wrong_first_code_keeps_nothing(
    session: Session, keys: Keys, user: User, now: datetime
) -> None:
    offer = second_step.offer(keys, user, "Community Alert", now)
    old = pyotp.TOTP(offer.secret).at(now - timedelta(minutes=5))
    with pytest.raises(Refused, match="This code is wrong"):
        second_step.confirm(session, keys, user, offer.token, old, now)
    assert user.totp_secret is None
    again = second_step.again(keys, user, "Community Alert", offer.token, now)
    assert again.secret == offer.secret


def test_an_offer_is_of_one_person_and_of_one_half_hour(
    session: Session, keys: Keys, user: User, now: datetime
) -> None:
    offer, other = second_step.offer(keys, user, "x", now), make_user(session, "brian")
    late = now + timedelta(minutes=31)
    app = pyotp.TOTP(offer.secret)
    for who, token, moment in (
        (other, offer.token, now), (user, offer.token, late), (user, "v1|t1|AAAA", now),
    ):  # fmt: skip
        with pytest.raises(Refused, match="open for too long"):
            second_step.confirm(session, keys, who, token, app.at(moment), moment)
    assert (user.totp_secret, other.totp_secret) == (None, None)


def test_each_code_works_once_and_none_older_than_the_last(
    session: Session, keys: Keys, user: User, now: datetime
) -> None:
    app = set_up(session, keys, user, now)
    assert second_step.use(user, app.at(now), now) == "used"  # it has set the app up
    later = now + timedelta(minutes=2)
    assert second_step.use(user, app.at(later), later) == "good"
    assert second_step.use(user, app.at(later), later) == "used"
    before = app.at(later - timedelta(seconds=30))
    assert second_step.use(user, before, later) == "used"


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [(-60, "wrong"), (-30, "good"), (0, "good"), (30, "good"), (60, "wrong")],
)
def test_a_phones_clock_may_differ_by_one_step(
    session: Session, keys: Keys, user: User, now: datetime, seconds: int, verdict: str
) -> None:
    app = set_up(session, keys, user, now)
    later = now + timedelta(minutes=10)
    assert second_step.use(user, app.at(later + timedelta(seconds=seconds)), later) == verdict


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_nonsense_is_wrong(
    session: Session, keys: Keys, user: User, now: datetime, typed: str
) -> None:
    assert second_step.use(user, typed, now) == "wrong"
    set_up(session, keys, user, now)
    assert second_step.use(user, typed, now) == "wrong"


def test_a_removed_app_is_of_no_use(
    session: Session, keys: Keys, user: User, now: datetime
) -> None:
    app = set_up(session, keys, user, now)
    second_step.remove(session, user, now)
    later = now + timedelta(minutes=2)
    assert second_step.use(user, app.at(later), later) == "wrong"
    with pytest.raises(Refused, match="no app"):
        second_step.remove(session, user, now)
    acts = session.scalars(select(AuditRow.act).order_by(AuditRow.id)).all()
    assert acts == ["user.second_step", "user.no_second_step"]
