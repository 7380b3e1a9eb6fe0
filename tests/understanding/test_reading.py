"""Whole messages as people text them, in three languages and mixtures of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.lexicon import load
from gateway.understanding.reading import as_json, understand

# text, hazard, place (None: not placed), role
REPORTS = [
    # English
    ("armed men in Moa", "armed_group", "Moa", "at"),
    ("Armed men are approaching Kipini from Garsen", "armed_group", "Garsen", "from"),
    ("ARMED MEN SEEN NEAR WITU", "armed_group", "Witu", "near"),
    ("20 armed men on motorbikes going to tarasaa", "armed_group", "Tarasaa", "toward"),
    ("gunmen passing through Minjila now", "armed_group", "Minjila", "passing"),
    ("militia planning to attack Ngao tonight", "armed_group", "Ngao", "toward"),
    ("strangers with machetes at oda", "armed_group", "Oda", "at"),
    ("Idsowe is under attack!!! houses burning", "attack", "Idsowe", "at"),
    ("they are shooting in Kipini", "attack", "Kipini", "at"),
    ("Two people were killed at Garsen last night", "attack", "Garsen", "at"),
    ("gun shots heard in Witu", "attack", "Witu", "at"),
    ("raiders attacked Moa and burned houses", "attack", "Moa", "at"),
    ("two girls were kidnapped near Minjila", "abduction", "Minjila", "near"),
    ("a child was abducted in Tarasaa yesterday", "abduction", "Tarasaa", "at"),
    ("a woman was raped near Idsowe", "gender_based_violence", "Idsowe", "near"),
    ("illegal roadblock between Garsen and Minjila", "roadblock", "Garsen", "near"),
    ("people are fleeing from Ngao to Garsen", "displacement", "Ngao", "from"),
    ("leaflets in Garsen say kill them all", "hate_speech", "Garsen", "at"),
    ("man on the radio in Witu inciting people", "hate_speech", "Witu", "at"),
    ("is it true that there was an attack in Tarasaa?", "rumour", "Tarasaa", "at"),
    ("The attack in Moa is not true", "rumour", "Moa", "at"),
    ("no attack in Idsowe, all quiet", "all_quiet", "Idsowe", "at"),
    ("all is calm in Kipini", "all_quiet", "Kipini", "at"),
    ("flood in Garsen please help us", "other", "Garsen", "at"),
    # Swahili
    ("watu wenye silaha wanakuja Moa", "armed_group", "Moa", "toward"),
    ("watu wenye bunduki wamepita Minjila", "armed_group", "Minjila", "passing"),
    ("WATU WENYE MAPANGA WAKO TARASAA", "armed_group", "Tarasaa", "at"),
    ("majambazi wanaelekea ngao kutoka oda", "armed_group", "Oda", "from"),
    ("wanataka kushambulia Kipini usiku huu", "armed_group", "Kipini", "toward"),
    ("kijiji cha Idsowe kimeshambuliwa", "attack", "Idsowe", "at"),
    ("wamevamia witu na wanachoma nyumba", "attack", "Witu", "at"),
    ("milio ya risasi huko Garsen", "attack", "Garsen", "at"),
    ("watu wawili wameuawa Oda", "attack", "Oda", "at"),
    ("wameiba mifugo karibu na Moa", "attack", "Moa", "near"),
    ("watoto wametekwa nyara karibu na Idsowe jana usiku", "abduction", "Idsowe", "near"),
    ("msichana amebakwa Oda", "gender_based_violence", "Oda", "at"),
    ("wamefunga barabara Minjila wanakagua vitambulisho", "roadblock", "Minjila", "at"),
    ("watu wanakimbia kutoka Kipini kuelekea Witu", "displacement", "Kipini", "from"),
    ("vipeperushi vya chuki vimesambazwa Garsen", "hate_speech", "Garsen", "at"),
    ("kuna uvumi kuhusu wageni Ngao", "rumour", "Ngao", "at"),
    ("shambulio la Tarasaa si kweli", "rumour", "Tarasaa", "at"),
    ("hakuna shambulio Ngao", "all_quiet", "Ngao", "at"),
    ("hali ni shwari hapa Kipini", "all_quiet", "Kipini", "at"),
    ("hakuna amani Moa", "other", "Moa", "at"),
    ("hakuna tatizo Kipini", "all_quiet", "Kipini", "at"),
    ("hawajashambulia Witu", "all_quiet", "Witu", "at"),
    ("mafuriko Garsen tunahitaji msaada", "other", "Garsen", "at"),
    # French
    ("des hommes armés à Witu", "armed_group", "Witu", "at"),
    ("des hommes armes se dirigent vers Kipini", "armed_group", "Kipini", "toward"),
    ("une trentaine d'hommes armés près de Garsen", "armed_group", "Garsen", "near"),
    ("le village de Moa est attaqué", "attack", "Moa", "at"),
    ("coups de feu à Minjila en ce moment", "attack", "Minjila", "at"),
    ("ils ont brûlé des maisons à Ngao", "attack", "Ngao", "at"),
    ("trois enfants enlevés à Oda hier", "abduction", "Oda", "at"),
    ("viol d'une fille à Tarasaa", "gender_based_violence", "Tarasaa", "at"),
    ("barrage sur la route à Idsowe", "roadblock", "Idsowe", "at"),
    ("les gens fuient vers Witu", "displacement", "Witu", "toward"),
    ("discours de haine à Garsen", "hate_speech", "Garsen", "at"),
    ("l'attaque de Kipini, c'est faux", "rumour", "Kipini", "at"),
    ("tout est calme à Moa", "all_quiet", "Moa", "at"),
    # mixed, misspelt, in a hurry
    ("Armed men wanakuja Kipini now now", "armed_group", "Kipini", "toward"),
    ("kuna shooting hapa Witu, tuma polisi", "attack", "Witu", "at"),
    ("des bandits wako Moa", "armed_group", "Moa", "at"),
    ("plz help wameattack watu, wameua mtu Ngao", "attack", "Ngao", "at"),
    ("atack at kippini pls", "attack", "Kipini", "at"),
    ("armd men at Garssen", "other", "Garsen", "at"),
    ("wamevamiiia huko Tarasa", "attack", "Tarasaa", "at"),
    ("gunfire at Minjilla", "attack", "Minjila", "at"),
    ("Fwd: watu wenye silaha wako Idsowee", "armed_group", "Idsowe", "at"),
]

CHAT = [
    "asante sana",
    "Thank you so much, God bless you",
    "hello how are you",
    "Habari za asubuhi",
    "merci beaucoup",
    "please send me airtime",
    "nitumie salio",
    "thanks to all in Moa",
    "ok",
    "",
    "   ",
    "🙏🙏🙏",
    "🔥🔫",
    "bonjour mes amis",
]


@pytest.mark.parametrize(("text", "hazard", "place", "role"), REPORTS)
def test_a_report_is_read(read, text, hazard, place, role):
    reading = read(text)
    assert (reading.kind, reading.hazard) == ("report", hazard), reading.why
    assert reading.place is not None, reading.why
    assert (reading.place.name, reading.place.role) == (place, role), reading.why


@pytest.mark.parametrize("text", CHAT)
def test_small_talk_is_no_report(read, text):
    reading = read(text)
    assert (reading.kind, reading.hazard, reading.place) == ("chat", None, None)
    assert any(reason.startswith("chat: ") for reason in reading.why)


@pytest.mark.parametrize(
    "text",
    [
        "the men are not from here, armed men attacking Moa",
        "police have not come armed men are here in Moa",
        "plus de 20 hommes armés à Moa",
        "armed men in Moa, no network, no police",
        "hakuna polisi, watu wenye silaha wako Moa",
        "Not a joke. Armed men in Moa",
        "what is happening? armed men in Moa",
    ],
)
def test_a_denial_nearby_does_not_calm_a_real_warning(read, text):
    assert read(text).hazard in ("armed_group", "attack")


def test_a_phrase_listed_with_its_negation_is_not_denied_by_it(read):
    assert read("hakuna amani Moa").hazards["other"] >= 0.75
    assert read("hakuna tatizo Kipini").hazards["all_quiet"] >= 0.75


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20 armed men at Moa", 20),
        ("twenty five gunmen at Moa", 25),
        ("watu 15 wenye silaha Moa", 15),
        ("watu ishirini na tano wenye bunduki wanaelekea Ngao", 25),
        ("quinze hommes armés à Witu", 15),
        ("une trentaine d'hommes armés vers Tarasaa", 30),
        ("about 2 hundred bandits at Moa", 200),
        ("20 people killed by bandits in Moa", None),
        ("watu 5 wameuawa na majambazi Moa", None),
        ("armed men 10 km from Moa", None),
        ("armed men in Moa at 7 pm", None),
        ("armed men in Moa", None),
    ],
)
def test_only_numbers_of_armed_people_are_counted(read, text, number):
    assert read(text).count == number


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("armed men in Moa right now", "right now"),
        ("watu wenye silaha wako Moa sasa hivi", "sasa hivi"),
        ("attack in Moa this morning", "this morning"),
        ("walishambulia Moa jana", "jana"),
        ("walishambulia Moa jana usiku", "jana usiku"),
        ("attaque à Moa la nuit dernière", "la nuit derniere"),
        ("armed men in Moa", None),
    ],
)
def test_the_time_said_is_kept(read, text, when):
    found = read(text).when
    assert (found and found.text) == when


def test_hearsay_of_violence_stays_urgent_and_is_marked_a_rumour_too(read):
    reading = read("inasemekana kuna vita Ngao")
    assert reading.hazard == "attack"
    assert "rumour" in reading.hazards


def test_movement_says_from_where_to_where_and_how_it_bears(read):
    moved = read("armed men going from Garsen to Kipini").movement
    assert moved is not None
    assert (moved.from_, moved.to) == ("Garsen", "Kipini")
    assert 115 <= moved.bearing_deg <= 130  # Kipini lies south-east of Garsen


@pytest.mark.parametrize(
    ("text", "bearing"),
    [
        ("gunmen passing Kipini going north", 0),
        ("watu wenye silaha wanaelekea kusini mashariki", 135),
        ("hommes armés vers l'ouest", 270),
    ],
)
def test_a_compass_word_gives_the_bearing(read, text, bearing):
    moved = read(text).movement
    assert moved is not None
    assert moved.bearing_deg == bearing


def test_a_sentence_without_hazard_words_is_still_a_report(read, moa):
    reading = read("the elders met at the river and left angry", sender_place=moa)
    assert (reading.kind, reading.hazard) == ("report", "other")


def test_every_decision_is_explained(read, moa):
    why = " | ".join(read("watu wenye silaha wanakuja Moa", sender_place=moa).why)
    assert "hazard armed_group: 'watu wenye silaha' (sw)" in why
    assert "place Moa: exact name" in why


def test_json_has_the_shape_that_scripts_rely_on(read):
    shape = as_json(read("armed men going from Garsen to Kipini"))
    assert set(shape) == {
        "kind", "language", "hazard", "hazards", "place", "places", "choices",
        "movement", "when", "count", "why", "act", "casualties", "severity",
    }  # fmt: skip
    assert set(shape["place"]) == {
        "name", "lat", "lon", "precision_m", "role", "found_by", "certainty",
    }  # fmt: skip
    assert list(shape["movement"])[:3] == ["from", "to", "bearing_deg"]


def test_a_long_text_is_cut_and_says_so(read):
    reading = read("armed men in Moa " + "bla " * 5_000)
    assert reading.hazard == "armed_group"
    assert any("only the first" in reason for reason in reading.why)


def test_an_empty_gazetteer_places_nothing(lexicon):
    reading = understand(
        "armed men in Moa", gazetteer=Gazetteer([]), lexicon=lexicon, languages=["en"]
    )
    assert (reading.hazard, reading.place) == ("armed_group", None)


_NASTY = st.one_of(
    st.text(max_size=300),
    st.text(st.characters(codec=None, exclude_categories=()), max_size=200),  # lone surrogates too
    st.text("aeMoa .,-0123456789NSEW°\u202e\u0000<>&'’", max_size=200),
    st.lists(
        st.sampled_from(["Moa", "hakuna", "attack", "-2.35, 40.31", "<b>", "20", "na", "🔥", "wa"]),
        max_size=400,
    ).map(" ".join),
)


@settings(max_examples=300, deadline=None)
@given(text=_NASTY)
def test_no_text_whatever_raises(read, moa, text):
    for home in (None, moa):
        reading = read(text, sender_place=home)
        assert reading.kind in ("report", "chat")
        assert (reading.hazard is None) == (reading.kind == "chat")
        assert reading.why
        as_json(reading)


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "Moa " * 2_500, "1.11 " * 2_000, "\ud800" * 10_000, "ﷺ" * 10_000]
)
def test_a_huge_text_is_read_too(read, text):
    assert read(text).kind in ("report", "chat")


def test_a_language_of_its_own_needs_no_other(kenya: Gazetteer, moa: Entry):
    reading = understand(
        "watu wenye silaha hapa",
        gazetteer=kenya,
        lexicon=load(["sw"]),
        languages=["sw"],
        sender_place=moa,
    )
    assert reading.hazard == "armed_group"
