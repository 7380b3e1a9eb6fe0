"""People, sheets and places on the pages: filters, refusals, hostile cells, few queries."""

import io
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from structlog.testing import capture_logs

from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Consent, Delivery, Message, Place, Subscriber
from gateway.subscribers import membership
from gateway.terms.geo import Position
from tests.make import make_place, make_subscriber
from tests.web.walking import Visitor

PHONE, LEFT = "+254700000101", "+254700000102"
NUMBERS = ("700000101", "700000102", "700 000 151")
HEAD = "phone,place,language,name,focal_point,consent\n"
HOSTILE = (
    "=HYPERLINK(1),Moa,en,,,yes\n"
    "0700000151,<script>alert('x')</script>,en,,,yes\n"
    "0700000152,\u202eaoM\u202c 0722 123 456,en,,,yes\n"
    "0700000153,Moa,@SUM(A1),,,yes\n"
    "0700000154,Moa,en,,<b>maybe</b>,yes\n"
)
PAGES = (
    "/subscribers", "/subscribers?county=Tana+River&region=&state=subscribed&language=en&focal=1",
    "/subscribers?account=nobody&place=1", "/focal-points", "/subscribers/1", "/places",
    "/places/1", "/places/2", "/messages?state=processed&kind=report&account=simulator",
    "/subscribers/import",
)  # fmt: skip


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:  # engines: tests/flow
    shutil.copy(migrated_sqlite, tmp_path / "gateway.db")
    return f"sqlite:///{tmp_path}/gateway.db"


@pytest.fixture
def asha(app: Flask, runtime: Runtime) -> Visitor:
    with runtime.database.writing() as session:
        moa = make_place(session)
        make_place(session, "Ngao", Position(-2.40, 40.20))
        person = make_subscriber(
            session, runtime.keys, PHONE, place_id=moa.id, focal_point=True, reached_by="simulator"
        )
        membership.join(session, person, moa, via="sms", message_id=None, now=runtime.clock())
        left = make_subscriber(session, runtime.keys, LEFT, place_id=moa.id)
        for via in ("sms", "provider twilio"):
            membership.stop(session, left, via=via, message_id=None, now=runtime.clock())
        for at in range(30):
            make_subscriber(session, runtime.keys, f"+2547000002{at:02}", place_id=2)
        session.add(
            Message(
                account="simulator", provider_id="1", sender=PHONE, body="all is calm",
                sender_index=person.phone_index or "", subscriber_id=1, state="processed",
                kind="report", received_at=runtime.clock(),
            )
        )  # fmt: skip
    visitor = Visitor(app, "coordinator")
    visitor.read("/places?q=moa")  # the gazetteer is read once a process
    return visitor


def test_no_page_of_people_and_places_asks_the_database_often(
    asha: Visitor, runtime: Runtime
) -> None:
    asked: dict[str, int] = {}
    event.listen(
        runtime.database.engine, "before_cursor_execute",
        lambda *_: asked.__setitem__(path, asked[path] + 1),
    )  # fmt: skip
    for path in PAGES:
        asked[path] = 0
        html = asha.read(path)
        assert not [number for number in NUMBERS if number in html], path
    assert {path: count for path, count in asked.items() if count > 12} == {}


def test_consent_is_told_act_by_act_with_where_it_came_from(asha: Visitor) -> None:
    html = asha.read("/subscribers/2")
    assert "told by the company of account twilio" in html
    assert "A STOP stands" in html
    assert "A STOP stands" not in asha.read("/subscribers/1")


def test_people_are_found_by_where_they_live_and_what_reaches_them(asha: Visitor) -> None:
    moa = asha.read("/subscribers?county=Tana+River&region=&place=1&account=simulator")
    assert "Heron-000101" in moa
    assert "Heron-000200" not in moa
    assert "Nobody fits" in asha.read("/subscribers?county=Nowhere&region=")
    assert "Heron-000101" in asha.read("/focal-points")
    assert "Ngao" in asha.read("/focal-points").partition("without a focal point")[2]


def test_a_number_is_on_one_answer_only_and_in_no_log(
    app: Flask, asha: Visitor, runtime: Runtime
) -> None:
    with capture_logs() as logs:
        answer = asha.send("/subscribers/1/reveal", reason="an attack nearby")
        for _ in range(10):
            refused = asha.send("/subscribers/1/reveal", reason="again", back="/subscribers/1")
    assert PHONE in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "700000101" not in answer.request.url
    assert refused.location == "/subscribers/1"
    assert "that is the most" in asha.read("/subscribers/1")
    assert "700000101" not in str(logs)
    assert "an attack nearby" in asha.read("/audit?act=subscriber.reveal")
    assert Visitor(app, "analyst").send("/subscribers/1/reveal", reason="x").status_code == 403
    assert asha.get("/subscribers/1/reveal").location == "/subscribers/1"
    without = asha.send("/subscribers/2/reveal", reason=" ", back="/subscribers/2")
    assert without.location == "/subscribers/2"


