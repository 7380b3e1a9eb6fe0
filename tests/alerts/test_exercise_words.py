"""Whatever is sent in an exercise begins with the word for it, in each language."""

from collections.abc import Mapping

import pytest

from gateway.alerts import lettering, questions, wording
from gateway.alerts.drafting import NO_WARNING, Facts, checked_texts, draft_texts
from gateway.alerts.marking import marked
from gateway.alerts.playbooks import shipped
from gateway.plumbing.resources import TEMPLATES
from gateway.understanding.lexicon import hazards

LANGUAGES = sorted(path.name for path in (TEMPLATES / "sms").iterdir())
PURPOSES = sorted({"warning", "update", "cancel", "all_clear"} & {"warning", *wording.names()})


def facts(hazard: str, exercise: bool = True) -> Facts:
    return Facts("Community Alert", hazard, "Moa", "18:30", exercise)


def actions(hazard: str) -> Mapping[str, str]:
    return shipped().of(hazard).action


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_an_exercise_begins_with_its_word(language: str) -> None:
    word = lettering.plain(wording.render(language, "exercise", text="").strip(), language)
    assert len(word) > 5
    texts = [
        draft_texts(purpose, facts(hazard), [language], actions(hazard))[language]
        for purpose in PURPOSES
        for hazard in sorted(hazards().keys() - NO_WARNING)
    ]
    edited = checked_texts({language: "Stay at home."}, [language], exercise=True)
    texts.append(edited[language])
    for ask in (questions.asked, questions.asked_again):
        texts.append(
            ask(language, "confirm", hazard="attack", place="Moa", number=3, exercise=True)
        )
        texts.append(ask(language, "quiet", hazard=None, place="Moa", number=3, exercise=True))
    texts += [marked(language, wording.render(language, "ack_neutral"))]
    assert [text for text in texts if not text.startswith(word)] == []
    assert [text for text in texts if text.count(word) != 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_is_real_begins_with_it(language: str) -> None:
    word = wording.render(language, "exercise", text="").strip()
    real = facts("attack", exercise=False)
    text = draft_texts("warning", real, [language], actions("attack"))[language]
    assert word not in text
    assert marked(language, marked(language, "x")) == marked(language, "x")


def test_the_words_of_the_languages_differ() -> None:
    assert len({wording.render(one, "exercise", text="") for one in LANGUAGES}) == len(LANGUAGES)
