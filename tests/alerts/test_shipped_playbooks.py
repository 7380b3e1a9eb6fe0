"""The shipped playbooks are whole, and a broken file says everything that is wrong with it."""

import pytest

from gateway.alerts import lettering, playbooks, wording
from gateway.alerts.playbooks import checked_line, checked_steps, read, shipped
from gateway.terms.gsm7 import encoding_of
from gateway.terms.refusals import Refused


def test_the_shipped_file_has_no_mistake_and_a_line_in_every_language() -> None:
    shelf = shipped()
    assert shelf.problems == ()
    assert set(shelf.playbooks) == set(playbooks.hazards())
    assert len(shelf.playbooks) == 9
    for playbook in shelf.playbooks.values():
        assert set(playbook.action) == set(wording.languages())
        assert 5 <= len(playbook.steps) <= 9
        assert max(map(len, playbook.steps)) <= 90


@pytest.mark.parametrize("hazard", playbooks.hazards())
def test_a_line_is_one_breath_in_the_alphabet_of_its_language(hazard: str) -> None:
    for language, line in shipped().of(hazard).action.items():
        other_script = language in ("am", "ar")
        assert encoding_of(line) == ("UCS-2" if other_script else "GSM-7")
        assert len(line) <= (60 if other_script else 90), (language, line)


def test_every_mistake_of_the_file_is_said_at_once_and_the_rest_serves() -> None:
    tables = {
        "attack": {"steps": ["Call", " "], "action": {"en": "Hide", "xx": "?"}, "colour": 1},
        "rumour": {"steps": [], "action": {"en": "x" * 201, "sw": 5}},
        "flood": {},
    }
    shelf = read(tables, ["attack", "rumour", "other"], ["en", "sw"])
    file = "config/playbooks.toml:"
    assert set(shelf.problems) == {
        f"{file} 'flood' is no hazard to warn of",
        f"{file} [other] is missing",
        f"{file} [attack] has an unknown key 'colour'",
        f"{file} [attack] steps: number 2 is empty",
        f"{file} [attack] action.xx: there is no such language",
        f"{file} [attack] action.sw is missing",
        f"{file} [rumour] steps: expected a list of steps",
        f"{file} [rumour] action.en has 201 letters; 200 is the most",
        f"{file} [rumour] action.sw is no text",
    }
    assert shelf.of("attack") == playbooks.Playbook(("Call",), {"en": "Hide."})
    assert shelf.of("other") == playbooks.Playbook((), {})


@pytest.mark.parametrize(
    ("language", "typed", "kept"),
    [
        ("en", "  Stay \n inside\x07 ", "Stay inside."),
        ("en", "Stay inside!", "Stay inside!"),
        ("am", "ቤት ይቆዩ", "ቤት ይቆዩ።"),
        ("fr", "Restez à l’abri, forêt…", "Restez à l'abri, foret..."),
        ("en", " \u200b ", ""),
    ],
)
def test_a_typed_line_becomes_a_plain_sentence(language: str, typed: str, kept: str) -> None:
    assert checked_line(typed, language) == kept


def test_a_line_or_steps_that_cannot_be_kept_are_refused_with_the_reason() -> None:
    with pytest.raises(Refused, match="line in Hausa has 201 letters; 200 is the most"):
        checked_line("x" * 201, "ha")
    with pytest.raises(Refused, match=r"line in English holds a private letter \(U\+E000\)"):
        checked_line("Hide \ue000", "en")
    with pytest.raises(Refused, match="These are 16 steps; 15 is the most"):
        checked_steps("\n".join(f"step {number}" for number in range(16)))
    with pytest.raises(Refused, match="Step 2 has 161 letters"):
        checked_steps("first\r\n" + "x" * 161)
    assert checked_steps(" one \r\n\r\ntwo\x07\none") == ["one", "two"]


def test_the_letters_of_the_shipped_file_are_sound() -> None:
    assert lettering.problems() == []
    assert not lettering.of("am").accents
    assert lettering.of("ha").instead["ɗ"] == "d"
