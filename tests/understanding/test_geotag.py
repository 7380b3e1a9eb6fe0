"""Placing a message: right where it can be, silent where it cannot."""

import pytest

from gateway.terms.geo import Position, distance_m
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.reading import understand

HOME = Entry(90, "Home", -2.0, 40.0, "locality", county="Delta")


def place(lexicon, text, *entries, home=None):
    reading = understand(
        text,
        gazetteer=Gazetteer((HOME, *entries)),
        lexicon=lexicon,
        languages=["en", "sw", "fr"],
        sender_place=home,
    )
    return reading.place, " | ".join(reading.why)


def village(number, name, lat, lon, **more):
    return Entry(number, name, lat, lon, more.pop("kind", "locality"), **more)


@pytest.mark.parametrize(
    "text",
    [
        "simba wamevamia boma",
        "watu wote wako salama, attack imeisha",
        "armed men at the central market",
        "wameiba ng'ombe mara mbili",
        "maua yamechomwa na watu wenye silaha",
        "kahawa na chai imeibwa na majambazi",
        "they attacked the eastern side of the lake",
        "moto umewaka, umoja ni nguvu, tusaidie",
        "wanakuja kwa furaha na silaha",
        "majambazi wako njia ya mashamba",
    ],
)
def test_common_words_that_are_place_names_do_not_fire(read, text):
    assert read(text).place is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("armed men in kijiji cha Salama", "Salama"),
        ("shambulio katika mji wa Wote", "Wote"),
        ("There was an attack in Salama", "Salama"),
    ],
)
def test_a_common_word_is_a_place_when_the_text_says_so(read, text, name):
    reading = read(text)
    assert reading.place is not None, reading.why
    assert reading.place.name == name


@pytest.mark.parametrize(
    ("text", "found_by"),
    [
        ("attack in Kipini", "name"),
        ("attack in kippini", "spelling"),
        ("attack in Tarasa", "spelling"),
        ("attack in Ngau Mission", "alias"),
        ("attack at -2.5257, 40.5262", "coordinates"),
    ],
)
def test_how_the_place_was_found_is_said(read, text, found_by):
    assert read(text).place.found_by == found_by


def test_a_misspelt_name_is_less_certain_than_its_very_name(read):
    assert read("attack in Kippini").place.certainty < read("attack in Kipini").place.certainty


def test_short_names_are_never_found_by_spelling(read, moa):
    for text in ("armed men in mao", "armed men in Moaa", "armed men in odaa"):
        reading = read(text, sender_place=moa)
        assert reading.place.found_by == "sender"


def test_nearest_of_one_name_to_the_sender_wins(lexicon):
    near, far = village(1, "Bura", -2.1, 40.1), village(2, "Bura", -3.4, 38.3)
    found, why = place(lexicon, "armed men in Bura", near, far, home=HOME)
    assert found.place_id == 1
    assert "within 20 km of the sender" in why


def test_places_of_one_name_far_apart_are_not_placed(lexicon):
    found, why = place(
        lexicon, "armed men in Bura", village(1, "Bura", -1, 40), village(2, "Bura", -3.4, 38.3)
    )
    assert found is None
    assert "2 places of that name" in why


def test_where_nothing_decides_a_question_back_is_offered(lexicon):
    reading = understand(
        "armed men in Bura",
        gazetteer=Gazetteer((village(1, "Bura", -1, 40), village(2, "Bura", -3.4, 38.3))),
        lexicon=lexicon,
        languages=["en"],
    )
    assert sorted(choice.place_id for choice in reading.choices) == [1, 2]


def test_what_happened_nearby_lately_decides(lexicon):
    pair = village(1, "Bura", -1, 40), village(2, "Bura", -3.4, 38.3)
    reading = understand(
        "armed men in Bura",
        gazetteer=Gazetteer(pair),
        lexicon=lexicon,
        languages=["en"],
        recent=[Position(-3.45, 38.3)],
    )
    assert reading.place is not None
    assert reading.place.place_id == 2


def test_between_two_places_is_halfway_and_no_more_exact_than_half_the_way(lexicon):
    pair = village(1, "Garsen", -2.27, 40.11), village(2, "Minjila", -2.27, 40.51)
    for text in ("attack between Garsen and Minjila", "attack on the Garsen - Minjila road"):
        found, _ = place(lexicon, text, *pair)
        assert found.lon == pytest.approx(40.31, abs=0.01)
        assert found.precision_m > 20_000


