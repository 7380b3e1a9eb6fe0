"""CAP documents: valid by the OASIS schema, and read by others as they were meant."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from typing import Any, get_args

import pytest
from capparselib.parsers import CAPParser
from lxml import etree

from gateway.alerts import cap
from gateway.alerts.cap import CapArea, Code, Disc, Info, Message, Reference
from gateway.alerts.cap_area import PlaceFacts, cap_area
from gateway.alerts.cap_xml import cap_time, cap_xml
from gateway.alerts.headlines import headline
from gateway.terms.area import Area, Circle, Corridor, Spot
from gateway.terms.geo import Position
from gateway.terms.polygon import Polygon
from gateway.terms.xml_text import legal
from tests.schemas import FOLDER, validated

DOCUMENTS = 240
NOW = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
LANGUAGES = ("en", "sw", "fr", "ar", "so", "am", "rw", "ha", "ln")
ODD = (
    "", " ", "007", "1.50", "true", "]]>", "<!-- -->", "<script>alert('x')</script>", "a & b",
    "&amp;", "&#0;", "\x00\x01\x0b\x1f", "\ufffe\uffff", "\ud800 alone", "\u202ereversed", "😀 👪",
    "ታጣቂዎች መጡ።", "وصل مسلحون؟", "l'été à Goré", "two\nlines\r\nand\ttabs", "<?xml version='1.0'?>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;", "x" * 3_000,
)  # fmt: skip
ENUMERATIONS = {
    "status": cap.Status, "msgType": cap.MsgType, "scope": cap.Scope, "category": cap.Category,
    "responseType": cap.ResponseType, "urgency": cap.Urgency, "severity": cap.Severity,
    "certainty": cap.Certainty,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ENUMERATIONS))
def test_the_words_of_each_list_are_those_of_the_schema(name: str) -> None:
    spaces = {"x": "http://www.w3.org/2001/XMLSchema"}
    tree = etree.parse(FOLDER / "CAP-v1.2.xsd")
    path = f"//x:element[@name='{name}']//x:enumeration/@value"
    assert set(get_args(ENUMERATIONS[name])) == set(tree.xpath(path, namespaces=spaces))


def test_generated_documents_are_valid_and_survive_another_reader() -> None:
    seen = []
    for message in _messages(DOCUMENTS):
        xml = cap_xml(message)
        validated(xml, "CAP-v1.2.xsd")
        (read,) = CAPParser(xml.decode()).as_dict()
        _assert_same(read, message)
        seen.append(message)
    assert len(seen) >= 200
    used = {(m.status, m.msg_type) for m in seen}
    assert used == set(product(get_args(cap.Status), get_args(cap.MsgType)))
    assert {info.language for m in seen for info in m.info} == set(LANGUAGES)
    areas = [info.area for m in seen for info in m.info if info.area]
    assert any(area.polygons and area.discs and area.geocodes for area in areas)
    assert any(len(message.references) > 1 for message in seen)


def test_letters_that_no_xml_may_hold_are_left_out_and_all_others_kept() -> None:
    every = "".join(map(chr, (*range(0x3000), *range(0xD7F0, 0xE010), 0xFFFD, 0xFFFE, 0x1F600)))
    xml = cap_xml(_message(info=(_info(description=every),)))
    read = validated(xml, "CAP-v1.2.xsd").findtext(".//{*}description")
    assert read == legal(every)
    assert len(every) - len(legal(every)) == 29 + 0x800 + 1


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "2026-03-10T15:30:00-00:00"),  # section 3.3.2: UTC is -00:00
        (NOW.astimezone(timezone(timedelta(hours=3))), "2026-03-10T18:30:00+03:00"),
        (NOW.astimezone(timezone(-timedelta(hours=4.5))), "2026-03-10T11:00:00-04:30"),
        (NOW + timedelta(microseconds=5), "2026-03-10T15:30:00-00:00"),
    ],
)
def test_times_are_written_as_the_standard_wants_them(moment: datetime, text: str) -> None:
    assert cap_time(moment) == text


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: _message(identifier="a b"),
        lambda: _message(identifier="a,b"),
        lambda: _message(sender="a<b"),
        lambda: _message(sender="a&b"),
        lambda: _message(sender=""),
        lambda: _message(sent=NOW.replace(tzinfo=None)),
        lambda: _message(msg_type="Update"),
        lambda: _message(msg_type="Cancel"),
        lambda: _message(info=()),
        lambda: _message(scope="Restricted"),
        lambda: _message(restriction="nobody"),
        lambda: _message(incidents=("in Moa",)),
        lambda: Reference("a", "b c", NOW),
        lambda: CapArea("open", polygons=(_square()[:-1],)),
        lambda: CapArea("flat", polygons=((Position(0, 0), Position(1, 1), Position(0, 0)),)),
        lambda: CapArea("long", polygons=((Position(0, 0),) * 501,)),
        lambda: Disc(Position(0, 0), -1.0),
        lambda: Disc(Position(0, 0), float("nan")),
        lambda: _info(categories=()),
        lambda: _info(expires=NOW.replace(tzinfo=None)),
    ],
)
def test_what_the_standard_forbids_is_never_made(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        wrong()


def test_an_area_is_told_as_discs_a_strip_and_places_with_their_codes() -> None:
    area = Area(
        lat=-2.35, lon=40.31, circles=(Circle(-2.35162, 40.31707, 20_000, "Moa"),),
        spots=(Spot(7, "Witu", -2.38, 40.44), Spot(8, "Kipini", -2.52, 40.52, by="linked")),
        corridor=Corridor(-2.35, 40.31, -2.0, 40.31, 6_000, 5.0, "Moa", "Garsen"),
    )  # fmt: skip
    facts = {7: PlaceFacts(2_500, Code("wof", "421")), 3: PlaceFacts(0, Code("wof", "11"))}
    told = cap_area(area, "Moa", 3, facts)
    assert told.description == "Moa (20 km); Moa – Garsen (6 km); Witu, Kipini"
    (strip,) = told.polygons
    assert strip[0] == strip[-1]
    assert min(point.lat for point in strip) < -2.35 < -2.01 < max(point.lat for point in strip)
    assert [disc.radius_km for disc in told.discs] == [20.1, 2.6, 1.1]
    assert told.geocodes == (
        Code("gateway-place", "3"), Code("wof", "11"), Code("gateway-place", "7"),
        Code("wof", "421"), Code("gateway-place", "8"),
    )  # fmt: skip


def test_a_drawn_area_is_told_as_a_closed_polygon() -> None:
    shape = Polygon(((-2.51234, 40.1), (-2.3, 40.1), (-2.3, 40.4)))
    told = cap_area(Area(-2.4, 40.2, polygon=shape), "Moa", 3, {})
    corners = [(-2.512, 40.1), (-2.3, 40.1), (-2.3, 40.4), (-2.512, 40.1)]
    assert [(at.lat, at.lon) for at in told.polygons[0]] == corners
    assert told.description == "(⌀ 41 km)"
    assert told.geocodes == ()  # the place of the event lies elsewhere
    named = cap_area(Area(-2.4, 40.2, polygon=replace(shape, name="Moa")), "Moa", 3, {})
    assert named.description == "Moa (⌀ 41 km)"
    assert named.geocodes == (Code("gateway-place", "3"),)


def test_what_an_area_leaves_out_is_not_told() -> None:
    whole = Area(0.5, 35.0, circles=(Circle(0.5, 35.0, 9_000),), spots=(Spot(7, "Oa", 0.6, 35.0),))
    with_holes = Area(
        0.5, 35.0, circles=whole.circles, spots=whole.spots,
        without=(Circle(0.6, 35.0, 2_000, "Their camp", by="controlled"),),
        without_places=(Spot(9, "Ob", 0.55, 35.0), Spot(7, "Oa", 0.6, 35.0)),
    )  # fmt: skip
    assert cap_area(with_holes, "Oa", None, {}) == cap_area(whole, "Oa", None, {})


def test_no_disc_is_smaller_than_what_was_approved_nor_points_at_one_house() -> None:
    chance = random.Random(5)
    for _ in range(300):
        circle = Circle(chance.uniform(-60, 60), chance.uniform(-179, 179), 2_000)
        (disc,) = cap_area(Area.around(circle), "", None, {}).discs
        assert round(disc.centre.lat, 3) == disc.centre.lat
        away = Area.around(circle).distance_m(disc.centre)
        assert away + circle.radius_m <= disc.radius_km * 1000 <= circle.radius_m + 200


def test_hundreds_of_places_are_counted_after_the_first_names() -> None:
    spots = tuple(Spot(n, f"P{n}", 0, 0) for n in range(1, 131))
    words = cap_area(Area(0, 0, spots=spots), "", None, {}).description
    assert words.endswith("P19, P20 (+110)")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Alert: Attack. Place: Moa. Do not go there. Stay calm, all of you, and wait. Over.",
         "Alert: Attack. Place: Moa. Do not go there. Stay calm, all of you, and wait."),
        ("EXERCISE ONLY. Alert: Armed group reported; people may be in danger. Place: Moa.",
         "EXERCISE ONLY. Alert: Armed group reported; people may be in danger. Place: Moa."),
        ("ማስጠንቀቂያ። ቦታ: Moa።", "ማስጠንቀቂያ። ቦታ: Moa።"),
        ("word " * 60, "word " * 30 + "word…"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_headline_is_the_first_sentences_in_their_own_words(text: str, words: str) -> None:
    assert headline(text) == words
    assert len(words) <= 160


def _assert_same(read: dict[str, Any], message: Message) -> None:
    """Field by field, as the other reader's names have it."""
    assert _texts(read, "cap_id", "cap_sender", "cap_sent") == [
        message.identifier, message.sender, cap_time(message.sent),
    ]  # fmt: skip
    assert _texts(read, "cap_status", "cap_message_type", "cap_scope") == [
        message.status, message.msg_type, message.scope,
    ]  # fmt: skip
    assert _texts(read, "cap_source", "cap_restriction", "cap_note") == [
        _kept(message.source), _kept(message.restriction), _kept(message.note),
    ]  # fmt: skip
    references = [f"{r.sender},{r.identifier},{cap_time(r.sent)}" for r in message.references]
    assert _texts(read, "cap_references", "cap_incidents") == [
        _kept(" ".join(references)), _kept(" ".join(message.incidents)),
    ]  # fmt: skip
    for block, info in zip(read.get("cap_info", ()), message.info, strict=True):
        _assert_same_info(block, info)


