"""Choosing the area of a warning on its page, and what coordinators note of places for it."""

import pytest
from flask import Flask
from sqlalchemy import select

from gateway.store import gazetteer
from gateway.store.tables import Alert, AuditRow, Delivery, Place, PlaceLink, PlaceMark
from gateway.terms.area_words import area_words
from gateway.terms.geo import Position
from tests.make import MOA, make_place, make_subscriber
from tests.web.situation import Situation, hear, make_draft, make_situation
from tests.web.walking import Visitor

KM = 1 / 111.2


@pytest.fixture
def database_url(migrated_sqlite, tmp_path) -> str:
    """One engine: what differs between them is tested where the statements are."""
    path = tmp_path / "gateway.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def situation(app: Flask) -> Situation:
    """Moa and a draft; Kipao far north, two places called Wema, each with a member."""
    situation = make_situation(app)
    with situation.runtime.database.writing() as session:
        for number, (name, away, county) in enumerate(
            (("Kipao", 60, "Tana River"), ("Wema", 80, "Lamu"), ("Wema", 120, "Kitui"))
        ):
            spot = Position(MOA.lat + away * KM, MOA.lon)
            place = make_place(session, name, spot, county=county, source_id=f"{name}{number}")
            make_subscriber(
                session, situation.runtime.keys, f"+2547007{number:05}", home=spot,
                place_id=place.id,
            )  # fmt: skip
        gazetteer.touch(session, situation.runtime.clock(), "test")
    make_draft(situation)
    return situation


def alert_of(situation: Situation) -> Alert:
    with situation.runtime.database.reading() as session:
        alert = session.get_one(Alert, 1)
        assert alert.texts is not None
        session.expunge_all()
        return alert


def place_of(situation: Situation, name: str, county: str | None = None) -> int:
    query = select(Place.id).where(Place.name == name)
    if county:
        query = query.where(Place.county == county)
    with situation.runtime.database.reading() as session:
        return session.scalars(query).one()


def form_of(situation: Situation, **changes: object) -> dict[str, object]:
    alert = alert_of(situation)
    texts = {f"text_{text.language}": text.body for text in alert.texts}
    fixed = {
        "version": alert.version, "shape": "circle", "radius_km": "12",
        "expires": "2026-03-10T23:30", "width_km": "6", "speed_kmh": "5",
    }  # fmt: skip
    return texts | fixed | changes


def words_of(situation: Situation) -> str:
    return area_words(alert_of(situation).zone)


def test_places_are_added_by_name_and_taken_out_by_a_tick(
    asha: Visitor, situation: Situation
) -> None:
    html = asha.send_and_follow("/alerts/1/edit", **form_of(situation, named="kipao"))
    assert words_of(situation) == "12 km around Moa and Kipao"
    assert "2 people" in html
    kipao = place_of(situation, "Kipao")
    assert f'name="place" value="{kipao}" checked' in html
    asha.send("/alerts/1/edit", **form_of(situation))
    assert words_of(situation) == "12 km around Moa"


def test_a_name_that_means_two_places_is_answered_with_the_choices(
    asha: Visitor, situation: Situation
) -> None:
    typed = form_of(
        situation, named="Kipao, Wema", radius_km="7,5", text_en="Nothing is lost here."
    )
    answer = asha.send("/alerts/1/edit", **typed)
    assert answer.status_code == 409
    assert "“Wema” may be 2 places" in answer.text
    assert "Wema, locality in Lamu" in answer.text
    for kept in ("Kipao, Wema", "7,5", "Nothing is lost here."):
        assert kept in answer.text
    asha.send("/alerts/1/edit", **(typed | {"place": place_of(situation, "Wema", "Kitui")}))
    assert words_of(situation) == "7.5 km around Moa and Wema, Kipao"
    assert {spot.name for spot in alert_of(situation).zone.spots} == {"Kipao", "Wema"}


