"""Nobody locks out themselves or everybody, and what is done to an account is on record."""

import pytest
from sqlalchemy import select

from gateway.flow import account_care
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, User
from gateway.terms.refusals import Refused
from tests.make import make_user


@pytest.fixture
def two(runtime: Runtime) -> tuple[User, User]:
    with runtime.database.writing() as session:
        return make_user(session, "zawadi", "admin"), make_user(session, "amina", "admin")


def test_the_last_admin_is_neither_disabled_nor_demoted(
    runtime: Runtime, two: tuple[User, User]
) -> None:
    zawadi, amina = two
    with runtime.database.writing() as session:
        account_care.set_role(session, amina, "coordinator", zawadi, runtime.clock())
    for act in (
        lambda session: account_care.close(session, zawadi, amina, runtime.clock()),
        lambda session: account_care.set_role(session, zawadi, "viewer", amina, runtime.clock()),
    ):
        with runtime.database.writing() as session, pytest.raises(Refused, match="the last admin"):
            act(session)


def test_a_disabled_admin_does_not_count_as_one(runtime: Runtime, two: tuple[User, User]) -> None:
    zawadi, amina = two
    with runtime.database.writing() as session:
        account_care.close(session, amina, zawadi, runtime.clock())
    with runtime.database.writing() as session, pytest.raises(Refused, match="the last admin"):
        account_care.set_role(session, zawadi, "viewer", amina, runtime.clock())


def test_nobody_changes_their_own_role_or_closes_their_own_account(
    runtime: Runtime, two: tuple[User, User]
) -> None:
    with runtime.database.writing() as session:
        with pytest.raises(Refused, match="own role"):
            account_care.set_role(session, two[0], "viewer", two[0], runtime.clock())
        with pytest.raises(Refused, match="own account"):
            account_care.close(session, two[0], two[0], runtime.clock())


def test_closing_ends_the_sessions_and_opening_brings_none_back(
    runtime: Runtime, two: tuple[User, User]
) -> None:
    zawadi, amina = two
    with runtime.database.writing() as session:
        account_care.close(session, amina, zawadi, runtime.clock())
        amina = session.get_one(User, amina.id)
        assert amina.disabled
        assert amina.epoch == 1
        account_care.reopen(session, amina, "zawadi", runtime.clock())
        assert (amina.disabled, amina.epoch) == (False, 1)
        account_care.end_sessions(session, amina, "zawadi", runtime.clock())
        assert amina.epoch == 2


def test_a_number_is_kept_sealed_and_never_on_record(
    runtime: Runtime, two: tuple[User, User]
) -> None:
    with runtime.database.writing() as session:
        account_care.set_phone(
            session, runtime.keys, two[1], "0700 000 199", "KE", "zawadi", runtime.clock()
        )
        assert session.get_one(User, two[1].id).phone == "+254700000199"
        account_care.set_phone(session, runtime.keys, two[1], "", "KE", "zawadi", runtime.clock())
        assert session.get_one(User, two[1].id).phone_index is None
        rows = session.scalars(select(AuditRow)).all()
    assert [(row.act, row.facts) for row in rows] == [
        ("user.phone", {"phone": "set"}),
        ("user.phone", {"phone": "removed"}),
    ]
