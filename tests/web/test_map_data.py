"""What the map is drawn from: who may ask, what it holds, and what it costs a slow line."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from gateway import web
from gateway.app import create_app
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Alert, Border, Delivery, Exercise
from gateway.terms.area import Area, Circle
from gateway.terms.geo import Position
from gateway.web.admin import land
from tests.make import MOA, make_incident, make_place, make_subscriber, make_user, settings_for
from tests.web.situation import NUMBERS, Situation, hear
from tests.web.walking import Visitor

BUILT = Path(web.__file__).parent / "static" / "built"
MOST_QUERIES = 12
SEEN = "gunmen with rifles were seen near Moa by the women who fetch water"
HOLA = Position(-1.4821, 40.0334)

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def drawn(visitor: Visitor, **filters: Any) -> dict[str, Any]:
    answer = visitor.get("/map/incidents.json", query_string=filters)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    return json.loads(answer.text)


@one_engine
def test_only_who_is_signed_in_sees_it_and_nobody_sees_texts_or_names(
    app: Flask, situation: Situation
) -> None:
    for path in ("/map/incidents.json", "/map/places.json?box=-3,39,-1,41&zoom=8", "/map/rows"):
        assert Visitor(app, None).get(path).status_code == 302, path
        for layer in ("", "heat", "villages"):
            text = Visitor(app, None, situation.asha).read(
                f"{path}{'&' if '?' in path else '?'}layer={layer}"
            )
            assert not [
                one for one in (*NUMBERS, "Heron", "asha", "bakari", "script") if one in text
            ]
            assert "coming" not in text
    viewer = Visitor(app, "viewer")
    (incident,) = drawn(viewer)["incidents"]
    assert incident["words"] == "1 Armed group approaching, Moa, open"
    assert incident["words"].split(", ")[1] in viewer.read("/map/rows")


@one_engine
def test_an_unchanged_map_costs_a_header(app: Flask, situation: Situation) -> None:
    viewer = Visitor(app, "viewer")
    for path in ("/map/incidents.json", "/map/rows", "/map/land.json",
                 "/map/places.json?box=-3,39,-1,41&zoom=8"):  # fmt: skip
        first = viewer.get(path)
        again = viewer.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path
    stamp = viewer.get("/map/incidents.json").headers["ETag"]
    with situation.runtime.database.writing() as session:
        make_incident(session, situation.runtime.clock())
    changed = viewer.get("/map/incidents.json", headers={"If-None-Match": stamp})
    assert changed.status_code == 200


def test_the_filters_of_the_address_hold_for_the_map_and_its_list(app: Flask, now) -> None:
    runtime: Runtime = app.extensions["gateway"]
    with runtime.database.writing() as session:
        asha = make_user(session, "asha")
        old = now - timedelta(days=60)
        make_incident(session, now, hazard="attack", place_name="Hola", area="Tana River")
        make_incident(session, now, state="verified", owner_id=asha.id)
        make_incident(session, old, state="closed", last_report_at=old, reports=9)
        make_incident(session, now, lat=None, lon=None, place_name=None, hazard="rumour")
        make_incident(session, old, state="refuted", last_report_at=now, reports=4)
    visitor = Visitor(app, None, asha)
    for filters, numbers in (
        ({}, {1, 2}), ({"hazard": "attack"}, {1}), ({"severity": "Extreme"}, {1}),
        ({"severity": "Minor", "hazard": "attack"}, set()), ({"place": "tana"}, {1}),
        ({"place": "hol"}, {1}), ({"place": "1"}, set()), ({"place": "%"}, set()),
        ({"mine": "1"}, {2}), ({"state": "closed"}, {3}),
        ({"state": "closed", "weeks": "4"}, set()),
        ({"state": "all"}, {1, 2, 5}), ({"state": "all", "weeks": "12"}, {1, 2, 3, 5}),
        ({"state": "nonsense", "weeks": "5", "sort": "x"}, {1, 2}), ({"unplaced": "1"}, set()),
    ):  # fmt: skip
        assert {one["id"] for one in drawn(visitor, **filters)["incidents"]} == numbers, filters
        html = visitor.get("/map", query_string=filters).text
        assert {n for n in range(1, 6) if f'id="incident-{n}"' in html} - {4} == numbers, filters
    assert 'id="incident-4"' in visitor.read("/map?unplaced=1")
    html = visitor.read("/map?state=all&weeks=12&sort=reports")
    assert (
        html.index('id="incident-3"')
        < html.index('id="incident-5"')
        < html.index('id="incident-1"')
    )


def test_reports_are_counted_by_week_square_and_county(app: Flask, now) -> None:
    runtime: Runtime = app.extensions["gateway"]
    with runtime.database.writing() as session:
        make_place(session)
        make_place(session, "Hola", HOLA)
        make_place(session, "Lagos", Position(6.45, -3.35), county="", region="West")
        session.add(Exercise(scenario="river", started_at=now))
    told = (
        (0, "armed men are coming to Moa now"), (0, SEEN), (0, SEEN),
        (1, "armed men entered Hola tonight"),
        (2, "armed men attacked Lagos village"), (8, "armed men are at Hola"),
        (40, "armed men are at Hola"), (0, "No armed men in Hola, all is quiet"),
    )  # fmt: skip
    for number, (days, text) in enumerate(told):
        runtime.clock = lambda at=now - timedelta(days=days): at  # type: ignore[method-assign]
        hear(runtime, f"+2547000001{number:02d}", text)
    runtime.clock = lambda: now  # type: ignore[method-assign]
    viewer = Visitor(app, "viewer")
    heat = drawn(viewer, layer="heat", weeks="2")["heat"]
    assert [week["number"] for week in heat["weeks"]] == [10, 11]
    cells = {(south, west): count for south, west, count in heat["weeks"][1]["cells"]}
    assert cells == {(-2.4, 40.3): 2, (-1.5, 40.0): 1}
    west = {(south, west) for south, west, _ in heat["weeks"][0]["cells"]}
    assert west == {(6.4, -3.4), (-1.5, 40.0)}
    html = viewer.read("/map?layer=heat&weeks=2")
    assert "<bdi>Tana River</bdi>: 1 report in week 10, 3 reports in week 11" in html
    assert "<bdi>West</bdi>: 1 report in week 10" in html
    assert drawn(viewer)["heat"]["weeks"] == []


def test_villages_tell_how_many_the_last_warning_reached(app: Flask, now) -> None:
    runtime: Runtime = app.extensions["gateway"]
    with runtime.database.writing() as session:
        moa, hola = make_place(session), make_place(session, "Hola", HOLA)
        asha = make_user(session, "asha")
        alert = _warning(asha.id, now, state="live")
        session.add(alert)
        session.flush()
        for number in range(4):
            member = make_subscriber(
                session, runtime.keys, f"+25470000012{number}",
                place_id=moa.id if number < 3 else hola.id,
            )  # fmt: skip
            if number < 3:
                state = "delivered" if number else "failed"
                session.add(Delivery(kind="alert", alert_id=alert.id, subscriber_id=member.id,
                                     language="en", reference=f"r{number}", state=state, priority=1,
                                     due_at=now, created_at=now))  # fmt: skip
    found = drawn(Visitor(app, "viewer"), layer="villages")["villages"]
    assert [(one["people"], one["share"]) for one in found] == [(3, 0.67), (1, None)]
    assert found[0]["words"] == "Moa: 3 people. The last warning was delivered to 2 of 3."
    assert found[1]["words"] == "Hola: 1 person, not in the last warning."


@one_engine
def test_areas_are_drawn_from_whatever_the_rule_holds(app: Flask, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        asha = make_user(session, "asha")
        session.add(_warning(asha.id, now, state="live"))
        session.add(_warning(asha.id, now, state="expired"))
    (alert,) = drawn(Visitor(app, "viewer"))["alerts"]
    assert alert["area"]["circles"][0]["radius_m"] == 5000
    assert alert["words"] == "W1 Armed group approaching, 5 km around Moa"


@one_engine
@pytest.mark.parametrize("layer", ["", "heat", "villages"])
def test_the_map_asks_the_database_few_things_however_much_is_on_it(
    app: Flask, situation: Situation, layer: str
) -> None:
    runtime, now = situation.runtime, situation.runtime.clock()
    viewer = Visitor(app, "viewer")
    viewer.read("/map")  # the places are read once for all
    for rows in (1, 40):
        with runtime.database.writing() as session:
            for number in range(rows):
                make_incident(session, now, hazard="armed_group" if number % 2 else "attack")
                session.add(_warning(situation.asha.id, now, state="live"))
        for path in ("/map", "/map/rows", "/map/incidents.json"):
            asked: list[str] = []

            def count(_c, _u, statement, *_rest, asked=asked) -> None:
                asked.extend([statement] if statement != "BEGIN" else [])

            event.listen(runtime.database.engine, "before_cursor_execute", count)
            try:
                viewer.read(f"{path}?layer={layer}")
            finally:
                event.remove(runtime.database.engine, "before_cursor_execute", count)
            assert len(asked) <= MOST_QUERIES, (path, "\n".join(asked))


@one_engine
def test_names_of_places_come_largest_first_and_apart(app: Flask) -> None:
    with app.extensions["gateway"].database.writing() as session:
        make_place(session, "Village", Position(-2.0, 40.0), population=50)
        make_place(session, "Town", Position(-2.001, 40.0), population=9_000)
        make_place(session, "Far", Position(-2.5, 40.5), population=10)
        make_place(session, "Elsewhere", Position(8.0, 40.0), population=99_000)
        for number in range(300):
            position = Position(-2.9 + number / 100, 39.1)
            make_place(session, f"Row {number}", position, population=1)
    viewer = Visitor(app, "viewer")

    def names(box: str, zoom: float) -> list[str]:
        answer = viewer.get("/map/places.json", query_string={"box": box, "zoom": zoom})
        assert answer.status_code == 200
        return [name for _, _, name in json.loads(answer.text)]

    wide = names("-3,39,-1,41", 8)
    assert wide[:2] == ["Town", "Far"]
    assert "Village" not in wide
    assert len(wide) <= 60
    assert "Village" in names("-2.1,39.9,-1.9,40.1", 16)
    for box, zoom in (("", 8), ("1,2,3", 8), ("x,1,2,3", 8), ("-3,39,-1,41", ""), ("5,1,2,3", 8),
                      ("nan,1,2,3", 8), ("-3,39,-1,41", "nan"), ("-3,39,-1,41", 99)):  # fmt: skip
        answer = viewer.get("/map/places.json", query_string={"box": box, "zoom": zoom})
        assert answer.status_code == 400, (box, zoom)
        assert "cannot be read" in answer.text


@pytest.mark.skipif(not BUILT.is_dir(), reason="the map's files are not built")
def test_map_assets_stay_light_wherever_the_deployment_is() -> None:
    code = sum(
        len(gzip.compress((BUILT / name).read_bytes(), 6)) for name in ("leaflet.js", "leaflet.css")
    )
    for frame, most in (((-7.7, 31, 7.6, 44.9), 70_000), ((-60.0, -180.0, 75.0, 180.0), 130_000)):
        countries = json.dumps(land.countries_in(frame), separators=(",", ":"))
        assert code + len(gzip.compress(countries.encode(), 6)) <= most
        assert most + land.borders.BUDGET <= 250_000


@pytest.mark.skipif(not BUILT.is_dir(), reason="the map's files are not built")
@one_engine
def test_the_land_knows_whose_it_is_and_carries_the_borders(app: Flask) -> None:
    ring = [38.5, -3.2, 40.9, -3.2, 40.9, -0.1, 38.5, -3.2]
    with app.extensions["gateway"].database.writing() as session:
        for number in range(5):
            make_place(session, f"Moa {number}", Position(-2.3 - number / 10, 39.5))
        session.add(Border(country="KE", level=2, name="Tana River", source="geojson", south=-3.2,
                           west=38.5, north=-0.1, east=40.9, rings=[ring]))  # fmt: skip
    found = json.loads(Visitor(app, "viewer").get("/map/land.json").text)
    assert [one["name"] for one in found["countries"] if one.get("own")] == ["Kenya"]
    assert found["borders"] == [{"name": "Tana River", "level": 2, "rings": [ring]}]


@one_engine
def test_only_the_tile_server_of_the_settings_may_be_asked(
    tmp_path: Path, database_url: str
) -> None:
    tiles = "https://tiles.example.org/{z}/{x}/{y}.png"
    settings = settings_for(database_url, tmp_path, GATEWAY_MAP__TILES=tiles)
    runtime = build_runtime(settings)
    answer = Visitor(create_app(runtime), "viewer").get("/map")
    runtime.database.close()
    policy = answer.headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://tiles.example.org;" in policy
    assert policy.count("tiles.example.org") == 1
    assert f'data-tiles="{tiles}"' in answer.text


def _warning(user_id: int, now, **facts: Any) -> Alert:
    alert = Alert(
        hazard="armed_group", urgency="Immediate", severity="Severe", certainty="Likely",
        place_name="Moa", lat=MOA.lat, lon=MOA.lon, radius_m=1, drafted_by=user_id,
        expires_at=now + timedelta(hours=6), created_at=now, **facts,
    )  # fmt: skip
    alert.set_zone(Area.around(Circle(MOA.lat, MOA.lon, 5000, "Moa")))
    return alert
