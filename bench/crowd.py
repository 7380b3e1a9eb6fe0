"""A million people in a thousand places, some of them around one point, by a few statements."""

from collections.abc import Sequence
from math import cos, radians, sin
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gateway.runtime import Runtime
from gateway.terms.geo import Position, cell_of
from tests.make import MOA, make_place

ROUND_M = 60_000  # the area of the alert
_SEALED = 300
_PLACES, _NEAR, _VILLAGES = 1_000, 300, 80
_IN_A_VILLAGE = 5  # the nearest: a provider empties their rings while the next are written

# Everybody joined the place where they live, as JOIN by SMS leaves it.
_PEOPLE = """
INSERT INTO subscribers (id, pseudonym, phone, phone_index, state, language, place_id, lat, lon,
                         cell, focal_point, reliability, drills, created_at)
SELECT p.first + n.n, 'Heron-' || (p.first + n.n), (SELECT phone FROM sealed
       WHERE sealed.id = (p.first + n.n) % :sealed), {fingerprint},
       'subscribed', CASE (p.first + n.n) % 3 WHEN 0 THEN 'en' WHEN 1 THEN 'sw' ELSE 'so' END,
       p.place_id, p.lat, p.lon, p.cell, {false}, 'F', {false}, {moment}
FROM homes p JOIN numbers n ON n.n < p.people
"""
_JOINED = """
INSERT INTO subscriptions (subscriber_id, place_id, joined_at)
SELECT id, place_id, {moment} FROM subscribers
"""
_DIALECTS = {
    "postgresql": {
        "fingerprint": "lpad((p.first + n.n)::text, 64, '0')",
        "false": "false",
        "moment": "timestamptz '2026-01-01'",
    },
    "sqlite": {
        "fingerprint": "printf('%064d', p.first + n.n)",
        "false": "0",
        "moment": "'2026-01-01 00:00:00.000000'",
    },
}


def settle(runtime: Runtime, near: int, all_: int) -> None:
    """`all_` subscribers, `near` of them at home within ROUND_M of MOA, villages first.

    Each home is that of a place, as a JOIN gives it. Sealing a number takes as long as a row, so
    some hundred sealed numbers are used by everybody: nobody is looked up by theirs here.
    """
    with runtime.database.writing() as session:
        if not runtime.database.is_sqlite:  # only the filling: what is measured checks all
            session.execute(text("SET LOCAL session_replication_role = replica"))
        _tables(session, runtime)
        homes = _homes(session, near, all_)
        session.execute(
            text("INSERT INTO homes VALUES (:place_id, :lat, :lon, :cell, :people, :first)"), homes
        )
        words = _DIALECTS[session.get_bind().dialect.name]
        session.execute(text(_PEOPLE.format(**words)), {"sealed": _SEALED})
        session.execute(text(_JOINED.format(**words)))
    analyze = "VACUUM ANALYZE" if not runtime.database.is_sqlite else "ANALYZE"
    with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as one:
        one.execute(text(analyze))


def _tables(session: Session, runtime: Runtime) -> None:
    most = 10_000
    session.execute(text("CREATE TEMPORARY TABLE numbers (n bigint)"))
    session.execute(
        text(
            "INSERT INTO numbers WITH RECURSIVE one(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM one"
            " WHERE n < :most - 1) SELECT n FROM one"
        ),
        {"most": most},
    )
    session.execute(text("CREATE TEMPORARY TABLE sealed (id bigint PRIMARY KEY, phone text)"))
    sealer = runtime.keys.sealer
    phones = [
        {"id": number, "phone": sealer.seal(f"+2547000{number:05}", "subscribers.phone")}
        for number in range(_SEALED)
    ]
    session.execute(text("INSERT INTO sealed VALUES (:id, :phone)"), phones)
    session.execute(
        text(
            "CREATE TEMPORARY TABLE homes (place_id bigint, lat float8, lon float8, cell bigint,"
            " people bigint, first bigint)"
        )
    )


def _homes(session: Session, near: int, all_: int) -> Sequence[dict[str, Any]]:
    towns, first, homes = _NEAR - _VILLAGES, 1, []
    in_a_town = (near - _VILLAGES * _IN_A_VILLAGE) // towns
    far = (all_ - near) // (_PLACES - _NEAR)
    left = near - _VILLAGES * _IN_A_VILLAGE - in_a_town * (towns - 1)
    for number in range(_PLACES):
        if number < _VILLAGES:
            people = _IN_A_VILLAGE
        else:
            people = (left if number == _VILLAGES else in_a_town) if number < _NEAR else far
        place = make_place(session, f"Place {number}", _spread(number))
        cell = cell_of(Position(place.lat, place.lon))
        homes.append(
            {"place_id": place.id, "lat": place.lat, "lon": place.lon, "cell": cell,
             "people": people, "first": first}
        )  # fmt: skip
        first += people
    return homes


def _spread(number: int) -> Position:
    """On a spiral: the nearest places first, those from _NEAR on outside of ROUND_M."""
    metres = ROUND_M * (number + 0.5) / _NEAR * 0.999
    if number >= _NEAR:
        metres = ROUND_M + 2_000 + (number - _NEAR) * 300
    turn = radians(number * 137.5)
    north, east = metres * cos(turn) / 111_195, metres * sin(turn) / 111_195
    return Position(MOA.lat + north, MOA.lon + east / cos(radians(MOA.lat)))
