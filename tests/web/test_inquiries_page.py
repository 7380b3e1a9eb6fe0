"""Asking the neighbours from the pages, and the whole walk on simulated phones."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from gateway.flow import inquiring, take_in
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Incident, Inquiry, PlaceMark, Subscriber
from gateway.terms.geo import Position
from gateway.understanding.folding import fold
from tests.make import MOA, make_incident, make_place, make_subscriber, settings_for
from tests.web.walking import Visitor

KM = 1 / 111.2
WITNESS = "+254700000901"
WALKS = {
    "en": (
        "Gunmen on 3 boats pass Moa, Barasa and his uncle ran into the mangroves plozk",
        "Have you seen armed men near Moa today?", ("YES 1", "No, I have not seen", "UNSURE"),
        {"moa", "gunmen", "armed", "men"},
    ),
    "sw": (
        "Watu wenye silaha wanavuka mto pale Moa, mzee Barasa amekimbia mikokoni plozk",
        "Moa", ("NDIYO 1", "hapana", "sijui 1"), {"moa", "watu", "wenye", "silaha"},
    ),
}  # fmt: skip


@pytest.fixture
def settings(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    environ = {"GATEWAY_INQUIRIES__PEOPLE": "3"} | getattr(request, "param", {})
    return settings_for(database_url, tmp_path, **environ)


@pytest.mark.parametrize("language", ["en", "sw"])
def test_the_walk_from_a_report_to_answers_on_the_page(
    app: Flask, runtime: Runtime, language: str
) -> None:
    report, question, answers, shared = WALKS[language]
    near, others = village(runtime, language)
    phones = Visitor(app, None)
    write(phones, runtime, WITNESS, report)
    inquiring.ask_neighbours(runtime)
    talk = {phone: read(phones, phone) for phone in (*near, *others, WITNESS)}
    texts = {phone: theirs(html) for phone, html in talk.items()}
    for phone in near:
        (asked,) = texts[phone]
        assert question in asked
        assert words(asked) & words(report) <= shared
    assert [texts[phone] for phone in others] == [[], [], []]
    before = incident(runtime)
    for phone, answer in zip(near, answers, strict=True):
        write(phones, runtime, phone, answer)
    after = incident(runtime)
    assert [inquiry.answer for inquiry in inquiries(runtime)] == ["yes", "no", "unsure"]
    assert (before.sources, after.sources, after.contradictions) == (1, 2, 1)
    assert before.grade != after.grade
    html = Visitor(app, "coordinator").read(f"/incidents/{after.id}")
    section = html.split('id="h-asked"')[1].split("</section>")[0]
    assert section.count("Have you seen armed men near Moa today?") == 3
    for shown in ("YES", "NO", "UNSURE", *answers, "lives in", "away"):
        assert shown in section
    assert "+2547" not in html


def test_a_coordinator_asks_withdraws_and_asks_one_more(app: Flask, runtime: Runtime) -> None:
    village(runtime, "en")
    with runtime.database.writing() as session:
        number = make_incident(session, runtime.clock(), hazard="roadblock").id
    visitor = Visitor(app, "coordinator")
    assert "Ask neighbours now" in visitor.read(f"/incidents/{number}")
    html = visitor.send_and_follow(f"/incidents/{number}/ask")
    assert "Asked: 3 people." in html
    assert "Ask one more" in html
    html = visitor.send_and_follow(f"/inquiries/{inquiries(runtime)[0].id}/withdraw")
    assert "The question is withdrawn." in html
    assert "Asked: 1 person." in visitor.send_and_follow(f"/incidents/{number}/ask", most="one")
    states = [inquiry.state for inquiry in inquiries(runtime)]
    assert states == ["withdrawn", "asked", "asked", "asked"]
    assert acts(runtime) == ["incident.ask", "incident.ask_withdraw", "incident.ask"]


@pytest.mark.parametrize("settings", [{"GATEWAY_INQUIRIES__POLICY": "press"}], indirect=True)
def test_chosen_people_are_asked_at_a_press(app: Flask, runtime: Runtime) -> None:
    village(runtime, "en")
    with runtime.database.writing() as session:
        number = make_incident(session, runtime.clock()).id
    inquiring.ask_neighbours(runtime)
    visitor = Visitor(app, "coordinator")
    assert "Ask them" in visitor.read(f"/incidents/{number}")
    assert "Asked: 3 people." in visitor.send_and_follow(f"/incidents/{number}/ask-proposed")
    assert {inquiry.state for inquiry in inquiries(runtime)} == {"asked"}
    assert {inquiry.asked_by for inquiry in inquiries(runtime)} == {"coordinator"}


def test_viewers_see_no_names_and_no_texts_of_answers(app: Flask, runtime: Runtime) -> None:
    near, _ = village(runtime, "en")
    phones = Visitor(app, None)
    write(phones, runtime, WITNESS, WALKS["en"][0])
    inquiring.ask_neighbours(runtime)
    write(phones, runtime, near[0], "YES 1 they hide near the blue kiosk of Zuhura")
    number = incident(runtime).id
    viewer = Visitor(app, "viewer").read(f"/incidents/{number}")
    assert "Have you seen armed men near Moa today?" in viewer
    assert "Zuhura" not in viewer
    assert "Heron" not in viewer
    assert "Ask one more" not in viewer
    assert "Zuhura" in Visitor(app, "analyst").read(f"/incidents/{number}")


def test_nobody_is_asked_of_what_could_harm(app: Flask, runtime: Runtime) -> None:
    village(runtime, "en")
    with runtime.database.writing() as session:
        number = make_incident(session, runtime.clock(), hazard="gender_based_violence").id
    visitor = Visitor(app, "coordinator")
    assert "could harm" in visitor.read(f"/incidents/{number}")
    assert "Ask neighbours now" not in visitor.read(f"/incidents/{number}")
    assert visitor.send(f"/incidents/{number}/ask").status_code != 200
    assert inquiries(runtime) == []


@pytest.mark.parametrize("role", ["viewer", "analyst"])
@pytest.mark.parametrize(
    "path",
    ["/incidents/1/ask", "/incidents/1/ask-proposed", "/inquiries/1/withdraw",
     "/subscribers/1/quiet-hours", "/places/1/unsafe", "/places/1/safe"],
)  # fmt: skip
def test_only_coordinators_ask(app: Flask, role: str, path: str) -> None:
    assert Visitor(app, role).send(path, reason="x", hours="1").status_code == 403


def test_a_place_is_marked_unsafe_and_safe_again(app: Flask, runtime: Runtime) -> None:
    with runtime.database.writing() as session:
        place = make_place(session).id
    visitor = Visitor(app, "coordinator")
    html = visitor.send_and_follow(
        f"/places/{place}/unsafe", radius_km="2.5", reason="phones are searched"
    )
    assert "Marked unsafe, 2.5 km around, by coordinator" in html
    assert "phones are searched" in html
    with runtime.database.reading() as session:
        assert session.scalars(select(PlaceMark.radius_m)).all() == [2500]
    visitor.send_and_follow(f"/places/{place}/unsafe", radius_km="4", reason="wider")
    html = visitor.send_and_follow(f"/places/{place}/safe", reason="the patrol left")
    assert "Not marked unsafe" in html
    assert acts(runtime) == ["place.unsafe", "place.unsafe", "place.safe"]


@pytest.mark.parametrize(
    "fields", [{"radius_km": "5"}, {"reason": "x"}, {"radius_km": "-1", "reason": "x"}]
)
def test_a_mark_needs_a_radius_and_a_reason(
    app: Flask, runtime: Runtime, fields: dict[str, str]
) -> None:
    with runtime.database.writing() as session:
        place = make_place(session).id
    Visitor(app, "coordinator").send(f"/places/{place}/unsafe", **fields)
    with runtime.database.reading() as session:
        assert session.scalars(select(PlaceMark)).all() == []


def test_quiet_hours_are_set_on_the_page_of_a_person(app: Flask, runtime: Runtime) -> None:
    village(runtime, "en")
    with runtime.database.reading() as session:
        number = session.scalars(select(Subscriber.id).order_by(Subscriber.id)).first()
    visitor = Visitor(app, "coordinator")
    html = visitor.send_and_follow(
        f"/subscribers/{number}/quiet-hours", hours="24", reason="agreed by phone"
    )
    assert "Asked every 24 h whether all is calm" in html
    assert acts(runtime) == ["subscriber.quiet_hours"]


def village(runtime: Runtime, language: str) -> tuple[list[str], list[str]]:
    """The three nearest focal points of three places, and three who must not be asked."""
    with runtime.database.writing() as session:
        places = [
            make_place(session, name, Position(MOA.lat + away * KM, MOA.lon))
            for name, away in (("Moa", 0), ("Kipao", 6), ("Ozi", 12), ("Lamu", 60))
        ]
        people = []
        for number, (home, focal) in enumerate(
            ((0, True), (1, True), (2, True), (2, True), (3, True), (0, False)), 1
        ):
            place = places[home]
            phone = f"+2547000001{number:02}"
            make_subscriber(
                session, runtime.keys, phone, place_id=place.id, language=language,
                home=Position(place.lat, place.lon), focal_point=focal,
            )  # fmt: skip
            people.append(phone)
    return people[:3], people[3:]


def write(phones: Visitor, runtime: Runtime, phone: str, text: str) -> None:
    phones.send("/phones", phone=phone, text=text)
    take_in.process_waiting(runtime, 10)


def read(phones: Visitor, phone: str) -> str:
    return phones.read(f"/phones/rows?phone=%2B{phone[1:]}")


def theirs(html: str) -> list[str]:
    """Questions that the phone shows."""
    bubbles = html.split('<li class="theirs">')[1:]
    return [one.split("</bdi>")[0].split(">")[-1] for one in bubbles if "inquiry" in one]


def words(text: str) -> set[str]:
    return set(fold(text).split()) - {"1", "3"}


def incident(runtime: Runtime) -> Incident:
    with runtime.database.reading() as session:
        return session.scalars(select(Incident)).one()


def inquiries(runtime: Runtime) -> list[Inquiry]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(Inquiry).order_by(Inquiry.id)))


def acts(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(AuditRow.act).order_by(AuditRow.id)))
