"""The triage queue without scripts: filters, decisions, undo, several at once, who was first."""

import re
import shutil
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import event, select

from gateway.store.tables import AuditRow, Incident, Place, User
from tests.make import make_incident, make_subscriber, make_user
from tests.web.situation import NUMBERS, Situation
from tests.web.walking import Visitor


@pytest.fixture
def database_url(migrated_sqlite, tmp_path) -> str:  # pages see no engine
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


def test_the_queue_shows_the_first_incident_with_its_texts_and_no_number(asha: Visitor) -> None:
    html = asha.read("/queue")
    assert "Armed men are coming to Moa" in html
    assert "<script>alert" not in html
    assert not any(number in html for number in NUMBERS)
    assert "1 copy" in html


def test_a_viewer_sees_no_text_and_no_form(app: Flask, situation: Situation) -> None:
    html = Visitor(app, "viewer").read("/queue")
    assert "Armed men are coming" not in html
    assert "/incidents/1/verify" not in html


def test_a_decision_leads_on_and_can_be_taken_back_without_scripts(
    app: Flask, asha: Visitor, now
) -> None:
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now, hazard="roadblock")
    form = _form(asha.read("/queue"), "/incidents/1/refute")
    html = asha.send_and_follow("/incidents/1/refute", reason="a wedding", **form)
    assert 'data-card="2"' in html
    assert "Refuted." in html
    of = re.search(r'id="did".*?name="of" value="(\d+)"', html, re.S)[1]
    html = asha.send_and_follow("/incidents/1/undo", of=of, to="/queue?at=1")
    assert "The judgement is taken back: it is open again." in html
    assert _state(app, 1) == "open"


@pytest.mark.parametrize(
    ("path", "fields"), [("/incidents/1/ask", {}), ("/subscribers/2/block", {"reason": "insults"})]
)
def test_who_asks_or_blocks_in_the_queue_stays_in_it(
    app: Flask, asha: Visitor, path: str, fields
) -> None:
    with app.extensions["gateway"].database.writing() as session:
        keys = app.extensions["gateway"].keys
        home = session.scalars(select(Place.id)).one()
        make_subscriber(session, keys, "+254700000104", focal_point=True, place_id=home)
    answer = asha.send(path, to="/queue?at=1", **fields)
    assert (answer.status_code, answer.location) == (303, "/queue?at=1")


def test_what_was_done_since_is_never_undone_by_an_old_button(app: Flask, asha: Visitor) -> None:
    asha.send("/incidents/1/refute", reason="a wedding")
    of = _last_act(app)
    asha.send("/incidents/1/reopen", reason="no, shots")
    asha.send("/incidents/1/unverifiable", reason="no answer")
    html = asha.send_and_follow("/incidents/1/undo", of=of, back="/incidents/1")
    assert "Something else was done with this incident since." in html
    assert _state(app, 1) == "unverifiable"


def test_the_filters_stand_in_the_address(app: Flask, asha: Visitor, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now, lat=None, lon=None, place_name=None)
        make_incident(session, now, state="verified", seen_at=now)
        make_incident(session, now, hazard="attack", severity="high", place_name="Kipini 100%_")
        make_incident(session, now - timedelta(hours=4))
        make_incident(session, now, owner_id=asha.user.id)
    for query, numbers in (
        ("", {1, 2, 4, 5, 6}), ("?state=verified", {3}), ("?unplaced=1", {2}), ("?mine=1", {6}),
        ("?hazard=attack", {4}), ("?severity=high", {4}), ("?place=kipini+100%25_", {4}),
        ("?overdue=1", {5}), ("?state=all&unseen=1", {1, 2, 4, 5, 6}), ("?state=closed", set()),
        ("?state=<b>&hazard=x&sort=y&page=0&at=99999999999999999999", {1, 2, 4, 5, 6}),
    ):  # fmt: skip
        html = asha.read(f"/queue{query}")
        assert {int(one) for one in re.findall(r'<li [^>]*data-id="(\d+)"', html)} == numbers, query


