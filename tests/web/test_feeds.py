"""What partners read: who may, what is in the feeds, and that nothing of people is."""

import logging
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.flow import alerting, upkeep
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from gateway.sharing.signing import load_signer
from gateway.store.tables import Alert, Place
from gateway.terms.area import Area, Circle, Corridor, Spot
from tests.certificates import key_files
from tests.dispatch import campaigns
from tests.dispatch.scenes import Scene
from tests.make import MOA, make_place, settings_for
from tests.schemas import validated
from tests.web.walking import Visitor

KEY = "a-long-key-for-partners"
HOST = "alert.example.org"
NASTY = "]]> & <b>'x'</b> &#0; 😀 \ufffe مسلحون"


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:  # engines: tests/flow
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def settings(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    own = {"GATEWAY_FEEDS__PUBLIC": "true", "GATEWAY_PUBLIC_URL": f"https://{HOST}/gate"}
    return settings_for(database_url, tmp_path, **(own | getattr(request, "param", {})))


with_key = pytest.mark.parametrize(
    "settings", [{"GATEWAY_FEEDS__PUBLIC": "false", "GATEWAY_FEEDS__TOKEN": KEY}], indirect=True
)
closed = pytest.mark.parametrize("settings", [{"GATEWAY_FEEDS__PUBLIC": "false"}], indirect=True)


@pytest.fixture
def scene(runtime: Runtime, now: Any) -> Scene:
    scene = Scene(runtime, now)
    scene.people(3)
    return scene


@pytest.fixture
def partner(scene: Scene) -> FlaskClient:
    return create_app(scene.runtime).test_client()


def test_an_approved_warning_is_in_the_feed_with_a_valid_document(
    scene: Scene, partner: FlaskClient
) -> None:
    assert _entries(partner) == []
    alert = scene.approved(hazard="attack")
    (entry,) = _entries(partner)
    assert entry.id == entry.link == f"https://{HOST}/gate/feeds/cap/{HOST}-W{alert.id}.xml"
    assert entry.title.startswith(
        "Community Alert: Attack reported; lives are at risk. Place: Moa."
    )
    assert entry.links[0].type == "application/cap+xml"
    root = _document(partner, alert)
    told = {name: root.findtext(f"{{*}}{name}") for name in ("sender", "status", "msgType")}
    assert told == {"sender": f"alerts@{HOST}", "status": "Actual", "msgType": "Alert"}
    assert root.findtext("{*}sent") == "2026-03-10T18:30:00+03:00"
    assert [one.text for one in root.iterfind(".//{*}language")] == ["en", "sw", "fr"]
    assert [one.text for one in root[-1].iterfind("{*}responseType")] == ["Avoid", "Shelter"]
    assert root.findtext(".//{*}expires") == "2026-03-11T00:30:00+03:00"
    assert root.findtext(".//{*}circle") == "-2.35200,40.31700 15.100"
    assert root.findtext(".//{*}areaDesc") == "Moa (15 km)"


@pytest.mark.parametrize("kind", ["draft", "submitted", "returned", "discarded"])
def test_what_was_not_approved_is_nowhere(scene: Scene, partner: FlaskClient, kind: str) -> None:
    alert = scene.draft() if kind == "draft" else scene.submitted()
    with scene.runtime.database.writing() as session:
        if kind == "returned":
            alerting.return_to_draft(session, alert.id, scene.second, "wrong place", scene.now)
        if kind == "discarded":
            alerting.discard(session, alert.id, scene.second, "not true", scene.now)
    assert _entries(partner) == []
    assert _get(partner, alert).status_code == 404
    reader = Visitor(create_app(scene.runtime), "viewer")
    assert reader.get(f"/alerts/{alert.id}/cap.xml").status_code == 404


def test_a_warning_that_waits_for_the_morning_is_told_in_the_morning(
    scene: Scene, partner: FlaskClient
) -> None:
    scene.later(hours=4)
    alert = scene.approved(hazard="rumour")
    assert _entries(partner) == []
    assert _get(partner, alert).status_code == 404
    scene.later(hours=7.5)
    assert len(_entries(partner)) == 1
    assert _document(partner, alert).findtext(".//{*}effective") == "2026-03-11T06:00:00+03:00"


def test_an_update_refers_to_all_that_is_in_force_before_it(
    scene: Scene, partner: FlaskClient
) -> None:
    first = scene.approved()
    scene.send()
    scene.later(minutes=10)
    second = _follow(scene, first)
    scene.later(minutes=10)
    third = _follow(scene, second)
    sent = ("18:30:00", "18:40:00")
    references = [
        f"alerts@{HOST},{HOST}-W{one.id},2026-03-10T{at}+03:00"
        for one, at in zip((first, second), sent, strict=True)
    ]
    assert _document(partner, third).findtext("{*}msgType") == "Update"
    assert _document(partner, third).findtext("{*}references").split(" ") == references
    assert [one.id.rsplit("-", 1)[1] for one in _entries(partner)] == [f"W{third.id}.xml"]


def test_a_cancelled_warning_is_withdrawn_at_once_and_then_in_approved_words(
    scene: Scene, partner: FlaskClient
) -> None:
    alert = scene.approved()
    scene.send()
    scene.later(minutes=5)
    words = scene.cancel(alert)
    (entry,) = _entries(partner)
    assert entry.id.endswith(f"W{alert.id}-C.xml")
    assert entry.category == "Cancel"
    withdrawal = _document(partner, alert, "-C")
    assert withdrawal.findtext("{*}msgType") == "Cancel"
    assert withdrawal.findtext("{*}references").startswith(f"alerts@{HOST},{HOST}-W{alert.id},")
    assert words is not None
    scene.later(minutes=5)
    _through(scene, words)
    (entry,) = _entries(partner)
    assert entry.id.endswith(f"W{words.id}.xml")
    cancel = _document(partner, words)
    assert cancel.findtext("{*}msgType") == "Cancel"
    assert f"-W{alert.id}," in cancel.findtext("{*}references")
    assert cancel.findtext(".//{*}responseType") is None
    assert "We withdraw our earlier warning" in cancel.findtext(".//{*}description")


def test_a_warning_cancelled_before_anybody_could_read_it_leaves_no_trace(
    scene: Scene, partner: FlaskClient
) -> None:
    scene.later(hours=4)
    alert = scene.approved(hazard="rumour")
    scene.cancel(alert)
    assert _entries(partner) == []
    assert _get(partner, alert, "-C").status_code == 404
    scene.later(hours=9)
    assert _entries(partner) == []


def test_an_all_clear_is_an_update_that_ends_its_warning(
    scene: Scene, partner: FlaskClient
) -> None:
    alert = scene.approved()
    scene.send()
    with scene.runtime.database.writing() as session:
        clear = alerting.all_clear(scene.runtime, session, alert.id, scene.first, scene.now)
    _through(scene, clear)
    assert len(_entries(partner)) == 1
    root = _document(partner, clear)
    told = {one: root.findtext(f".//{{*}}{one}") for one in ("msgType", "responseType", "urgency")}
    assert told == {"msgType": "Update", "responseType": "AllClear", "urgency": "Past"}
    assert root.findtext(".//{*}severity") == "Minor"
    assert f"-W{alert.id}," in root.findtext("{*}references")
    assert _get(partner, alert).status_code == 200  # partners may look up what was cleared


def test_what_is_over_is_referred_to_only_by_what_follows_it_directly(
    scene: Scene, partner: FlaskClient
) -> None:
    first = scene.approved()
    scene.send()
    scene.later(hours=5)
    second = _follow(scene, first)
    scene.send()
    scene.later(hours=2)  # the first is over
    third = _follow(scene, second)
    assert _referred(_document(partner, third)) == [f"{HOST}-W{second.id}"]
    upkeep.expire_alerts(scene.runtime)
    with scene.runtime.database.writing() as session:
        clear = alerting.all_clear(scene.runtime, session, first.id, scene.first, scene.now)
    _through(scene, clear)
    assert _referred(_document(partner, clear)) == [f"{HOST}-W{first.id}"]


def test_an_expired_warning_leaves_the_feed_and_its_document_a_month_later(
    scene: Scene, partner: FlaskClient
) -> None:
    alert = scene.approved()
    scene.send()
    scene.later(hours=6)
    answer = partner.get("/feeds/cap.atom")
    assert _read(answer).entries == []
    assert answer.last_modified == alert.expires_at
    assert _get(partner, alert).status_code == 200
    scene.later(days=30)
    assert _get(partner, alert).status_code == 404


def test_exercises_and_reminders_have_feeds_of_their_own(
    scene: Scene, partner: FlaskClient
) -> None:
    drill = scene.approved(exercise_id=_drill(scene))
    reminder = campaigns.approved(scene)
    scene.set(Alert, reminder.id, urgency="Someday")
    assert _entries(partner) == []
    (exercise,) = _entries(partner, "cap-exercise")
    assert exercise.id.endswith(f"W{drill.id}.xml")
    assert _document(partner, drill).findtext("{*}status") == "Exercise"
    assert "This is an exercise" in _document(partner, drill).findtext("{*}note")
    (calm,) = _entries(partner, "cap-reminders")
    assert calm.id.endswith(f"W{reminder.id}.xml")
    root = _document(partner, reminder)
    assert root.findtext(".//{*}event") == "Public information"
    assert root.findtext(".//{*}responseType") == "None"
    assert root.findtext(".//{*}urgency") == "Unknown"


def test_any_letters_come_through_feed_and_document(scene: Scene, partner: FlaskClient) -> None:
    """Also such as no draft may hold: what was kept before a rule still has to be read."""
    alert = scene.approved()
    scene.set(Alert, alert.id, place_name=f"Moa {NASTY}", area=None)
    with scene.runtime.database.writing() as session:
        for text in session.get_one(Alert, alert.id).texts:
            text.body = f"Danger in {NASTY}. Go home."
    (entry,) = _entries(partner)
    expected = " ".join(f"Danger in {NASTY}. Go home.".split()).replace("\ufffe", "")
    assert entry.summary_detail.value == expected
    read = _document(partner, alert)
    assert {one.text for one in read.iterfind(".//{*}description")} == {expected}
    assert NASTY.replace("\ufffe", "") in read.findtext(".//{*}areaDesc")


def test_a_way_ahead_and_places_are_told_and_what_is_left_out_is_not(
    scene: Scene, partner: FlaskClient
) -> None:
    with scene.runtime.database.writing() as session:
        witu = make_place(session, "Witu", source="wof", source_id="421", extent_m=2_500)
        gone = make_place(session, "Gone")
    area = Area(
        lat=MOA.lat, lon=MOA.lon, circles=(Circle(MOA.lat, MOA.lon, 9_000, "Moa"),),
        spots=(Spot(witu.id, "Witu", -2.38, 40.44), Spot(gone.id, "Gone", -2.3, 40.4)),
        corridor=Corridor(MOA.lat, MOA.lon, -2.0, 40.31, 6_000, 5.0, "Moa", "Garsen"),
        without=(Circle(-2.4, 40.3, 1_000, "Their camp", by="controlled"),),
    )  # fmt: skip
    alert = scene.draft()
    alert = _edited(scene, alert, texts={t.language: t.body for t in alert.texts}, area=area)
    _through(scene, alert)
    with scene.runtime.database.writing() as session:
        session.delete(session.get_one(Place, gone.id))
    root = _document(partner, alert)
    assert root.findtext(".//{*}areaDesc") == "Moa (9 km); Moa – Garsen (6 km); Witu, Gone"
    assert len(root.find(".//{*}area").findall("{*}polygon")) == 1
    codes = [one.findtext("{*}value") for one in root.find(".//{*}area").iterfind("{*}geocode")]
    assert codes[-3:] == [str(witu.id), "421", str(gone.id)]
    assert b"camp" not in etree.tostring(root)


def test_no_word_of_any_person_is_in_document_or_feed(scene: Scene, partner: FlaskClient) -> None:
    alert = scene.approved()
    raw = _get(partner, alert).data + partner.get("/feeds/cap.atom").data
    assert b"Moa" in raw
    for word in ("amina", "brian", "chebet", "Heron", "254700", "subscriber", "hash"):
        assert word.encode() not in raw


@pytest.mark.parametrize("path", ["/feeds/cap.atom", "/feeds/cap/{}.xml"])
def test_what_has_not_changed_is_not_sent_again(
    scene: Scene, partner: FlaskClient, path: str
) -> None:
    path = path.format(f"{HOST}-W{scene.approved().id}")
    first = partner.get(path)
    scene.later(minutes=1)
    again = partner.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    since = partner.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert since.status_code == 304
    packed = partner.get(path, headers={"Accept-Encoding": "gzip"})
    tag = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    assert partner.get(path, headers=tag).status_code == 304
    head = partner.head(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Set-Cookie" not in first.headers


def test_a_new_warning_changes_the_feed(scene: Scene, partner: FlaskClient) -> None:
    tag = partner.get("/feeds/cap.atom").headers["ETag"]
    scene.approved()
    changed = partner.get("/feeds/cap.atom", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.content_type == "application/atom+xml"


@with_key
def test_the_key_opens_the_feed_and_nothing_else_does(scene: Scene, partner: FlaskClient) -> None:
    alert = scene.approved()
    paths = ("/feeds/cap.atom", f"/feeds/cap/{HOST}-W{alert.id}.xml")
    for path in paths:
        for headers in ({"Authorization": f"Bearer {KEY}"}, {"Authorization": f"bearer {KEY}"}):
            opened = partner.get(path, headers=headers)
            assert opened.status_code == 200
            assert opened.headers["Cache-Control"] == "private, no-cache"
            assert "Authorization" in opened.headers["Vary"]
        assert partner.get(f"{path}?key={KEY}").status_code == 200
        assert KEY.encode() not in partner.get(f"{path}?key={KEY}").data
    root = etree.fromstring(partner.get(f"{paths[1]}?key={KEY}").data)
    assert root.findtext("{*}scope") == "Restricted"
    assert root.findtext("{*}restriction")
    nowhere = f"/feeds/cap/{HOST}-W99.xml"
    answers = [
        partner.get(path + query, headers=headers)
        for path in (*paths, nowhere, "/feeds/cap/x.xml")
        for query, headers in (
            ("", {}), ("?key=", {}), (f"?key={KEY}x", {}), (f"?key={KEY[:-1]}", {}),
            ("?key=%00%ff", {}), ("", {"Authorization": "Bearer "}),
            ("", {"Authorization": f"Basic {KEY}"}), ("", {"Authorization": "Bearer élan"}),
        )
    ]  # fmt: skip
    assert {(one.status_code, one.data) for one in answers} == {(401, b"")}
    assert all("ETag" not in one.headers and "Set-Cookie" not in one.headers for one in answers)


@closed
def test_without_a_key_in_the_settings_nobody_reads(scene: Scene, partner: FlaskClient) -> None:
    scene.approved()
    for query in ("", "?key=", "?key=None"):
        assert partner.get(f"/feeds/cap.atom{query}").status_code == 404


@with_key
def test_the_key_is_in_no_log(
    scene: Scene,
    partner: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.flow.publishing.atom", lambda *_: 1 / 0)
    with capture_logs() as log, caplog.at_level(logging.DEBUG):
        for options in ({"query_string": {"key": KEY}}, {"headers": {"Authorization": KEY}}):
            answer = partner.get("/feeds/cap.atom", **options)
            assert answer.status_code in (401, 500)
            assert KEY not in answer.text
    assert [entry["event"] for entry in log] == ["request failed"]
    assert KEY not in repr(log) + caplog.text


def test_no_other_name_opens_a_document(scene: Scene, partner: FlaskClient) -> None:
    alert = scene.approved()
    assert _get(partner, alert).status_code == 200
    for name in (
        "W1", f"{HOST}-W", f"{HOST}-W0", f"{HOST}-W99999999999999999999", f"{HOST}-W1-D",
        "%00-W1", "other.example.org-W1", f"{HOST}-W1%0A", f"{HOST}-W٣", f"{HOST}-W١",
        f"{HOST}-W1-C", f"{HOST}-W01", f"{HOST}-w1",
    ):  # fmt: skip
        assert partner.get(f"/feeds/cap/{name}.xml").status_code == 404, name


def test_coordinators_open_the_document_from_the_page_of_the_warning(scene: Scene) -> None:
    alert = scene.approved()
    reader = Visitor(create_app(scene.runtime), "viewer")
    path = f"/alerts/{alert.id}/cap.xml"
    assert f'href="{path}"' in reader.read(f"/alerts/{alert.id}")
    answer = reader.get(path)
    validated(answer.data, "CAP-v1.2.xsd")
    assert answer.content_type == "application/cap+xml"
    assert "attachment" in answer.headers["Content-Disposition"]
    stranger = create_app(scene.runtime).test_client().get(path)
    assert stranger.status_code == 302


def test_documents_are_signed_where_the_settings_name_a_key(
    scene: Scene, partner: FlaskClient, tmp_path: Path
) -> None:
    names = key_files(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    scene.runtime.cap_signer = load_signer(*names)
    alert = scene.approved()
    answer = _get(partner, alert)
    config = SignatureConfiguration(location="./")
    certificate = Path(names[1]).read_text()
    XMLVerifier().verify(answer.data, x509_cert=certificate, expect_config=config)
    _document(partner, alert)
    tag = answer.headers["ETag"]
    assert tag.startswith("W/")  # such a signature differs each time
    path = f"/feeds/cap/{HOST}-W{alert.id}.xml"
    assert partner.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "settings", [{"GATEWAY_FEEDS__SIGN_KEY_FILE": "/nowhere/key.pem"}], indirect=True
)
def test_where_signing_fails_no_document_leaves_unsigned(
    scene: Scene, partner: FlaskClient
) -> None:
    alert = scene.approved()
    answer = _get(partner, alert)
    assert answer.status_code == 503
    assert "/nowhere" not in answer.text
    assert len(_entries(partner)) == 1


def test_the_feed_is_the_same_whatever_the_session(scene: Scene, app: Flask) -> None:
    scene.approved()
    reader = Visitor(create_app(scene.runtime), "viewer")
    answer = reader.get("/feeds/cap.atom")
    assert answer.data == app.test_client().get("/feeds/cap.atom").data
    assert "Set-Cookie" not in answer.headers


def _entries(partner: FlaskClient, name: str = "cap") -> list[Any]:
    return list(_read(partner.get(f"/feeds/{name}.atom")).entries)


def _read(answer: TestResponse) -> Any:
    assert answer.status_code == 200, answer.text
    validated(answer.data, "atom.xsd")
    read = feedparser.parse(answer.data, sanitize_html=False)
    assert not read.bozo, read.bozo_exception
    return read


def _get(partner: FlaskClient, alert: Alert, ending: str = "") -> TestResponse:
    return partner.get(f"/feeds/cap/{HOST}-W{alert.id}{ending}.xml")


def _document(partner: FlaskClient, alert: Alert, ending: str = "") -> Any:
    answer = _get(partner, alert, ending)
    assert answer.status_code == 200
    assert answer.content_type == "application/cap+xml"
    return validated(answer.data, "CAP-v1.2.xsd")


def _referred(root: Any) -> list[str]:
    return [one.split(",")[1] for one in root.findtext("{*}references").split(" ")]


def _through(scene: Scene, alert: Alert) -> Alert:
    """A draft submitted and approved."""
    with scene.runtime.database.writing() as session:
        alert = alerting.submit(
            scene.runtime, session, alert.id, scene.first, alert.version, scene.now
        )
    return scene.approve(alert)


def _follow(scene: Scene, earlier: Alert) -> Alert:
    draft = scene.draft()
    scene.set(Alert, draft.id, refers_to_id=earlier.id, msg_type="Update")
    return _through(scene, draft)


def _edited(scene: Scene, alert: Alert, **changes: Any) -> Alert:
    with scene.runtime.database.writing() as session:
        return alerting.edit(
            scene.runtime, session, alert.id, scene.first, alert.version, scene.now,
            expires_at=scene.now + timedelta(hours=2), **changes,
        )  # fmt: skip


def _drill(scene: Scene) -> int:
    drill = scene.exercise()
    scene.people(1, first=50, exercise_id=drill)
    return drill
