"""Every text exists in every language, fits its SMS, and says nothing that it must not."""

import re
import tomllib

import pytest

from gateway.alerts import wording
from gateway.alerts.drafting import NO_WARNING
from gateway.alerts.reminders import KINDS
from gateway.inbox import keywords
from gateway.inbox.answers import Answer
from gateway.inbox.orders import Order
from gateway.plumbing.resources import TEMPLATES, config_file
from gateway.terms.gsm7 import encoding_of, segments

LANGUAGES = sorted(folder.name for folder in (TEMPLATES / "sms").iterdir())
HAZARDS = sorted(tomllib.loads(config_file("hazards.toml").read_text(encoding="utf-8")))
WARNINGS = [f"warning_{hazard}" for hazard in HAZARDS if hazard not in NO_WARNING]
# Every hazard that neighbours are asked about.
ASKED = sorted({*HAZARDS} - NO_WARNING - {"gender_based_violence"})
# Ethiopic and Arabic letters take an SMS of 70 instead of 160: their texts may be twice as many.
OTHER_SCRIPTS = {"am", "ar"}
CARRIES_A_WARNING = {"page_approve", "page_glass"}
NOTHING_TO_ORDER = {"page_drill", "page_low_balance"}
PAGES = {"page_unseen", "page_unjudged", "page_help", *NOTHING_TO_ORDER}
CAMPAIGNS = {f"campaign_{kind}" for kind in KINDS}
TWO_SEGMENTS = {*WARNINGS, *CAMPAIGNS, *PAGES, "all_clear", "cancel", "exercise", "update"}
TWO_SEGMENTS |= {"status_alert", "code_wrong_alert"}
ORDERED = {*PAGES, "code_wrong"} - NOTHING_TO_ORDER
TAUGHT = ORDERED | CARRIES_A_WARNING
ANSWERED = {"ask_reply", "ask_again", "ask_which", "ask_quiet"}
# YES, NO, UNSURE and QUIET as the questions teach them.
ANSWERS = {
    "en": ("YES", "NO", "UNSURE", "QUIET"),
    "sw": ("NDIYO", "HAPANA", "SIJUI", "SHWARI"),
    "fr": ("OUI", "NON", "PAS SUR", "CALME"),
    "ar": ("نعم", "لا", "لا أعرف", "هدوء"),
    "so": ("HAA", "MAYA", "MA HUBO", "NABAD"),
    "am": ("አዎ", "አይ", "አላውቅም", "ሁሉም ሰላም"),
    "rw": ("YEGO", "OYA", "SIMBIZI", "AMAHORO"),
    "ha": ("EH", "A'A", "BAN SANI BA", "KOMAI LAFIYA"),
    "ln": ("EE", "TE", "NAYEBI TE", "KIMIA"),
}

EXPECTED = {
    "join_ok": {"service", "place"},
    "join_no_place": {"service"},
    "join_unknown": {"place"},
    "join_which": {"choices"},
    "place_ok": {"place"},
    "place_not_joined": {"place"},
    "place_unknown": {"place"},
    "place_which": {"choices"},
    "place_missing": set(),
    "stop_ok": {"service"},
    "start_ok": {"service"},
    "help": {"service"},
    "lang_ok": set(),
    "lang_unknown": {"languages"},
    "status_clear": {"place"},
    "status_alert": {"text"},
    "status_no_place": set(),
    "ack_neutral": set(),
    "ack_full": {"place", "hazard"},
    "page_unseen": {"number", "hazard", "place", "minutes", "code"},
    "page_unjudged": {"number", "hazard", "place", "minutes", "code"},
    "page_help": {"number", "place", "warning", "code"},
    "page_approve": {"number", "people", "text", "code"},
    "page_glass": {"number", "name", "seconds", "text", "code"},
    "page_drill": {"days"},
    "page_low_balance": {"account", "balance", "days"},
    "approve_ok": {"number"},
    "hold_ok": {"number"},
    "decide_refused": {"number"},
    "code_wrong_alert": {"number"},
    "reply_safe": set(),
    "reply_help": set(),
    "reply_moved": set(),
    "ask_reply": {"question", "number"},
    "ask_again": {"question", "number"},
    "ask_thanks": set(),
    "ask_which": {"numbers"},
    "ask_closed": set(),
    "ask_quiet": {"place"},
    "quiet_thanks": set(),
    "ask_place": set(),
    "ask_place_which": {"choices"},
    "ask_hazard": set(),
    "told_thanks": set(),
    "after_judgement": set(),
    "take_ok": {"number"},
    "take_over": {"number", "name"},
    "judged_ok": {"number", "state_word"},
    "state_verified": set(),
    "state_refuted": set(),
    "code_wrong": {"number"},
    "code_locked": set(),
    "judge_refused": {"number"},
    "all_clear": {"source", "place", "time"},
    "cancel": {"source", "place", "time"},
    "exercise": {"text"},
    "update": {"text"},
}
EXPECTED |= {f"hazard_{hazard}": set() for hazard in HAZARDS}
EXPECTED |= {f"ask_{hazard}": {"place"} for hazard in ASKED}
EXPECTED |= {name: {"source"} for name in CAMPAIGNS}
EXPECTED["campaign_checked_false"] = {"source", "place"}
EXPECTED |= {warning: {"source", "place", "action", "until"} for warning in WARNINGS}