def test_overdue_counts_from_when_it_was_opened_again(app: Flask, asha: Visitor, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        old = make_incident(session, now - timedelta(hours=9), state="refuted", seen_at=now)
    asha.send(f"/incidents/{old.id}/reopen", reason="shots again")
    assert f'data-id="{old.id}"' not in asha.read("/queue?overdue=1")


def test_several_are_decided_at_once_and_who_was_first_is_named(
    app: Flask, asha: Visitor, bakari: Visitor, now
) -> None:
    with app.extensions["gateway"].database.writing() as session:
        for _ in range(3):
            make_incident(session, now)
    bakari.send("/incidents/3/verify", reason="the chief confirmed")
    html = asha.send_and_follow(
        "/queue/bulk", act="refute", reason="one prank", to="/queue?state=all",
        incident=["2-open", "3-open", "4-open", "999-open", "x", "5"],
    )  # fmt: skip
    assert "Done for 2 incidents: 2, 4." in html
    assert "Skipped 3: bakari verified this incident 0 seconds ago." in html
    assert "Skipped 999:" in html
    assert [_state(app, one) for one in (1, 2, 3, 4)] == ["open", "refuted", "verified", "refuted"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"act": "refute", "incident": "1-open"}, "Say why"), ({"act": "", "incident": "1-open"},
      "Choose what to do"), ({"act": "take"}, "Tick the incidents first"),
     ({"act": "assign", "incident": "1-open"}, "Choose who gets")],
)  # fmt: skip
def test_several_need_an_act_a_reason_and_ticks(asha: Visitor, fields, words: str) -> None:
    assert words in asha.send_and_follow("/queue/bulk", back="/queue", **fields)


def test_an_incident_is_given_to_another_coordinator_only(app: Flask, asha: Visitor, now) -> None:
    bakari_id, html = _user(app, "bakari"), asha.read("/queue?at=1")
    assert f'name="person" value="{bakari_id}"' in html
    html = asha.send_and_follow("/incidents/1/assign", person=bakari_id, to="/queue?at=1")
    assert "bakari has it now." in html
    with app.extensions["gateway"].database.writing() as session:
        viewer = make_user(session, "viewer", "viewer").id
    answer = asha.send("/incidents/1/assign", person=viewer, to="/queue?at=1")
    assert answer.status_code == 400
    assert "Choose a coordinator from the list." in answer.text


def test_what_is_refused_keeps_what_was_typed(asha: Visitor) -> None:
    answer = asha.send(
        "/incidents/1/place", lat="95", lon="40,3", reason="said so & <b>", to="/queue?at=1"
    )
    assert answer.status_code == 400
    assert 'value="95"' in answer.text
    assert 'value="40,3"' in answer.text
    assert 'value="said so &amp; &lt;b&gt;"' in answer.text


def test_a_decision_that_was_sent_twice_is_done_once_and_is_no_fault(
    app: Flask, asha: Visitor
) -> None:
    for _ in range(2):
        answer = asha.send("/incidents/1/refute", reason="a wedding", saw="open")
        assert answer.status_code == 303
    assert asha.send("/incidents/1/refute", reason="another", saw="open").status_code == 409
    with app.extensions["gateway"].database.reading() as session:
        acts = session.scalars(select(AuditRow.act).where(AuditRow.act == "incident.refuted"))
        assert len(acts.all()) == 1


def test_a_verification_is_not_overturned_by_an_old_page(
    app: Flask, asha: Visitor, bakari: Visitor
) -> None:
    form = _form(bakari.read("/queue?at=1"), "/incidents/1/refute")
    asha.send("/incidents/1/verify", reason="the chief confirmed")
    answer = bakari.send("/incidents/1/refute", reason="nothing there", **form)
    assert answer.status_code == 409
    assert "asha verified this incident" in answer.text
    assert 'value="nothing there"' in answer.text
    assert _state(app, 1) == "verified"