def test_places_of_one_name_close_together_give_one_honest_circle(lexicon):
    pair = village(1, "Bura", -2.0, 40.0), village(2, "Bura", -2.3, 40.0)
    found, _ = place(lexicon, "armed men in Bura", *pair)
    for entry in pair:
        away = distance_m(Position(found.lat, found.lon), entry.position)
        assert away <= found.precision_m <= 100_000
    assert found.certainty <= 0.9


def test_two_about_equally_near_the_sender_widen_the_circle(lexicon):
    pair = village(1, "Bura", -2.2, 40.0), village(2, "Bura", -1.78, 40.0)
    found, _ = place(lexicon, "armed men in Bura", *pair, home=HOME)
    assert found.precision_m >= distance_m(pair[0].position, pair[1].position) - 1


def test_a_sender_far_from_all_of_them_decides_nothing(lexicon):
    away = village(1, "Bura", -2, 36.5), village(2, "Bura", 1, 35)
    found, why = place(lexicon, "armed men in Bura", *away, home=HOME)
    assert found is None
    assert "nothing decides" in why


def test_the_area_named_with_it_decides_even_against_the_sender(lexicon):
    near = village(1, "Bura", -2.1, 40.1, county="Delta")
    far = village(2, "Bura", -3.4, 38.3, county="Hills")
    found, why = place(lexicon, "armed men in Bura, Hills county", near, far, home=HOME)
    assert found.place_id == 2
    assert "in the county named" in why


def test_an_area_known_by_its_point_decides_too(lexicon):
    hills = village(3, "Hills", -3.3, 38.2, kind="county")
    pair = village(1, "Bura", -2.1, 40.1), village(2, "Bura", -3.4, 38.3)
    found, _ = place(lexicon, "armed men in Bura, Hills county", *pair, hills)
    assert found.place_id == 2


def test_another_place_in_the_text_decides(lexicon):
    pair = village(1, "Bura", -1, 40), village(2, "Bura", -3.4, 38.3)
    found, _ = place(
        lexicon,
        "armed men in Bura not far from Wundanyi",
        *pair,
        village(3, "Wundanyi", -3.4, 38.4),
    )
    assert found.place_id == 2


def test_a_town_wins_over_the_county_it_names(lexicon):
    town, county = (
        village(1, "Garissa", -0.45, 39.65),
        village(2, "Garissa", -0.4, 40.1, kind="county"),
    )
    assert place(lexicon, "attack in Garissa", town, county)[0].place_id == 1
    assert place(lexicon, "attack in Garissa county", town, county)[0].place_id == 2


def test_a_misspelt_place_far_from_the_sender_is_not_believed(lexicon):
    far = village(1, "Lokichoggio", 4.2, 34.35)
    found, why = place(lexicon, "armed men in Lokichogio", far, home=HOME)
    assert found.found_by == "sender"
    assert "Lokichoggio: not placed" in why


def test_news_of_a_far_place_is_not_put_where_its_sender_lives(lexicon):
    far = village(1, "Lokone", 2.4, 35.97)
    words = "attackers came to Lokone at dawn, they are shooting and burning houses"
    found, _ = place(lexicon, words, far, home=HOME)
    assert (found.place_id, found.found_by) == (1, "name")
    assert found.certainty <= 0.5


def test_an_exact_place_far_from_the_sender_is_doubted(lexicon):
    far = village(1, "Lokichoggio", 4.2, 34.35)
    found, why = place(lexicon, "armed men in Lokichoggio", far, home=HOME)
    assert found.place_id == 1
    assert found.certainty <= 0.7
    assert "not within 150 km of the sender" in why


def test_without_a_name_it_is_the_senders_place_and_says_so(lexicon):
    found, why = place(lexicon, "armed men are coming", home=HOME)
    assert (found.place_id, found.found_by) == (90, "sender")
    assert found.precision_m >= 5_000
    assert "the sender's own" in why


def test_a_name_no_list_knows_leaves_the_senders_place_very_uncertain(lexicon):
    known, _ = place(lexicon, "armed men are coming", home=HOME)
    found, why = place(lexicon, "armed men are in Qwertyland", home=HOME)
    assert found.certainty < known.certainty
    assert found.precision_m > known.precision_m
    assert "no list knows 'qwertyland'" in why


def test_a_stranger_who_names_nothing_is_not_placed(lexicon):
    assert place(lexicon, "armed men are coming")[0] is None