def test_a_county_means_the_places_in_it(asha: Visitor, situation: Situation) -> None:
    with situation.runtime.database.writing() as session:
        far = Position(MOA.lat + 2, MOA.lon)
        make_place(session, "Tana River", far, kind="county", county="")
        gazetteer.touch(session, situation.runtime.clock(), "again")
    asha.send("/alerts/1/edit", **form_of(situation, shape="places", named="Tana River county"))
    assert words_of(situation) == "Tana River and 2 places in it"  # Moa and Kipao
    assert "2 people" in asha.read("/alerts/1")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"named": "Nowhereville"}, "No place is called “Nowhereville”"),
        ({"shape": "places"}, "Name the places to warn"),
        ({"shape": "circle", "radius_km": "-4"}, "radius in kilometres"),
        ({"shape": "corridor"}, "name the place they head for"),
        ({"shape": "corridor", "toward": "Moa"}, "This way has no length"),
        ({"shape": "corridor", "toward": "Kipao", "width_km": "x"}, "How wide the way is is not"),
        ({"shape": "corridor", "toward": "Kipao", "speed_kmh": "0"}, "above zero"),
        ({"shape": "corridor", "toward": "Wema"}, "may be: Wema, locality in"),
        ({"left_out_named": "Kipao", "left_out_km": "900"}, "may reach from 0.1 to 100 km"),
    ],
)
def test_what_is_wrong_with_an_area_is_said(
    asha: Visitor, situation: Situation, changes: dict[str, str], words: str
) -> None:
    answer = asha.send("/alerts/1/edit", **form_of(situation, **changes))
    assert answer.status_code == 409
    assert words in answer.text
    assert words_of(situation) == "20 km around Moa"


def test_an_area_with_nobody_in_it_is_not_submitted(asha: Visitor, situation: Situation) -> None:
    with situation.runtime.database.writing() as session:
        make_place(session, "Empty", Position(-1.0, 39.0))
        gazetteer.touch(session, situation.runtime.clock(), "again")
    typed = form_of(situation, shape="places", named="Empty")
    answer = asha.send("/alerts/1/submit", **typed)
    assert "Nobody lives in this area" in answer.text
    assert "Nobody who may be warned lives in this area" in answer.text
    assert alert_of(situation).state == "draft"


def test_somebody_is_left_out_by_name_alone_or_with_the_land_around(
    asha: Visitor, situation: Situation
) -> None:
    wide = {"radius_km": "90"}
    html = asha.send_and_follow("/alerts/1/edit", **form_of(situation, **wide))
    assert "3 people" in html
    typed = form_of(situation, **wide, left_out_named="Kipao")
    html = asha.send_and_follow("/alerts/1/edit", **typed)
    assert "2 people" in html
    assert words_of(situation) == "90 km around Moa, 1 left out"
    ticked = {"left_out": place_of(situation, "Kipao")}
    typed = form_of(situation, **wide, **ticked, left_out_named="Wema Lamu", left_out_km="5")
    html = asha.send_and_follow("/alerts/1/edit", **typed)
    assert "1 person" in html
    assert "5 km around Wema" in html
    html = asha.send_and_follow("/alerts/1/edit", **form_of(situation, **wide))
    assert "3 people" in html


def test_ties_are_shown_both_ways_and_offered_to_a_warning(
    asha: Visitor, situation: Situation
) -> None:
    moa, kipao = place_of(situation, "Moa"), place_of(situation, "Kipao")
    tie = {"tie": "market", "other": "Kipao", "reason": "the chief says so"}
    assert "Kipao" in asha.send_and_follow(f"/places/{moa}/tie", **tie)
    assert "market" in asha.read(f"/places/{kipao}")
    back = {"back": f"/places/{moa}"}
    again = asha.send(f"/places/{kipao}/tie", **(tie | back | {"other": "Moa"}))
    assert "tied already" in again.text
    assert 'value="Moa"' in again.text  # nothing that was typed is lost
    itself = asha.send(f"/places/{moa}/tie", **(tie | back | {"other": "Moa"}))
    assert "That is the same place" in itself.text
    assert "Kipao (market tie to Moa)" in asha.read("/alerts/1")
    html = asha.send_and_follow("/alerts/1/edit", **form_of(situation, linked=kipao))
    assert words_of(situation) == "12 km around Moa and 1 linked place"
    assert "2 people" in html
    with situation.runtime.database.reading() as session:
        (link,) = session.scalars(select(PlaceLink)).all()
    asha.send(f"/places/{kipao}/untie", link_id=link.id, reason="the market is closed")
    with situation.runtime.database.reading() as session:
        acts = session.scalars(select(AuditRow.act).where(AuditRow.act.like("place.%"))).all()
        assert session.scalars(select(PlaceLink)).all() == []
    assert acts == ["place.tied", "place.untied"]


