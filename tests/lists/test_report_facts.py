"""What a report tells besides hazard and place, as the page says it."""

import json
from zoneinfo import ZoneInfo

import pytest

from gateway.lists.report_facts import sentences

NAIROBI = ZoneInfo("Africa/Nairobi")


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"act": "observation"}, ()),
        ({"act": "question"}, ("asks",)),
        ({"count": 20}, ("20 armed people",)),
        ({"casualties": [{"state": "killed", "count": 3}]}, ("3 killed",)),
        (
            {"casualties": [{"state": "killed", "count": 30, "low": 20, "high": 30}]},
            ("20 to 30 killed",),
        ),
        ({"casualties": [{"state": "injured", "count": None}]}, ("people injured",)),
        ({"severity": {"level": "low", "cues": []}}, ()),
        (
            {"severity": {"level": "high", "cues": ["weapons: guns", "ongoing: now"]}},
            ("severity high: weapons: guns; ongoing: now",),
        ),
        (
            {
                "when": {
                    "text": "last night",
                    "from": "2026-03-13T15:00:00+00:00",
                    "to": "2026-03-14T03:00:00+00:00",
                }
            },
            ("when: last night (Fri 18:00 to Sat 06:00)",),
        ),
        ({"when": {"text": "juzi", "from": None, "to": None}}, ("when: juzi",)),
        (
            {
                "movement": {
                    "from": "Garsen", "to": "Kipini", "bearing_deg": 121, "through": ["Minjila"],
                    "who": "raiders", "by": "foot", "arrival_minutes": 815,
                }
            },
            (
                "raiders move from Garsen to Kipini through Minjila (121°) by foot, "
                "there in about 815 min",
            ),
        ),
        ({"choices": [{"name": "Moa"}, {"name": "Moa"}]}, ("may be any of 2 places: Moa, Moa",)),
    ],
)  # fmt: skip
def test_each_fact_is_a_short_sentence(facts, told):
    assert sentences(json.dumps(facts), NAIROBI) == told


@pytest.mark.parametrize("sealed", [None, "", "not json", "[1]", "null"])
def test_reports_from_before_have_none(sealed):
    assert sentences(sealed, NAIROBI) == ()