def _assert_same_info(block: dict[str, Any], info: Info) -> None:
    assert _texts(block, "cap_language", "cap_urgency", "cap_severity", "cap_certainty") == [
        info.language, info.urgency, info.severity, info.certainty,
    ]  # fmt: skip
    assert [one.text for one in block["cap_category"]] == list(info.categories)
    assert [one.text for one in block.get("cap_response_type", ())] == list(info.responses)
    assert (block["cap_event"].text or "") == legal(info.event)
    names = ("audience", "cap_sender_name", "cap_headline", "cap_description", "cap_instruction")
    assert _texts(block, *names, "cap_link", "cap_contact") == [
        _kept(text)
        for text in (info.audience, info.sender_name, info.headline, info.description,
                     info.instruction, info.web, info.contact)
    ]  # fmt: skip
    begins = info.effective or info.onset  # the other reader has one name for both
    assert _texts(block, "cap_effective", "cap_expires") == [
        cap_time(moment) if moment else None for moment in (begins, info.expires)
    ]
    assert _codes(block.get("cap_event_code", ())) == list(info.event_codes)
    assert ("cap_area" in block) == (info.area is not None)
    if info.area is not None:
        (area,) = block["cap_area"]
        _assert_same_area(area, info.area)


def _assert_same_area(read: dict[str, Any], area: CapArea) -> None:
    assert (read["area_description"].text or "") == legal(area.description)
    polygons = [one.text.split(" ") for one in read.get("polygon", ())]
    assert [[_position(point) for point in one] for one in polygons] == [
        list(one) for one in area.polygons
    ]
    discs = [one.text.split(" ") for one in read.get("circle", ())]
    assert [Disc(_position(centre), float(radius)) for centre, radius in discs] == list(area.discs)
    assert _codes(read.get("geocodes", ())) == list(area.geocodes)


