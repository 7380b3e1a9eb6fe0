"""Outlines in a list of places become borders on the map, anew with each import of the list."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.flow import borders
from gateway.flow.importing import Outcome, bring_in
from gateway.flow.place_list import read_file
from gateway.lists.borders import counted, shown, stamp
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Border
from gateway.terms.refusals import NotFound, Refused
from tests.terms.test_outlines import circle


def square(lon: float, lat: float, side: float = 0.5) -> list[list[float]]:
    return [[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]


def polygon(*rings: list) -> dict:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: object, **properties: object) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


TANA = feature(
    polygon(square(39, -2), square(39.2, -1.8, 0.1)), name="Tana River", placetype="county"
)
LAMU = feature(
    {"type": "MultiPolygon", "coordinates": [[square(40.5, -2.3)], [square(41.2, -2.1, 0.1)]]},
    shapeName="Lamu", shapeType="ADM2",
)  # fmt: skip
MARKET = feature(polygon(square(40, -2, 0.001)), name="Moa market", kind="market")


@pytest.fixture
def bring(runtime: Runtime, tmp_path: Path):
    def brought(*features: dict, level: int | None = None, name: str = "") -> Outcome:
        file = tmp_path / "counties.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        listed = read_file(file, "KE", "geojson", name=name, level=level)
        with runtime.database.writing() as session:
            return bring_in(session, listed, who="test", now=runtime.clock())

    return brought


def kept(runtime: Runtime) -> list[Border]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(Border).order_by(Border.name)))


def test_outlines_of_counties_are_kept_without_holes_and_buildings_are_not(
    runtime: Runtime, bring
) -> None:
    assert bring(TANA, LAMU, MARKET).borders == 2
    lamu, tana = kept(runtime)
    assert (tana.name, tana.level, tana.country, tana.source) == ("Tana River", 2, "KE", "geojson")
    assert (tana.south, tana.west, tana.north, tana.east) == (-2, 39, -1.5, 39.5)
    assert [len(ring) // 2 for ring in tana.rings] == [5]
    assert (lamu.name, len(lamu.rings)) == ("Lamu", 2)


@pytest.mark.parametrize(
    ("properties", "level"),
    [
        ({"admin_level": "2"}, 0), ({"admin_level": 4}, 1), ({"admin_level": "6"}, 2),
        ({"admin_level": "8"}, 3), ({"placetype": "region"}, 1), ({"shapeType": "ADM3"}, 3),
        ({"ADM1_EN": "Coast", "ADM1_PCODE": "KE1", "ADM0_EN": "Kenya"}, 1),
        ({"NAME_0": "Kenya", "NAME_1": "Coast", "NAME_2": "Lamu", "GID_2": "KEN.2_1"}, 2),
        ({"level": "adm0"}, 0),
    ],
)  # fmt: skip
def test_the_level_is_told_by_the_properties_of_known_sources(
    properties: dict, level: int, runtime: Runtime, bring
) -> None:
    bring(feature(polygon(square(39, -2)), **properties))
    assert [border.level for border in kept(runtime)] == [level]
    assert kept(runtime)[0].name in ("", "Coast", "Lamu")


def test_a_level_said_by_the_operator_holds_for_all_outlines(runtime: Runtime, bring) -> None:
    bring(TANA, MARKET, feature(polygon(square(41, -1))), level=3)
    assert [border.level for border in kept(runtime)] == [3, 3, 3]
    with pytest.raises(Refused, match="holds no outline"):
        bring(
            feature({"type": "Point", "coordinates": [40, -2]}, name="Moa", kind="village"), level=3
        )


def test_a_newer_file_of_the_list_replaces_its_borders_alone(runtime: Runtime, bring) -> None:
    bring(TANA, LAMU)
    bring(TANA, name="other")
    with runtime.database.reading() as session:
        before = stamp(session)
    bring(feature(polygon(square(39, -2.5)), name="Tana River", placetype="county"))
    found = [(border.source, border.south) for border in kept(runtime)]
    assert sorted(found) == [("geojson", -2.5), ("geojson/other", -2)]
    with runtime.database.reading() as session:
        assert stamp(session) != before


def test_a_broken_outline_is_named_and_the_others_come_in(runtime: Runtime, bring) -> None:
    broken = feature(polygon([[39, -2], [39.5, -2], [39, -2]]), name="Half", placetype="county")
    astray = feature(polygon([[390, -2], [39, -2], [39, -1]]), name="Far", placetype="county")
    outcome = bring(TANA, broken, astray)
    assert [bad.reason for bad in outcome.bad] == [
        "feature 2: its outline has 2 corners, expected 3 at least: draw it again or leave it out",
        "feature 3: coordinates are 390, -2: expected degrees, longitude first",
    ]
    assert outcome.borders == 1


def test_borders_have_no_more_corners_than_a_map_can_use(
    runtime: Runtime, bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(borders, "MOST_CORNERS", 60)
    monkeypatch.setattr(borders, "MOST_IN_ALL", 100)
    ring = [list(pair) for pair in circle(2_000, radius_m=90_000)]
    bring(*(feature(polygon(ring), name=f"C{n}", placetype="county") for n in range(3)))
    sizes = [len(ring) // 2 for border in kept(runtime) for ring in border.rings]
    assert len(sizes) == 3
    assert sum(sizes) <= 100


def test_a_slow_line_gets_the_wider_levels_and_coarser_ones(runtime: Runtime, bring) -> None:
    ring = [list(pair) for pair in circle(2_000, radius_m=90_000)]
    bring(feature(polygon(ring), name="Coast", placetype="region"), TANA)
    with runtime.database.reading() as session:
        whole, least = shown(session), shown(session, budget=300)
        assert [one["level"] for one in whole] == [1, 2]
        assert len(least[0]["rings"][0]) < len(whole[0]["rings"][0])
        assert shown(session, budget=50) == []
        only = shown(session, budget=_size(whole[:1]) + 10)
        assert [one["level"] for one in only] == [1]


def test_borders_are_counted_and_forgotten_by_list(runtime: Runtime, bring) -> None:
    bring(TANA, LAMU)
    with runtime.database.writing() as session:
        (row,) = counted(session)
        assert (row.source, row.level, row.borders, row.corners) == ("geojson", 2, 2, 15)
        with pytest.raises(NotFound, match="came from: geojson"):
            borders.remove(session, "geonames", who="test", now=runtime.clock())
        assert borders.remove(session, "geojson", who="test", now=runtime.clock()) == 2
    assert kept(runtime) == []
    with runtime.database.reading() as session:
        last = session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(1)).one()
        assert last.act == "gazetteer.borders"


def _size(drawn: list) -> int:
    import gzip

    return len(gzip.compress(json.dumps(drawn, separators=(",", ":")).encode(), 6))
