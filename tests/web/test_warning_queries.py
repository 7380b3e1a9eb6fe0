"""No page or piece of a warning asks its database more than twelve times, in rarer cases too."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts.reminders import Calendar
from gateway.flow import alerting, campaign_areas, campaigning, judging
from gateway.flow.areas_of_alerts import CIRCLE, CORRIDOR, PLACES, Choice, chosen_area
from gateway.store import gazetteer
from gateway.store.tables import (
    Alert,
    Delivery,
    Exercise,
    Place,
    PlaceLink,
    PlaceMark,
    Report,
)
from gateway.terms.area import Area
from gateway.terms.geo import Position
from tests.make import MOA, make_incident, make_place, make_subscriber
from tests.web.situation import Situation, make_draft, make_situation
from tests.web.test_queries import MOST, counted
from tests.web.walking import Visitor

KM = 1 / 111.2
NEAR = Position(MOA.lat + 11 * KM, MOA.lon)
FAR = Position(MOA.lat + 44 * KM, MOA.lon)
TOLD = " Ask Mzee Barasa and Chief Wema now, 0700 010 123"
PIECES = ("missed", "steps", "standing", "reach")
DRAWN = {
    "shape": "corridor", "toward": "Hewani", "width_km": "6", "speed_kmh": "5",
    "named": "Moa, Wema, Hewani", "left_out_named": "Kibusu",
    "expires": "2026-03-10T23:30", "text_en": "Stay at home. Ask Mzee Barasa.",
}  # fmt: skip


class Desk:
    """What coordinators do, one after the other, in one transaction."""

    def __init__(self, situation: Situation, session: Session) -> None:
        self.runtime, self.session = situation.runtime, session
        self.asha, self.bakari = situation.asha, situation.bakari
        self.now = self.runtime.clock()

    def place(self, name: str) -> int:
        named = select(Place.id).where(Place.name == name).order_by(Place.id)
        return self.session.scalars(named).first() or 0

    def mark(self) -> None:
        """An armed group rules in Wema."""
        self._add(
            PlaceMark(
                place_id=self.place("Wema"), mark="controlled", radius_m=2_000, who="asha",
                at=self.now,
            )
        )  # fmt: skip

    def tie(self) -> None:
        """Two villages far away come to Moa's market."""
        for name in ("Hewani", "Kibusu"):
            self._add(
                PlaceLink(
                    place_id=self.place("Moa"), other_id=self.place(name), tie="market",
                    who="asha", at=self.now,
                )
            )  # fmt: skip

    def hear_that_they_go_to_hewani(self) -> None:
        report = self.session.get_one(Report, 1)
        report.stance, report.to_lat, report.to_lon = "witness", FAR.lat, FAR.lon
        self.session.flush()

    def find_a_namesake(self) -> None:
        """There is a second Hewani, far away."""
        make_place(self.session, "Hewani", Position(-1.0, 38.0), county="Kitui", source_id="2")
        gazetteer.touch(self.session, self.now, "test")

    def practise(self) -> None:
        self._add(Exercise(id=7, scenario="raid-at-night", started_at=self.now))
        self.session.get_one(Alert, 1).exercise_id = 7

    def keep(self, choice: Choice, add: str = "") -> None:
        """The draft with this area, and something at the end of its English text."""
        alert = self.session.get_one(Alert, 1)
        area = chosen_area(self.runtime, self.session, alert, choice)
        texts = {one.language: one.body for one in alert.texts}
        texts["en"] += add
        alerting.edit(
            self.runtime, self.session, 1, self.asha, alert.version, self.now,
            texts=texts, expires_at=alert.expires_at, area=area,
        )  # fmt: skip

    def circle(self, **more: object) -> Choice:
        return Choice(CIRCLE, radius_m=20_000, **more)  # type: ignore[arg-type]

    def places(self) -> Choice:
        """Some chosen, and one left out."""
        return Choice(
            PLACES, places=frozenset((self.place("Moa"), self.place("Hewani"))),
            left_out=frozenset((self.place("Kibusu"),)),
        )  # fmt: skip

    def way(self) -> Choice:
        """From Moa to Hewani, and the places besides."""
        there = self.places()
        return Choice(
            CORRIDOR, toward="Hewani", toward_id=self.place("Hewani"), width_m=6_000,
            speed_kmh=5.0, places=there.places, left_out=there.left_out,
        )  # fmt: skip

    def submit(self, number: int = 1) -> None:
        version = self.session.get_one(Alert, number).version
        alerting.submit(self.runtime, self.session, number, self.asha, version, self.now)

    def give_back(self, number: int = 1) -> None:
        self.submit(number)
        alerting.return_to_draft(self.session, number, self.bakari, "say which road", self.now)

    def approve(self, number: int = 1) -> None:
        version = self.session.get_one(Alert, number).version
        alerting.approve(self.runtime, self.session, number, self.bakari, version, self.now)

    def send(self) -> None:
        """As if all copies had arrived."""
        self.submit()
        self.approve()
        self.session.get_one(Alert, 1).state = "live"
        for one in self.session.scalars(select(Delivery).where(Delivery.alert_id == 1)).all():
            one.state, one.submitted_at, one.settled_at = "delivered", self.now, self.now
        self.session.flush()

    def campaign(self, area: Area, kind: str = "law") -> int:
        plan = campaigning.Plan(
            kind=kind, name="Market days", area=area, calendar=Calendar("now"), place_name="Moa",
        )  # fmt: skip
        drafted = campaigning.draft(self.runtime, self.session, plan, self.asha, self.now)
        return drafted.alert_id

    def around_moa(self) -> Area:
        return campaign_areas.around(self.session, self.place("Moa"), 20_000)[0]

    def counties(self, *names: str) -> Area:
        return campaign_areas.of_counties(self.session, "KE", names)

    def _add(self, row: object) -> None:
        self.session.add(row)
        self.session.flush()