def _codes(read: Any) -> list[Code]:
    return [Code(one["valueName"].text, one["value"].text) for one in read]


def _position(text: str) -> Position:
    lat, lon = text.split(",")
    return Position(float(lat), float(lon))


def _texts(read: dict[str, Any], *names: str) -> list[str | None]:
    return [read[name].text if name in read else None for name in names]


def _kept(text: str) -> str | None:
    """What is left of an optional text."""
    return legal(text) if legal(text).strip() else None


def _message(**facts: Any) -> Message:
    values: dict[str, Any] = {
        "identifier": "alert.example.org-W1", "sender": "alerts@alert.example.org", "sent": NOW,
        "status": "Actual", "msg_type": "Alert", "scope": "Public", "info": (_info(),),
    }  # fmt: skip
    return Message(**(values | facts))


def _info(**facts: Any) -> Info:
    values: dict[str, Any] = {
        "language": "en", "categories": ("Security",), "event": "Attack reported",
        "urgency": "Immediate", "severity": "Severe", "certainty": "Observed",
    }  # fmt: skip
    return Info(**(values | facts))


def _square() -> tuple[Position, ...]:
    return (Position(0, 0), Position(0, 1), Position(1, 1), Position(1, 0), Position(0, 0))


def _messages(count: int) -> Iterator[Message]:
    """Every status with every msgType, and everything else by chance."""
    chance = random.Random(1907)
    kinds = list(product(get_args(cap.Status), get_args(cap.MsgType), get_args(cap.Scope)))
    for number in range(count):
        status, msg_type, scope = kinds[number % len(kinds)]
        names = range(chance.randint(1, 4)) if msg_type in ("Update", "Cancel") else ()
        languages = chance.sample(LANGUAGES, chance.randint(1, 9))
        silent = msg_type in ("Cancel", "Ack", "Error") and chance.random() < 0.3
        yield Message(
            identifier=f"alert.example.org-W{number}",
            sender="alerts@alert.example.org",
            sent=_moment(chance),
            status=status,
            msg_type=msg_type,
            scope=scope,
            source=chance.choice(ODD),
            restriction="for partners <only> & nobody else" if scope == "Restricted" else "",
            note=chance.choice(ODD),
            references=tuple(Reference("a@b", f"W{name}", _moment(chance)) for name in names),
            incidents=tuple(f"incident-{n}" for n in range(chance.randint(0, 3))),
            info=() if silent else tuple(_any_info(chance, one) for one in languages),
        )