def test_others_who_look_are_named_for_a_minute(
    app: Flask, situation: Situation, asha: Visitor, bakari: Visitor, now
) -> None:
    assert bakari.send("/incidents/1/here").status_code == 303
    assert "bakari looks at this too." in asha.read("/queue?at=1")
    assert "bakari looks" not in bakari.read("/queue?at=1")
    situation.runtime.clock = lambda: now + timedelta(seconds=61)
    assert "bakari looks" not in asha.read("/queue?at=1")


@pytest.mark.parametrize("path", ["/queue", "/queue?overdue=1&at=30", "/subscribers/2/chat"])
def test_no_page_of_the_queue_asks_more_than_twelve_times(
    app: Flask, asha: Visitor, now, path: str
) -> None:
    with app.extensions["gateway"].database.writing() as session:
        for number in range(40):
            make_incident(session, now - timedelta(hours=number), owner_id=asha.user.id)
    asha.read(path)  # what is read once
    queries: list[str] = []
    engine = app.extensions["gateway"].database.engine
    listen = lambda *args: queries.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", listen)
    asha.read(path)
    event.remove(engine, "before_cursor_execute", listen)
    asked = [one for one in queries if not one.startswith(("BEGIN", "PRAGMA"))]
    assert len(asked) <= 12, "\n\n".join(asked)


def _form(html: str, action: str) -> dict[str, str]:
    """The hidden fields of one form, without its token."""
    form = re.search(rf'<form [^>]*action="{action}".*?</form>', html, re.S)[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found if name != "csrf_token"}


def _state(app: Flask, number: int) -> str:
    with app.extensions["gateway"].database.reading() as session:
        return session.get_one(Incident, number).state


def _user(app: Flask, name: str) -> int:
    with app.extensions["gateway"].database.reading() as session:
        return session.scalars(select(User.id).where(User.name == name)).one()


def _last_act(app: Flask) -> int:
    with app.extensions["gateway"].database.reading() as session:
        return session.scalars(select(AuditRow.id).order_by(AuditRow.id.desc())).first()


def test_a_conversation_shows_both_sides_and_keeps_what_was_refused(
    app: Flask, asha: Visitor
) -> None:
    html = asha.send_and_follow("/subscribers/2/chat", text="Are you safe?")
    assert "It is on its way." in html
    assert "Armed men are coming to Moa" in html
    assert "Are you safe?" in html
    assert not any(number in html for number in NUMBERS)
    answer = asha.send("/subscribers/2/chat", text="Call 0722 123 456 <now>")
    assert answer.status_code == 400
    assert "There is a phone number in it." in answer.text
    assert "0722 123 456 &lt;now&gt;</textarea>" in answer.text
    rows = asha.get("/subscribers/2/chat/rows")
    again = asha.get("/subscribers/2/chat/rows", headers={"If-None-Match": rows.headers["ETag"]})
    assert again.status_code == 304


def test_only_coordinators_write_and_only_analysts_read(app: Flask, situation: Situation) -> None:
    assert Visitor(app, "viewer").get("/subscribers/2/chat").status_code == 403
    analyst = Visitor(app, "analyst")
    assert "Coordinators may write here." in analyst.read("/subscribers/2/chat")
    assert analyst.send("/subscribers/2/chat", text="hello").status_code == 403


def test_who_else_is_told_in_a_fragment_and_news_only_once(app: Flask, asha: Visitor, now) -> None:
    first = asha.get("/queue/news?after=1")
    assert first.text.strip() == ""
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now)
    fresh = asha.get("/queue/news?after=1", headers={"If-None-Match": first.headers["ETag"]})
    assert "1 new incident. Show it." in fresh.text
    again = asha.get("/queue/news?after=1", headers={"If-None-Match": fresh.headers["ETag"]})
    assert again.status_code == 304


def test_a_merge_is_offered_by_likeness_and_leads_back_to_the_queue(
    app: Flask, asha: Visitor, now
) -> None:
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now)
    html = asha.read("/queue/1/merge")
    assert 'name="into" value="2"' in html
    html = asha.send_and_follow("/incidents/1/merge", into=2, reason="the same", to="/queue?did=1")
    assert "merged it into another" in html