@pytest.mark.parametrize(
    "text", ["shooting here, they came from Bura", "wanapiga risasi hapa kwetu, wametoka Bura"]
)
def test_here_is_where_the_sender_lives(lexicon, text):
    found, _ = place(lexicon, text, village(1, "Bura", -2.1, 40.1), home=HOME)
    assert (found.place_id, found.found_by) == (90, "sender")


def test_here_before_a_name_is_that_place(lexicon):
    found, _ = place(
        lexicon, "tuko hapa Bura wanapiga risasi", village(1, "Bura", -2.1, 40.1), home=HOME
    )
    assert found.place_id == 1


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("gunmen at -2.35, 40.31", -2.35, 40.31),
        ("gunmen at 2.35S 40.31E", -2.35, 40.31),
        ("gunmen at 2.3512 S, 40.3171 E", -2.3512, 40.3171),
        ("gunmen (-2.35162;40.31707)", -2.35162, 40.31707),
        ("gunmen at 40.31, -2.35", -2.35, 40.31),
    ],
)
def test_typed_coordinates_are_read(read, text, lat, lon):
    found = read(text).place
    assert (found.lat, found.lon, found.found_by) == (lat, lon, "coordinates")


@pytest.mark.parametrize(
    "text",
    [
        "gunmen at 51.50, -0.12",
        "he paid 250.00 40.00",
        "gunmen at 99.99 199.99",
        "call 0.12345678901234 now armed men",
        "gunmen at 10.30 12.45",
    ],
)
def test_numbers_that_are_no_position_here_are_left_alone(read, text):
    assert read(text).place is None


def test_more_decimals_are_more_exact(read):
    coarse, fine = read("gunmen -2.35, 40.31").place, read("gunmen -2.35162, 40.31707").place
    assert coarse.precision_m > 1_000 > fine.precision_m


def test_a_whole_country_is_no_place_to_warn(read):
    assert read("armed men everywhere in Kenya").place is None


def test_where_they_are_goes_before_where_they_go(read):
    reading = read("armed men from Garsen are at Minjila heading to Moa")
    assert reading.place.name == "Minjila"
    assert {tag.name: tag.role for tag in reading.places} == {
        "Garsen": "from",
        "Minjila": "at",
        "Moa": "toward",
    }


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("armed men 20 km west of Garsen", -2.266, 39.930),
        ("armed men seen 20km north of Garsen", -2.087, 40.110),
        ("hommes armés à 20 km au sud de Garsen", -2.446, 40.110),
        ("watu wenye silaha kilomita 20 kusini mwa Garsen", -2.446, 40.110),
    ],
)
def test_a_distance_and_direction_move_the_point(read, text, lat, lon):
    found = read(text).place
    assert distance_m(Position(found.lat, found.lon), Position(lat, lon)) < 1_000
    assert found.role == "near"


def test_a_distance_without_direction_widens_the_circle(read):
    assert read("armed men 20 km from Garsen").place.precision_m > 20_000
    assert read("armed men at Garsen, 20 cows taken").place.precision_m < 20_000


def test_a_name_tied_to_an_unknown_word_is_another_place(lexicon):
    bura, hola = village(1, "Bura", -2.1, 40.1), village(2, "Hola", -1.5, 40.03)
    assert place(lexicon, "attack in Bura-Kettezo", bura)[0] is None
    assert place(lexicon, "attack on the road Bura-Hola", bura, hola)[0] is not None


def test_the_road_to_a_place_is_not_the_place(lexicon):
    bura, hola = village(1, "Bura", -2.1, 40.1), village(2, "Hola", -1.5, 40.03)
    assert place(lexicon, "shooting on the Bura road at Hola", bura, hola)[0].place_id == 2


def test_a_village_listed_far_from_its_landmark_is_another_village(lexicon):
    listed, mark = village(1, "Gagaru", 3.0, 35.0), village(2, "Bura", -2.1, 40.1)
    found, why = place(lexicon, "attack at Gagaru, near Bura", listed, mark)
    assert found is None
    assert "not placed" in why


def test_a_consonant_apart_is_another_place_unless_the_sender_lives_there(lexicon):
    kaita = village(1, "Maitaru", -2.1, 40.1)
    assert place(lexicon, "attack in Maikaru", kaita)[0] is None
    assert place(lexicon, "attack in Maikaru", kaita, home=HOME)[0].place_id == 1