def _any_info(chance: random.Random, language: str) -> Info:
    words = [chance.choice(ODD) + chance.choice(ODD) for _ in range(7)]
    begins = chance.choice([{}, {"effective": _moment(chance)}, {"onset": _moment(chance)}])
    return Info(
        language=language,
        categories=tuple(chance.sample(get_args(cap.Category), chance.randint(1, 3))),
        event=words[0],
        urgency=chance.choice(get_args(cap.Urgency)),
        severity=chance.choice(get_args(cap.Severity)),
        certainty=chance.choice(get_args(cap.Certainty)),
        responses=tuple(chance.sample(get_args(cap.ResponseType), chance.randint(0, 3))),
        audience=words[1],
        event_codes=tuple(Code(f"LIST{n}", f"00{n} <&>") for n in range(chance.randint(0, 2))),
        expires=chance.choice([None, _moment(chance)]),
        sender_name=words[2],
        headline=words[3],
        description=words[4],
        instruction=words[5],
        web=chance.choice(["", "https://alert.example.org/a?b=c&d=e"]),
        contact=words[6],
        area=chance.choice([None, _any_area(chance), _any_area(chance)]),
        **begins,
    )


def _any_area(chance: random.Random) -> CapArea:
    def point() -> Position:
        return Position(round(chance.uniform(-90, 90), 5), round(chance.uniform(-180, 180), 5))

    def ring() -> tuple[Position, ...]:
        points = tuple(point() for _ in range(chance.randint(3, 40)))
        return (*points, points[0])

    return CapArea(
        chance.choice(ODD),
        polygons=tuple(ring() for _ in range(chance.randint(0, 2))),
        discs=tuple(
            Disc(point(), round(chance.uniform(0, 99), 3)) for _ in range(chance.randint(0, 3))
        ),
        geocodes=tuple(Code("gateway-place", f"0{n}") for n in range(chance.randint(0, 4))),
    )


def _moment(chance: random.Random) -> datetime:
    zone = timezone(timedelta(minutes=chance.choice([0, 60, 180, 345, -300])))
    return (NOW + timedelta(seconds=chance.randint(0, 10**8))).astimezone(zone)
