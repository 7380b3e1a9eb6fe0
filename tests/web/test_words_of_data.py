"""What data and other floors say to people is known to the catalogues."""

import inspect
import re
from pathlib import Path

import pytest

from gateway.alerts.reminders import DAYS, KINDS, RULES
from gateway.incidents.casualties import KINDS as HARM
from gateway.incidents.factors import load as load_factors
from gateway.lists.campaigns import OUTCOMES
from gateway.understanding.hazards import hazards
from gateway.understanding.lexicon import known_languages
from gateway.web import vocabulary

TEMPLATES = Path(__file__).parents[2] / "templates"
LISTED = {
    words
    for name, value in inspect.getmembers(vocabulary)
    if name.isupper() and isinstance(value, tuple)
    for words in value
}


@pytest.mark.parametrize("said", [DAYS, KINDS, RULES, OUTCOMES], ids=str)
def test_words_of_campaigns_are_listed(said: dict[str, str]) -> None:
    assert set(said.values()) <= LISTED


def test_risk_factors_and_harm_are_listed() -> None:
    factors = load_factors(hazards(), known_languages()).by_number.values()
    assert {one.title for one in factors} | {one.about for one in factors} <= LISTED
    assert set(HARM) <= LISTED


def test_no_template_translates_a_constant_by_a_filter() -> None:
    """It is done once, when the template is compiled, in the language of whoever came first."""
    constant = re.compile(r"""["']\s*\|\s*(?:spoken|said|hazard|language|decided|stance)\b""")
    found = [
        (path.name, match[0])
        for path in TEMPLATES.rglob("*.html")
        for match in constant.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