Case = Callable[[Desk], int | None]  # the number of the warning; None: the first


def under_control(desk: Desk) -> None:
    desk.mark()
    desk.keep(desk.circle())


def told_under_control(desk: Desk) -> None:
    desk.mark()
    desk.keep(desk.circle(tell_controlled=True, reason="they have to know"))


def ties(desk: Desk) -> None:
    desk.tie()
    desk.keep(desk.circle(linked=frozenset((desk.place("Hewani"),))))


def named_places(desk: Desk) -> None:
    desk.keep(desk.places())


def findings(desk: Desk) -> None:
    desk.keep(desk.circle(), TOLD)


def practice(desk: Desk) -> None:
    desk.practise()
    desk.keep(desk.circle(), TOLD)


def way(desk: Desk) -> None:
    """To a named end, with people under control and ties."""
    desk.mark()
    desk.tie()
    desk.hear_that_they_go_to_hewani()
    desk.keep(desk.way())


def everything(desk: Desk) -> None:
    """At once, where two places have the name of the end."""
    desk.give_back()
    desk.find_a_namesake()
    way(desk)
    desk.keep(desk.way(), TOLD)


def submitted(desk: Desk) -> None:
    way(desk)
    desk.submit()


def live(desk: Desk) -> None:
    way(desk)
    desk.send()


def update(desk: Desk) -> int:
    live(desk)
    return alerting.update(desk.runtime, desk.session, 1, desk.asha, desk.now).id


def all_clear(desk: Desk) -> int:
    live(desk)
    return alerting.all_clear(desk.runtime, desk.session, 1, desk.asha, desk.now).id


def withdrawal(desk: Desk) -> int:
    live(desk)
    found = alerting.cancel(desk.runtime, desk.session, 1, desk.asha, "not true", desk.now)
    assert found is not None
    return found.id


def campaign_of_a_place(desk: Desk) -> int:
    desk.mark()
    return desk.campaign(desk.around_moa())


def campaign_of_a_county(desk: Desk) -> int:
    return desk.campaign(desk.counties("Tana River"))


def campaign_of_focal_points(desk: Desk) -> int:
    return desk.campaign(desk.counties(), "all_quiet")


def campaign_given_back(desk: Desk) -> int:
    number = desk.campaign(desk.around_moa())
    desk.give_back(number)
    desk.session.get_one(Alert, number).texts[0].body += TOLD
    return number


def campaign_submitted(desk: Desk) -> int:
    number = desk.campaign(desk.around_moa())
    desk.submit(number)
    return number


def campaign_approved(desk: Desk) -> int:
    number = campaign_submitted(desk)
    desk.approve(number)
    return number


def campaign_about_an_incident(desk: Desk) -> int:
    incident = make_incident(
        desk.session, desk.now, hazard="hate_speech", place_id=desk.place("Moa")
    )
    judging.verify(desk.session, incident.id, desk.asha, "heard by two", desk.now)
    answer = campaigning.draft_about(
        desk.runtime, desk.session, incident.id, "counter_message", desk.asha, desk.now
    )
    return answer.alert_id


WARNINGS: list[Case] = [
    under_control, told_under_control, ties, named_places, findings, practice, way, everything,
    submitted, live, update, all_clear, withdrawal,
]  # fmt: skip
CAMPAIGNS: list[Case] = [
    campaign_of_a_place, campaign_of_a_county, campaign_of_focal_points, campaign_given_back,
    campaign_submitted, campaign_approved, campaign_about_an_incident,
]  # fmt: skip
ON_EACH = [("sqlite", case) for case in (*WARNINGS, *CAMPAIGNS)]
# What the two engines may count differently, once on the other too.
ON_EACH += [("postgresql", everything)]


@pytest.fixture
def situation(app: Flask) -> Situation:
    """Moa and three more villages with somebody in each; the draft of a warning for Moa."""
    situation = make_situation(app)
    runtime = situation.runtime
    with runtime.database.writing() as session:
        for number, (name, spot) in enumerate((("Wema", NEAR), ("Hewani", FAR), ("Kibusu", FAR))):
            place = make_place(session, name, spot)
            make_subscriber(
                session, runtime.keys, f"+25470000018{number}", home=spot, place_id=place.id,
                focal_point=number == 0,
            )  # fmt: skip
        make_place(session, "Tana River", MOA, kind="county")
        gazetteer.touch(session, runtime.clock(), "test")
    make_draft(situation)
    return situation


@pytest.mark.parametrize(
    ("database_url", "case"),
    ON_EACH,
    indirect=["database_url"],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_warning_asks_few_times(asha: Visitor, situation: Situation, case: Case) -> None:
    runtime = situation.runtime
    with runtime.database.writing() as session:
        number = case(Desk(situation, session)) or 1
    with runtime.database.reading() as session:
        runtime.gazetteer(session)  # which a process reads again only when places were changed
        is_draft = session.get_one(Alert, number).state == "draft"
    asked = {}
    for path in (f"/alerts/{number}", *(f"/alerts/{number}/{piece}" for piece in PIECES)):
        with counted(runtime) as seen:
            asha.read(path)
        asked[path] = list(seen)
    if is_draft:
        form = DRAWN | ({"shape": "places"} if case is update else {})
        with counted(runtime) as before:
            asha.get("/password")
        with counted(runtime) as seen:  # with the page that gives the token
            assert asha.send(f"/alerts/{number}/preview", **form).status_code == 200
        asked["preview"] = seen[len(before) :]
    over = {path: statements for path, statements in asked.items() if len(statements) > MOST}
    assert over == {}