BETRAYING = "alert|report|gateway|warn|danger|incident|arifa|onyo|hatari|taarifa|alerte|rapport"

LONGEST = {
    "account": "a" * 32,
    "balance": "1,000,000.00 USD",
    "service": "s" * 30,
    "source": "Community Alert",
    "place": "p" * 25,
    "action": "a" * 95,
    "until": "u" * 12,
    "time": "t" * 12,
    "choices": "c" * 80,
    "languages": "EN, SW, FR",
    "number": "1234567",
    "minutes": "1440",
    "people": "1000000",
    "seconds": "1800",
    "days": "366",
    "warning": "1234567",
    "hazard": "h" * 26,
    "text": "t" * 280,
    "numbers": "12, 13, 14",
    "code": "123456",
    "name": "n" * 20,
    "state_word": "w" * 20,
}


def longest(language: str, name: str, **values: str) -> str:
    asked = (wording.render(language, f"ask_{hazard}", place="p" * 20) for hazard in ASKED)
    known = LONGEST | {"question": max(asked, key=len)}
    facts = {field: known[field] for field in wording.fields(language, name)}
    if "question" in facts:
        facts["number"] = "12"
    if "text" in facts and language in OTHER_SCRIPTS:
        facts["text"] = "t" * 245  # four segments of 67 with the words around it
    if "action" in facts and language in OTHER_SCRIPTS:
        facts["action"] = "a" * 62
    return wording.render(language, name, **(facts | values))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_exists_in_every_language_with_its_fields(language: str) -> None:
    files = {path.stem for path in (TEMPLATES / "sms" / language).iterdir()}
    assert files == EXPECTED.keys() == wording.names()
    for name, expected in EXPECTED.items():
        assert wording.fields(language, name) == expected, name


def most_segments(language: str, name: str) -> int:
    if name in CARRIES_A_WARNING:
        return 9 if language in OTHER_SCRIPTS else 4
    if name in PAGES:
        return 3 if language in OTHER_SCRIPTS else 2
    return (2 if name in TWO_SEGMENTS else 1) * (2 if language in OTHER_SCRIPTS else 1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_text_fits_its_segments_in_its_alphabet(language: str, name: str) -> None:
    text = longest(language, name)
    assert encoding_of(text) == ("UCS-2" if language in OTHER_SCRIPTS else "GSM-7")
    assert segments(text) <= most_segments(language, name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*WARNINGS, "all_clear", "cancel"])