def test_a_sheet_is_stored_only_by_the_second_step(asha: Visitor, runtime: Runtime) -> None:
    text = f"{HEAD}0700 000 151,Moa,sw,Asha Wamba,no,yes\n{LEFT},Moa,sw,,no,yes\n"
    file = (io.BytesIO(text.encode("utf-8-sig")), "sheet.csv")
    html = asha.send("/subscribers/import", file=file).text
    assert "Asha Wamba" not in html
    assert "+2547••••••02" in html
    assert "said STOP" in html
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 32
    form = fields_of(html)
    assert "Say why" in asha.send("/subscribers/import/take", **form).text  # the sheet is kept
    form |= {"reason": "the chief's list", "greet": "yes"}
    assert "1 person is signed up" in asha.send_and_follow("/subscribers/import/take", **form)
    assert "Nobody was added" in asha.send_and_follow("/subscribers/import/take", **form)
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 33
        assert session.scalars(select(Consent.via).order_by(Consent.id.desc())).first() == "sheet"
        assert session.scalar(select(func.count()).select_from(Delivery)) == 1
        acts = session.scalars(select(AuditRow.act).order_by(AuditRow.id)).all()
        assert acts == ["sheet.checked", "sheet.taken", "sheet.taken"]


def test_hostile_cells_are_only_shown(asha: Visitor) -> None:
    html = asha.send("/subscribers/import", text=HEAD + HOSTILE).text
    assert "<script>alert" not in html
    assert "<b>maybe" not in html
    shown, _, _ = html.partition('name="text"')
    assert "[number hidden]" in html.partition('name="fingerprint"')[2]
    assert "0722" not in shown + html.partition('name="fingerprint"')[2]


def test_what_is_no_sheet_is_refused_kindly_and_kept(asha: Visitor) -> None:
    html = asha.send("/subscribers/import", text="Moa,0700000151\n").text
    assert "first row must name the columns" in html
    assert "0700000151" in html  # what was pasted is still there
    excel = (io.BytesIO(b"PK\x03\x04rest"), "sheet.xlsx")
    assert "Save it as CSV" in asha.send("/subscribers/import", file=excel).text
    large = (io.BytesIO(b"x" * 300_000), "sheet.csv")
    answer = asha.send("/subscribers/import", file=large)
    assert answer.location == "/subscribers/import"
    assert "larger than 200 kB" in asha.read("/subscribers/import")


def test_a_sheet_that_was_changed_after_its_check_is_refused(asha: Visitor) -> None:
    html = asha.send("/subscribers/import", text=f"{HEAD}0700000151,Moa,sw,,no,yes\n").text
    form = fields_of(html) | {"reason": "mine"}
    form["text"] = form["text"].replace("151", "161")
    again = asha.send("/subscribers/import/take", **form).text
    assert "not the sheet that was checked" in again
    assert "mine" in again


def test_only_coordinators_take_sheets_and_correct_places(app: Flask, asha: Visitor) -> None:
    analyst = Visitor(app, "analyst")
    for path in ("/subscribers/import", "/subscribers/import/take", "/subscribers/1/place",
                 "/subscribers/1/language", "/subscribers/1/hand-over", "/places/1/correct",
                 "/places/1/merge", "/places/1/remove", "/places/1/restore",
                 "/places/1/forget-alias"):  # fmt: skip
        assert analyst.send(path, reason="x").status_code == 403, path


def test_a_place_is_chosen_among_several_of_its_name(asha: Visitor, runtime: Runtime) -> None:
    with runtime.database.writing() as session:
        for county, lat in (("Lamu", -2.3), ("Kilifi", -3.2)):
            make_place(session, "Shella", Position(lat, 40.6), source_id=county, county=county)
    runtime._gazetteer = None
    html = asha.send("/subscribers/1/place", place="Shella", reason="she moved").text
    assert "Which one is meant?" in html
    assert "she moved" in html
    unknown = asha.send("/subscribers/1/place", place="Xyzzyqq", reason="she moved").text
    assert "No village or town is called that" in unknown
    with runtime.database.reading() as session:
        lamu = session.scalars(select(Place.id).where(Place.county == "Lamu")).one()
    fields = {"place": "Shella", "reason": "she moved", "place_id": lamu}
    assert "The place is changed" in asha.send_and_follow("/subscribers/1/place", **fields)


def test_places_are_corrected_merged_and_removed_on_their_page(asha: Visitor) -> None:
    wrong = {"name": "Ngao Mjini", "lat": "north", "lon": "40.2", "kind": "town", "reason": "GPS"}
    html = asha.send("/places/2/correct", **wrong).text
    assert "latitude is not a number" in html
    assert "Ngao Mjini" in html
    right = wrong | {"lat": "-2,41", "population": "1,200", "keep_name": "yes"}
    html = asha.send_and_follow("/places/2/correct", **right)
    assert "Corrected" in html
    assert "1,200 people" in html
    refused = asha.send("/places/2/remove", reason="gone", back="/places/2")
    assert "People live here" in asha.read(refused.location)
    html = asha.send_and_follow("/places/2/merge", into=1, reason="one village")
    assert "Both are one place now" in html
    assert "31 subscribed" in html
    assert "Removed from the places" in asha.read("/places/2")
    assert "Restored" in asha.send_and_follow("/places/2/restore", reason="no, two")
    found = re.search(r'<option value="(\d+)">Ngao Mjini', asha.read("/places/1"))
    assert found
    fields = {"alias_id": found[1], "reason": "nobody says so"}
    assert "no longer means" in asha.send_and_follow("/places/1/forget-alias", **fields)


def fields_of(html: str) -> dict[str, str]:
    """The sheet and its fingerprint, as a browser would send them again."""
    found: dict[str, str] = {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            values = dict(attrs)
            if values.get("name") in ("text", "fingerprint") and tag == "input":
                found[values["name"] or ""] = values["value"] or ""

    Reader().feed(html)
    return found