def test_people_under_an_armed_group_are_left_out_unless_a_reason_is_given(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    kipao = place_of(situation, "Kipao")
    asha.send(f"/places/{kipao}/controlled", radius_km="3", reason="they hold the market")
    assert "controlled by an armed group, 3 km around" in asha.read(f"/places/{kipao}")
    stale = asha.send("/alerts/1/submit", **form_of(situation, radius_km="70"))
    assert stale.status_code == 303  # the form was read after the mark, and heeds it
    html = asha.read("/alerts/1")
    assert "1 person at home where an armed group is in control (around <bdi>Kipao" in html
    bakari.send("/alerts/1/return", reason="they need it too")
    told = form_of(situation, radius_km="70", tell_controlled="1")
    assert "Say why people are told" in asha.send("/alerts/1/edit", **told).text
    html = asha.send_and_follow("/alerts/1/edit", **told, controlled_reason="they asked for it")
    assert "would be told" in html
    assert "2 people" in html
    with situation.runtime.database.reading() as session:
        act = session.scalars(select(AuditRow).where(AuditRow.act.like("alert.despite%"))).one()
    assert act.reason == "they asked for it"


def test_a_mark_made_after_the_draft_is_heeded_before_it_leaves(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    asha.send("/alerts/1/submit", **form_of(situation, radius_km="70"))
    with situation.runtime.database.writing() as session:
        mark = PlaceMark(
            place_id=place_of(situation, "Kipao"), mark="controlled", radius_m=500, who="x",
            at=situation.runtime.clock(),
        )  # fmt: skip
        session.add(mark)
    version, back = alert_of(situation).version, "/alerts/1"
    html = bakari.send_and_follow("/alerts/1/approve", version=version, back=back)
    assert "Kipao was marked as controlled by an armed group since this was drafted" in html
    assert alert_of(situation).state == "submitted"


def test_a_place_that_is_gone_stops_submitting_and_approving(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    asha.send("/alerts/1/submit", **form_of(situation, named="Kipao"))
    with situation.runtime.database.writing() as session:
        session.delete(session.get_one(Place, place_of(situation, "Kipao")))
    version, back = alert_of(situation).version, "/alerts/1"
    html = bakari.send_and_follow("/alerts/1/approve", version=version, back=back)
    assert "No longer in the list since this was drafted: Kipao" in html
    with situation.runtime.database.reading() as session:
        assert session.scalars(select(Delivery).where(Delivery.alert_id == 1)).all() == []
    bakari.send("/alerts/1/return", reason="choose again")
    kept = {"place": [spot.place_id for spot in alert_of(situation).zone.spots]}
    answer = asha.send("/alerts/1/submit", **form_of(situation, **kept))
    assert "Kipao was removed from the list meanwhile: untick it" in answer.text
    assert "Kipao (removed)" in answer.text
    assert asha.send("/alerts/1/submit", **form_of(situation)).status_code == 303


def test_a_way_is_drawn_and_grouped_by_arrival(asha: Visitor, situation: Situation) -> None:
    hear(situation.runtime, "+254700000301", "armed men at Moa now, they are going to Kipao")
    html = asha.read("/alerts/1")
    assert "witnesses tell of one" in html
    typed = form_of(situation, shape="corridor", toward="Kipao", speed_kmh="30")
    html = asha.send_and_follow("/alerts/1/edit", **typed)
    assert words_of(situation) == "way from Moa to Kipao, 12 km wide"
    assert "<polygon" in html
    assert html.index("May be there already") < html.index("1 to 2 h")
    assert "<td>2 h</td>" in html  # 60 km at 30 km an hour
    assert "way from Moa to Kipao, 12 km wide" in asha.read("/alerts")
    assert len(html.encode()) < 60_000
    html = asha.send_and_follow("/alerts/1/edit", **form_of(situation))
    assert words_of(situation) == "12 km around Moa"


def test_the_map_draws_the_true_area_of_a_live_warning(
    asha: Visitor, bakari: Visitor, situation: Situation
) -> None:
    asha.send("/alerts/1/submit", **form_of(situation, shape="corridor", toward="Kipao"))
    bakari.send("/alerts/1/approve", version=alert_of(situation).version)
    assert '<polygon class="area"' in asha.read("/map")
