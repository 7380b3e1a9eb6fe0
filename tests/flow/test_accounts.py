"""Accounts: passwords, roles, throttle, and a record of every act."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gateway.flow import accounts
from gateway.store.audit import verify
from gateway.store.tables import AuditRow, SignInAttempt, User
from gateway.terms.refusals import Refused

PASSWORD = "seven tired herons"


def add(database, keys, now, name="asha", password=PASSWORD, **facts):
    values = {"role": "coordinator", "phone": None, "country": "KE", "who": "test"} | facts
    with database.writing() as session:
        return accounts.add_user(session, keys, name=name, password=password, now=now, **values)


def sign_in(database, keys, now, name="asha", password=PASSWORD, address="10.0.0.1", limit=3):
    return accounts.check_sign_in(
        database, keys, name=name, password=password, address=address, limit=limit, now=now
    )


def acts(database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditRow.act).order_by(AuditRow.id)))


def test_a_user_without_password_gets_one_for_once(database, keys, now) -> None:
    user, once = add(database, keys, now, password=None)
    assert user.must_change_password
    assert once is not None
    assert [len(part) for part in once.split("-")] == [4, 4, 4, 4]
    assert sign_in(database, keys, now, password=once).id == user.id


def test_a_given_password_is_kept_as_it_is(database, keys, now) -> None:
    user, once = add(database, keys, now)
    assert once is None
    assert not user.must_change_password


def test_the_phone_is_normalised_and_sealed(database, keys, now) -> None:
    user, _ = add(database, keys, now, phone="0700 000 123")
    assert user.phone == "+254700000123"
    assert user.phone_index == keys.index.of("+254700000123")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"name": "x"}, "2 to 40"),
        ({"name": "<b>asha</b>"}, "2 to 40"),
        ({"role": "king"}, "no role king"),
        ({"password": "short"}, "at least 10"),
        ({"password": "x" * 300}, "at most"),
        ({"phone": "CALLME"}, "phone number"),
    ],
)
def test_bad_accounts_are_refused_by_name(database, keys, now, facts, words) -> None:
    with pytest.raises(Refused, match=words):
        add(database, keys, now, **facts)


def test_names_are_unique_whatever_their_case(database, keys, now) -> None:
    add(database, keys, now, name="Asha")
    with pytest.raises(Refused, match="already an account"):
        add(database, keys, now, name="asha")
    assert sign_in(database, keys, now, name=" ASHA ").name == "Asha"


def test_wrong_name_wrong_password_and_closed_account_sound_alike(database, keys, now) -> None:
    user, _ = add(database, keys, now)
    words = set()
    for name, password in (("asha", "wrong"), ("nobody", PASSWORD)):
        with pytest.raises(Refused) as refused:
            sign_in(database, keys, now, name=name, password=password, address=name)
        words.add(str(refused.value))
    with database.writing() as session:
        accounts.disable(session, user, "root", now)
    with pytest.raises(Refused) as refused:
        sign_in(database, keys, now, address="elsewhere")
    assert words == {str(refused.value)}


def test_tries_count_for_the_name_over_all_addresses(database, keys, now) -> None:
    add(database, keys, now)
    for address in "abc":
        with pytest.raises(Refused, match="is wrong"):
            sign_in(database, keys, now, password="wrong", address=address)
    with pytest.raises(Refused, match="Too many tries"):
        sign_in(database, keys, now, address="d")
    assert sign_in(database, keys, now + timedelta(minutes=15), address="d")


def test_tries_count_for_the_address_over_all_names(database, keys, now) -> None:
    add(database, keys, now)
    for name in ("one", "two", "three"):
        with pytest.raises(Refused, match="is wrong"):
            sign_in(database, keys, now, name=name)
    with pytest.raises(Refused, match="Too many tries"):
        sign_in(database, keys, now)


def test_a_right_password_leaves_no_try_behind(database, keys, now) -> None:
    add(database, keys, now)
    for _ in range(5):
        sign_in(database, keys, now)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 0


def test_tries_hold_neither_name_nor_address(database, keys, now) -> None:
    with pytest.raises(Refused):
        sign_in(database, keys, now, name="asha", address="10.0.0.1")
    with database.reading() as session:
        marks = set(session.scalars(select(SignInAttempt.who_index)))
    assert marks == {keys.index.of("signin:asha"), keys.index.of("signin:10.0.0.1")}


def test_a_new_password_replaces_the_old_one(database, keys, now) -> None:
    user, once = add(database, keys, now, password=None)
    with database.writing() as session:
        accounts.change_password(session, user, once, "another long one", now)
    with pytest.raises(Refused):
        sign_in(database, keys, now, password=once)
    fresh = sign_in(database, keys, now, password="another long one")
    assert not fresh.must_change_password
    assert fresh.epoch == user.epoch + 1 or fresh.epoch == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("wrong", "another long one", "old password is wrong"),
        (PASSWORD, "short", "at least 10"),
        (PASSWORD, PASSWORD, "other than the old"),
    ],
)
def test_bad_new_passwords_are_refused(database, keys, now, old, new, words) -> None:
    user, _ = add(database, keys, now)
    with pytest.raises(Refused, match=words), database.writing() as session:
        accounts.change_password(session, user, old, new, now)


def test_a_reset_opens_a_locked_name_again(database, keys, now) -> None:
    user, _ = add(database, keys, now)
    for address in "abc":
        with pytest.raises(Refused):
            sign_in(database, keys, now, password="wrong", address=address)
    with database.writing() as session:
        once = accounts.reset_password(session, user, "root", now)
    fresh = sign_in(database, keys, now, password=once, address="d")
    assert fresh.must_change_password
    assert fresh.epoch == 1


def test_a_stale_copy_of_the_account_does_not_undo_its_closing(database, keys, now) -> None:
    user, _ = add(database, keys, now)
    with database.reading() as session:
        stale = session.get_one(User, user.id)
        session.expunge_all()
    with database.writing() as session:
        accounts.disable(session, user, "root", now)
    with database.writing() as session:
        accounts.change_password(session, stale, PASSWORD, "another long one", now)
        assert session.get_one(User, user.id).disabled


def test_every_act_is_audited_and_no_password_is(database, keys, now) -> None:
    user, _ = add(database, keys, now)
    sign_in(database, keys, now)
    with pytest.raises(Refused):
        sign_in(database, keys, now, password="wrong password")
    with database.writing() as session:
        accounts.change_password(session, user, PASSWORD, "another long one", now)
        once = accounts.reset_password(session, user, "root", now)
        accounts.disable(session, user, "root", now)
    assert acts(database) == [
        "user.add", "user.signin", "user.signin_failed", "user.password", "user.reset",
        "user.disable",
    ]  # fmt: skip
    with database.reading() as session:
        assert verify(session).broken_at is None
        told = " ".join(str((row.facts, row.reason)) for row in session.scalars(select(AuditRow)))
    assert not any(secret in told for secret in (PASSWORD, once, "wrong password", "another"))
