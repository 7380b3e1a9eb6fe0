"""The rota of the page: it counts as soon as it has a shift, and names whom nobody can call."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.flow import rota
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Incident, RotaShift, User
from gateway.terms.refusals import Refused
from tests.flow.on_call import AMINA, CHEBET, ROTA, WITNESS, OnCall
from tests.make import make_user, settings_for


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    fast = {"GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000"}
    return settings_for(database_url, tmp_path, GATEWAY_ROTA=ROTA, **fast)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> OnCall:
    return OnCall(runtime, now)


@pytest.fixture
def admin(scene: OnCall) -> User:
    with scene.runtime.database.writing() as session:
        return make_user(session, "zawadi", "admin")


def put(
    scene: OnCall, by: User, *people: str, hours: str = "", days: str = "", at: int | None = None
) -> None:
    with scene.runtime.database.writing() as session:
        seen = rota.fingerprint(rota.own_shifts(session))
        rota.put(session, by, scene.now, people=people, hours=hours, days=days, seen=seen, at=at)


def shifts(scene: OnCall) -> Sequence[tuple[str, ...]]:
    with scene.runtime.database.reading() as session:
        return [shift.people for shift in rota.effective(scene.runtime, session)]


def seen_of(scene: OnCall) -> str:
    with scene.runtime.database.reading() as session:
        return rota.fingerprint(rota.own_shifts(session))


def test_a_shift_of_the_page_is_called_instead_of_the_settings(scene: OnCall, admin: User) -> None:
    put(scene, admin, "CHEBET")
    scene.text(WITNESS, "armed men near Moa")
    scene.set(Incident, 1, severity="extreme")
    scene.sweep(minutes=3)
    assert (len(scene.got(CHEBET)), len(scene.got(AMINA))) == (1, 0)
    with scene.runtime.database.writing() as session:
        rota.restore(session, admin, scene.now, seen=rota.fingerprint(rota.own_shifts(session)))
    assert shifts(scene) == [("Amina", "brian")]
    scene.sweep(minutes=6)
    assert len(scene.got(AMINA)) == 1


def test_shifts_are_added_changed_raised_and_removed(scene: OnCall, admin: User) -> None:
    put(scene, admin, "amina", hours="18:00-06:00", days="mon,tue")
    put(scene, admin, "brian", "chebet")
    assert shifts(scene) == [("amina",), ("brian", "chebet")]
    put(scene, admin, "chebet", at=2)
    with scene.runtime.database.writing() as session:
        rota.raise_shift(session, admin, scene.now, at=2, seen=seen_of(scene))
    assert shifts(scene) == [("chebet",), ("amina",)]
    with scene.runtime.database.writing() as session:
        rota.remove(session, admin, scene.now, at=1, seen=seen_of(scene))
    assert shifts(scene) == [("amina",)]
    with scene.runtime.database.reading() as session:
        rows = session.scalars(select(RotaShift)).all()
        acts = session.scalars(select(AuditRow.act).order_by(AuditRow.id)).all()
    assert [(row.position, row.hours, row.days) for row in rows] == [(1, "18:00-06:00", "mon,tue")]
    assert acts == ["rota.put", "rota.put", "rota.put", "rota.raise", "rota.remove"]


def test_the_rota_of_the_settings_can_be_taken_over(scene: OnCall, admin: User) -> None:
    with scene.runtime.database.writing() as session:
        rota.copy_settings(scene.runtime, session, admin, scene.now, seen=rota.fingerprint(()))
    with scene.runtime.database.reading() as session:
        assert len(rota.own_shifts(session)) == 1
    assert shifts(scene) == [("Amina", "brian")]


@pytest.mark.parametrize(
    ("people", "hours", "days", "why"),
    [
        ((), "", "", "at least one person"),
        (("amina", "Amina"), "", "", "stands there twice"),
        (("nobody-here",), "", "", "no account named nobody-here"),
        (("viewer",), "", "", "viewer is no coordinator"),
        (("gone",), "", "", "The account of gone is disabled"),
        (("amina",), "18:00-18:00", "", "Give hours"),
        (("amina",), "25:00-06:00", "", "Give hours"),
        (("amina",), "", "funday", "Choose days"),
    ],
)
def test_what_cannot_be_called_is_refused(
    scene: OnCall, admin: User, people: tuple[str, ...], hours: str, days: str, why: str
) -> None:
    with scene.runtime.database.writing() as session:
        make_user(session, "viewer", "viewer")
        make_user(session, "gone", disabled=True)
    with pytest.raises(Refused, match=why):
        put(scene, admin, *people, hours=hours, days=days)
    assert shifts(scene) == [("Amina", "brian")]


def test_two_who_edit_at_once_do_not_mix_their_shifts(scene: OnCall, admin: User) -> None:
    put(scene, admin, "amina")
    with scene.runtime.database.writing() as session, pytest.raises(Refused, match="meanwhile"):
        rota.put(
            session, admin, scene.now, people=["brian"], hours="", days="",
            seen=rota.fingerprint(()),
        )  # fmt: skip