def test_a_warning_marked_as_an_exercise_still_fits(language: str, name: str) -> None:
    text = wording.render(language, "exercise", text=longest(language, name))
    assert segments(text) <= most_segments(language, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_hazards_fit_where_they_are_named(language: str) -> None:
    for hazard in HAZARDS:
        assert len(wording.render(language, f"hazard_{hazard}")) <= len(LONGEST["hazard"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_has_its_five_parts_in_order(language: str, name: str) -> None:
    facts = {"source": "SOURCE", "place": "PLACE", "action": "ACTION.", "until": "UNTIL"}
    text = wording.render(language, name, **facts)
    assert re.fullmatch(r"SOURCE: .{15,}?[.።] \w+: PLACE[.።] ACTION\. [^.።]+ UNTIL[.።]", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_neutral_answer_betrays_nothing_to_who_holds_the_phone(language: str) -> None:
    text = wording.render(language, "ack_neutral").lower()
    assert not re.search(BETRAYING, text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - TWO_SEGMENTS - ANSWERED - TAUGHT))
def test_the_commands_that_a_text_teaches_are_understood(language: str, name: str) -> None:
    known = keywords.load([language])
    text = wording.render(language, name, **dict.fromkeys(wording.fields(language, name), "-"))
    for word in re.findall(r"\b[A-Z]{4,}\b", text):
        assert known.parse(word) is not None, word


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(ORDERED))
def test_the_orders_that_a_page_teaches_are_understood(language: str, name: str) -> None:
    known = keywords.load([language])
    text = wording.render(language, name, **dict.fromkeys(wording.fields(language, name), "12"))
    taught = re.findall(r"\b([A-Z]{4,}) 12( 12)?", text)
    found = [
        known.parse_order(f"{word} 17 123456"[: None if code else -7]) for word, code in taught
    ]
    orders = [("take", ""), ("verify", "123456"), ("refute", "123456")]
    expected = [Order(word, 17, code) for word, code in orders]
    assert found == (expected if name in PAGES else expected[:1])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(CARRIES_A_WARNING))
def test_the_orders_that_a_waiting_warning_teaches_are_understood(language: str, name: str) -> None:
    known = keywords.load([language])
    facts = {"text": "-", "name": "-", "people": "-", "seconds": "-"}
    known_facts = {field: facts.get(field, "12") for field in wording.fields(language, name)}
    text = wording.render(language, name, **known_facts)
    found = [known.parse_order(f"{word} W17 123456") for word in re.findall(r"(\w+) 12 12\b", text)]
    orders = ["hold", "approve"] if name == "page_glass" else ["approve"]
    assert found == [Order(order, 17, "123456") for order in orders]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answers_that_a_question_teaches_are_understood(language: str) -> None:
    known = keywords.load([language])
    *answers, quiet = ANSWERS[language]
    for name, word in zip(("yes", "no", "unsure"), answers, strict=True):
        command = known.parse(f"{word} 12")
        assert command is not None
        assert (command.name, command.args) == (name, "12")
        assert known.parse_answer(f"{word} 12") == Answer(name, 12, "")
        assert known.parse_answer(word) == Answer(name, None, "")
        for template in ("ask_reply", "ask_again"):
            assert f"{word} 12" in wording.render(language, template, question="-", number="12")
        assert word in wording.render(language, "ask_which", numbers="12, 13")
    command = known.parse(quiet)
    assert command is not None
    assert command.name == "quiet"
    assert quiet in wording.render(language, "ask_quiet", place="-")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hazard", ASKED)
def test_a_question_betrays_no_report_and_nobody(language: str, hazard: str) -> None:
    text = wording.render(language, f"ask_{hazard}", place="Moa").lower()
    betraying = (
        "report|told|said|message|someone|taarifa|wamesema|tumesikia|signal|rapport|dit que|on nous"
        "|بلاغ|قيل|أبلغ|la sheegay|wargelin|ተነግሯል|ሪፖርት|havuzwe|twabwiwe|an ce|rahoto|bayebisi"
    )
    assert not re.search(betraying, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_campaign_teaches_words_that_are_understood_and_names_no_group(language: str) -> None:
    known = keywords.load([language])
    quiet = ANSWERS[language][3]
    assert quiet in wording.render(language, "campaign_all_quiet", source="-")
    stop = wording.render(language, "campaign_how_to_report", source="-").rstrip(".። \n")
    for word in (*stop.split()[-2:], stop.split()[-1].strip(":")):
        command = known.parse(word)
        if command is not None and command.name == "stop":
            break
    else:
        pytest.fail(f"no word in {language} that stops")
    for name in CAMPAIGNS - {"campaign_checked_false"}:
        assert wording.fields(language, name) == {"source"}, "no place, no group, no law by name"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_thanks_afterwards_betray_nothing_to_who_holds_the_phone(language: str) -> None:
    text = wording.render(language, "after_judgement").lower()
    outcomes = [wording.render(language, f"state_{state}") for state in ("verified", "refuted")]
    hazards = [wording.render(language, f"hazard_{hazard}") for hazard in {*HAZARDS} - NO_WARNING]
    assert not [word for word in (*outcomes, *hazards) if word in text]
    assert not re.search(BETRAYING, text)


def test_the_marks_of_an_exercise_differ_from_any_warning() -> None:
    assert wording.render("en", "exercise", text="").strip() == "EXERCISE ONLY."


def test_an_unknown_language_falls_back_to_english() -> None:
    english = wording.render("en", "stop_ok", service="Community Alert")
    for language in ("yo", "", "xx-YY"):
        assert wording.render(language, "stop_ok", service="Community Alert") == english


def test_braces_and_percents_in_a_value_are_kept_literally() -> None:
    text = wording.render("en", "status_alert", text="{place} %s {0} {{x}} \\1")
    assert text.endswith("{place} %s {0} {{x}} \\1")


def test_white_space_in_a_value_is_collapsed() -> None:
    assert wording.render("en", "place_ok", place=" Moa \n\n East\t").count("Moa East.") == 1


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("place_ok", {}, "'place_ok' lacks the field 'place'"),
        ("place_ok", {"place": "Moa", "colour": "red"}, "'place_ok' has no field 'colour'"),
        ("place_gone", {}, "no SMS template 'place_gone'"),
        ("../../pyproject", {}, "no SMS template"),
    ],
)
def test_a_wrong_name_or_field_is_named(name: str, values: dict[str, str], words: str) -> None:
    with pytest.raises(wording.WordingError, match=re.escape(words)):
        wording.render("en", name, **values)
