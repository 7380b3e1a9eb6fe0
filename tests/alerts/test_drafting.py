"""A drafted warning has its five parts in each language, fits its SMS, and is never half."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from gateway.alerts import drafting, wording
from gateway.alerts.drafting import Facts, checked_texts, draft_texts, faults
from gateway.alerts.playbooks import hazards, shipped
from gateway.terms.gsm7 import encoding_of, segments
from gateway.terms.refusals import Refused
from gateway.understanding.folding import tokens
from gateway.understanding.lexicon import Lexicon, load
from tests.templates import breakable_templates

LANGUAGES = wording.languages()
OTHER_SCRIPTS = {"am", "ar"}
SOURCE = "Amani Early Warnings"  # 20 letters
PLACE = "Old Garissa Road Junction"  # 25
UNTIL = "18:30 12/03"
# What the text says instead of the hazard's name: "their homes", "unconfirmed".
ALSO = {
    ("displacement", "am"): "ቤታቸውን",
    ("displacement", "ar"): "بيوتهم",
    ("rumour", "rw"): "atemejwe",
}
CASES = list(product(hazards(), LANGUAGES))


def facts(hazard: str = "attack", *, exercise: bool = False, place: str = PLACE) -> Facts:
    return Facts(SOURCE, hazard, place, UNTIL, exercise)


def drafted(hazard: str, language: str, purpose: str = "warning", **how: bool) -> str:
    playbook = shipped().of(hazard).action
    return draft_texts(purpose, facts(hazard, **how), [language], playbook)[language]


@pytest.fixture(scope="module")
def lexicons() -> dict[str, Lexicon]:
    return {language: load((language,)) for language in LANGUAGES}


def tells(hazard: str, language: str, text: str, lexicon: Lexicon) -> bool:
    """Whether the text has a word of this hazard: one that witnesses use, or of its name."""
    words = [token.word for token in tokens(text, 200)]
    told = {hit.value.hazard for at in range(len(words)) for hit in lexicon.hazards.at(words, at)}
    name = f"{wording.render(language, f'hazard_{hazard}')} {ALSO.get((hazard, language), '')}"
    stems = {token.word[:4] for token in tokens(name, 20) if len(token.word) > 3}
    return hazard in told or any(stem in word for word in words for stem in stems)


@pytest.mark.parametrize(("hazard", "language"), CASES)
def test_a_drafted_warning_has_its_five_parts_in_the_order_that_reads_best(
    hazard: str, language: str, lexicons: dict[str, Lexicon]
) -> None:
    text = drafted(hazard, language)
    action = shipped().of(hazard).action[language]
    parts = re.fullmatch(
        rf"{SOURCE}: (?P<hazard>.+[.።]) \w+: {PLACE}[.።] {re.escape(action)} [^.።]+ {UNTIL}[.።]",
        text,
    )
    assert parts, text
    assert tells(hazard, language, parts["hazard"], lexicons[language]), parts["hazard"]


@pytest.mark.parametrize(("hazard", "language"), CASES)
def test_a_drafted_warning_fits_two_sms_and_three_in_other_scripts(
    hazard: str, language: str
) -> None:
    most, encoding = (3, "UCS-2") if language in OTHER_SCRIPTS else (2, "GSM-7")
    for purpose, exercise in product(("warning", "update", "all_clear", "cancel"), (False, True)):
        text = drafted(hazard, language, purpose, exercise=exercise)
        assert (encoding_of(text), segments(text) <= most) == (encoding, True), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_marks_stand_in_front_of_everything(language: str) -> None:
    exercise = wording.render(language, "exercise", text="").strip()
    update = wording.render(language, "update", text="").strip()
    assert drafted("attack", language, exercise=True).startswith(f"{exercise} {SOURCE}")
    assert drafted("attack", language, "update").startswith(f"{update} {SOURCE}")
    both = drafted("attack", language, "update", exercise=True)
    assert both.startswith(f"{exercise} {update} {SOURCE}")


def test_marks_differ_in_every_language() -> None:
    for name in ("exercise", "update"):
        marks = {wording.render(language, name, text="") for language in LANGUAGES}
        assert len(marks) == len(LANGUAGES)


def test_the_line_of_the_playbook_is_what_people_are_told_to_do() -> None:
    texts = draft_texts("warning", facts(), ["en", "sw"], {"en": "Stay where you are.", "sw": "X."})
    assert f"Place: {PLACE}. Stay where you are. Valid until" in texts["en"]
    assert f"{PLACE}. X. Hadi" in texts["sw"]


def test_a_language_without_a_line_stands_empty_and_says_why() -> None:
    texts = draft_texts("warning", facts(), ["en", "so"], {"en": "Stay inside."})
    assert texts["so"] == ""
    assert "Stay inside." in texts["en"]
    why = faults("warning", "attack", ["en", "so"], {"en": "Stay inside."})
    assert list(why) == ["so"]
    assert "no line in Somali" in why["so"]
    with pytest.raises(Refused, match="The text in Somali is missing"):
        drafting.need_every_text(texts)
    assert draft_texts("cancel", facts(), ["so"], {})["so"]  # it tells nobody what to do


def test_a_language_that_has_no_texts_at_all_is_drafted_wholly_in_english() -> None:
    texts = draft_texts("warning", facts(), ["en", "pt"], {"en": "Stay inside.", "pt": "Fique."})
    assert texts["pt"] == texts["en"]


@pytest.fixture
def templates(tmp_path: Path) -> Iterator[Path]:
    with breakable_templates(tmp_path) as folder:
        yield folder


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{source}: hatari. Mahali: {place}. {action}", "lacks the field {until}"),
        ("{source} {place} {action} {until} {colour}", "a field {colour} that nothing fills"),
        ("{source} {place} {action} {until} {}", "a field {} that nothing fills"),
        ("{source} {place} {action} {until", "cannot be read"),
        (None, "is missing"),
    ],
)
def test_a_broken_template_costs_its_own_language_only_and_names_the_file(
    templates: Path, text: str | None, words: str
) -> None:
    file = templates / "sw" / "warning_attack.txt"
    file.unlink() if text is None else file.write_text(text, encoding="utf-8")
    playbook = shipped().of("attack").action
    texts = draft_texts("warning", facts(), ["en", "sw"], playbook)
    assert (texts["sw"], "Attack reported" in texts["en"]) == ("", True)
    (why,) = faults("warning", "attack", ["en", "sw"], playbook).values()
    assert why.startswith("templates/sms/sw/warning_attack.txt")
    assert words in why
    assert why in drafting.template_faults("sw", hazards())
    assert drafting.template_faults("en", hazards()) == []


def test_a_field_that_every_language_lacks_is_found_too(templates: Path) -> None:
    for language in LANGUAGES:
        (templates / language / "warning_attack.txt").write_text("{source} {place} {until}")
    for language in LANGUAGES:
        (fault,) = drafting.template_faults(language, hazards())
        assert "warning_attack.txt lacks the field {action}" in fault


def test_the_shipped_texts_have_no_fault() -> None:
    assert [words for one in LANGUAGES for words in drafting.template_faults(one, hazards())] == []


def test_nothing_is_drafted_about_a_place_without_a_name_but_a_cancel() -> None:
    with pytest.raises(Refused, match="set its place first"):
        draft_texts("warning", facts(place=" "), ["en"], shipped().of("attack").action)
    assert draft_texts("cancel", facts(place=""), ["en"], {})["en"]


@pytest.mark.parametrize(
    ("letter", "words"),
    [
        ("\ud83d", r"half a letter \(U\+D83D\) in word 3"),
        ("\ue000", r"a private letter \(U\+E000\) in word 3"),
        ("\u0378", r"an unknown letter \(U\+0378\)"),
        ("\ufffe", r"an unknown letter \(U\+FFFE\)"),
        ("\ufffd", r"a letter that was lost on the way \(U\+FFFD\)"),
    ],
)
def test_a_letter_that_no_phone_shows_is_named_with_its_language(letter: str, words: str) -> None:
    texts = {"en": "All well", "so": f"Weerar ayaa {letter}dhacay"}
    with pytest.raises(Refused, match=rf"The text in Somali holds {words}"):
        checked_texts(texts, ["en", "so"], exercise=False)


def test_what_steers_or_hides_text_is_taken_out_and_scripts_keep_their_marks() -> None:
    texts = {"en": "Stay\x07 \u202ehome\u202c\u2066 now\u2069\ufeff", "ar": "مي\u200cخواهم\u200f"}
    assert checked_texts(texts, ["en", "ar"], exercise=False) == {
        "en": "Stay home now", "ar": "مي\u200cخواهم\u200f",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "typed", "sent"),
    [
        ("fr", "Forêt: “le cœur” – garçon, à l’abri…", "Foret: \"le coeur\" - garcon, à l'abri..."),
        ("ha", "Ƙungiya da ɓarayi sun ɗauki ƴara", "Kungiya da barayi sun dauki 'yara"),
        ("ln", "Bóyɛ́ba: mabɔ́kɔ likoló", "Boyeba: maboko likolo"),
        ("so", "Dhuusamarêb – ‘Ceel’", "Dhuusamareb - 'Ceel'"),
        ("en", "Café São Tomé", "Café Sao Tomé"),
        ("am", "“ጥቃት” – ተነግሯል", "“ጥቃት” – ተነግሯል"),
        ("fr", "Forêt العربية", "Forêt العربية"),  # nothing is gained: nothing is lost
    ],
)  # fmt: skip
def test_letters_become_simple_where_the_language_allows(
    language: str, typed: str, sent: str
) -> None:
    assert checked_texts({language: typed}, [language], exercise=False)[language] == sent


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"sw": "x", "fr": " \u200b\x00 "}, "The text in French is missing"),
        ({"sw": "x" * 919, "fr": "x"}, "The text in Swahili needs 7 SMS in GSM-7"),
    ],
)
def test_a_text_that_is_empty_or_too_long_is_refused(texts: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words):
        checked_texts(texts, ["sw", "fr"], exercise=False)
