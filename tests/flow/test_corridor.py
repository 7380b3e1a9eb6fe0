"""Who lies ahead of a group on foot: three stories on real places, from SMS to the preview."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.flow import alerting, judging
from gateway.flow.area_previews import AreaPreview, area_preview
from gateway.flow.areas_of_alerts import CORRIDOR, Choice, chosen_area, heading_of
from gateway.flow.importing import add_entries, sample_entries
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Alert, Incident, Place, Report
from gateway.terms.area_words import area_words
from gateway.terms.geo import Position
from tests.dispatch.scenes import Scene
from tests.make import make_subscriber, settings_for

ON_FOOT = 5.0


class Country(Scene):
    """The sample country, with somebody at home in the places that are named."""

    def __init__(self, runtime: Runtime, now: datetime) -> None:
        super().__init__(runtime, now)
        with runtime.database.writing() as session:
            session.delete(session.get_one(Place, self.place.id))
            entries = sample_entries("KE", runtime.settings.gazetteer.priority)
            add_entries(session, entries, "KE", runtime.settings.gazetteer.priority)

    def settle(self, *names: str, first: int = 0) -> None:
        """One subscriber in each."""
        with self.runtime.database.writing() as session:
            for number, name in enumerate(names, first):
                home = session.scalars(
                    select(Place).where(Place.name == name, Place.kind == "locality")
                ).one()
                make_subscriber(
                    session, self.runtime.keys, f"+2547008{number:05}",
                    home=Position(home.lat, home.lon), place_id=home.id,
                )  # fmt: skip

    def verified(self) -> Incident:
        """All that was told is one incident, and it is true."""
        (incident,) = self.incidents()
        with self.runtime.database.writing() as session:
            return judging.verify(session, incident.id, self.first, "seen by several", self.now)

    def way(self, toward: str | None = None) -> tuple[Alert, AreaPreview]:
        """A draft whose area is the way ahead, as the page offers it, and its preview."""
        incident = self.verified()
        with self.runtime.database.writing() as session:
            alert = alerting.draft(self.runtime, session, incident.id, self.first, self.now)
            start = heading_of(session, alert)
            assert start is not None
            told = start.end_name if toward is None else toward
            choice = Choice(CORRIDOR, toward=told, width_m=6_000, speed_kmh=ON_FOOT)
            area = chosen_area(self.runtime, session, alert, choice)
            texts = {one.language: one.body for one in alert.texts}
            alerting.edit(
                self.runtime, session, alert.id, self.first, alert.version, self.now,
                texts=texts, expires_at=alert.expires_at, area=area,
            )  # fmt: skip
            reach = alerting.preview(self.runtime, session, alert)
            return alert, area_preview(alert, reach, self.now)


@pytest.fixture
def country(migrated_sqlite: Path, tmp_path: Path, now: datetime) -> Iterator[Country]:
    path = tmp_path / "gateway.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    runtime = build_runtime(settings_for(f"sqlite:///{path}", tmp_path), clock=lambda: now)
    yield Country(runtime, now)
    runtime.database.close()


def ahead(preview: AreaPreview, *, people: bool = True) -> list[str]:
    """The places ahead in the order of arrival."""
    return [
        one.place.name for _, group in preview.arrivals for one in group if one.people or not people
    ]


def test_a_group_at_golbanti_heading_for_mnazini(country: Country) -> None:
    country.settle(
        "Golbanti", "Minjila", "Garsen", "Mikameni", "Kivira", "Mnazini", "Kipini", "Moa"
    )
    country.text(
        "+254700900001", "watu 20 wenye bunduki wako Golbanti kwa miguu wanaelekea Mnazini"
    )
    country.text("+254700900002", "armed men on foot at Golbanti now, they are going to Mnazini")
    alert, preview = country.way()
    assert area_words(alert.zone).startswith("way from Golbanti to Mnazini, 12 km wide")
    there = ahead(preview)
    assert there[0] == "Golbanti"
    assert there[-3:] == ["Mikameni", "Kivira", "Mnazini"]
    assert not {"Kipini", "Moa"} & set(there)  # behind, and at the coast
    minutes = {one.place.name: one.minutes for _, group in preview.arrivals for one in group}
    assert minutes["Mnazini"] == pytest.approx(53_000 / 5_000 * 60, rel=0.05)
    first, _ = preview.arrivals[0]
    assert first == "May be there already"


def test_a_group_that_came_on_from_golbanti_is_awaited_north_of_minjila(country: Country) -> None:
    country.settle("Golbanti", "Minjila", "Garsen", "Mikameni", "Mnazini")
    country.text("+254700900001", "armed men on foot at Golbanti now, they are going to Minjila")
    country.later(hours=3)
    country.text(
        "+254700900002", "armed men on foot are passing Minjila now, they are going to Mnazini"
    )
    country.later(minutes=30)
    alert, preview = country.way()
    there = ahead(preview)
    assert "Golbanti" not in there
    assert there[0] == "Minjila"
    assert there[-2:] == ["Mikameni", "Mnazini"]
    minutes = {one.place.name: one.minutes for _, group in preview.arrivals for one in group}
    since = country.now - datetime.fromisoformat(alert.zone.corridor.seen_at)
    assert since >= timedelta(minutes=30)
    assert minutes["Minjila"] == 0.0  # they were there half an hour ago
    assert minutes["Mnazini"] == pytest.approx(38_000 / 5_000 * 60 - 30, rel=0.06)


def test_a_group_of_which_only_the_direction_is_told(country: Country) -> None:
    """West of the river from Garsen: Minjila is beside them, Witu and Kipini behind."""
    country.settle("Garsen", "Minjila", "Mnazini", "Kipini", "Golbanti", "Wenje")
    country.text("+254700900001", "armed men on foot at Garsen now, they are going north")
    country.text("+254700900002", "watu wenye silaha wako Garsen wanaelekea kaskazini kwa miguu")
    alert, preview = country.way()
    assert area_words(alert.zone).startswith("way from Garsen to the north")
    there = ahead(preview)
    assert "Garsen" in there
    assert not {"Kipini", "Golbanti", "Minjila"} & set(there)
    assert ahead(preview, people=False) == sorted(
        ahead(preview, people=False),
        key=lambda name: next(
            one.minutes for _, group in preview.arrivals for one in group if one.place.name == name
        ),
    )


def test_what_the_reports_say_is_what_the_way_is_made_of(country: Country) -> None:
    country.text("+254700900001", "armed men on foot at Golbanti, they are going to Mnazini")
    with country.runtime.database.reading() as session:
        report = session.scalars(select(Report)).one()
    assert (report.place_name, report.travel) == ("Golbanti", "foot")
    assert report.to_lat == pytest.approx(-1.97989, abs=0.01)
