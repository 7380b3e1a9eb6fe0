"""When it happened, as people say it, against the moment the text was received."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.understanding.folding import tokens
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.times import read_time

NAIROBI = ZoneInfo("Africa/Nairobi")
SATURDAY_EVENING = datetime(2026, 3, 14, 21, 10, tzinfo=NAIROBI)


def span(text: str, lexicon: Lexicon, received_at: datetime | None = SATURDAY_EVENING):
    return read_time(text, tokens(text), lexicon, received_at, NAIROBI)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("they are shooting now", "14 20:40", "14 21:10"),
        ("wanashambulia sasa hivi", "14 20:40", "14 21:10"),
        ("ils tirent en ce moment", "14 20:40", "14 21:10"),
        ("they came last night", "13 18:00", "14 06:00"),
        ("walikuja jana usiku", "13 18:00", "14 06:00"),
        ("attaque la nuit dernière", "13 18:00", "14 06:00"),
        ("yesterday", "13 00:00", "14 00:00"),
        ("juzi wamechoma nyumba", "12 00:00", "13 00:00"),
        ("avant-hier", "12 00:00", "13 00:00"),
        ("leo", "14 00:00", "14 21:10"),
        ("this morning", "14 04:00", "14 12:00"),
        ("tomorrow morning they will attack", "15 04:00", "15 12:00"),
        ("shots in the evening", "14 16:00", "14 21:10"),
        ("at 10 pm", "13 21:30", "13 22:30"),
        ("since 7am", "14 06:30", "14 07:30"),
        ("at 19:40", "14 19:10", "14 20:10"),
        ("at 7:40", "14 19:10", "14 20:10"),
        ("quarter to six", "14 17:15", "14 18:15"),
        ("half past four in the morning", "14 04:00", "14 05:00"),
        ("yesterday at 2 in the night", "14 01:30", "14 02:30"),
        ("vers 22h30 hier", "13 22:00", "13 23:00"),
        ("à 10 heures du matin", "14 09:30", "14 10:30"),
        ("saa nne asubuhi", "14 09:30", "14 10:30"),
        ("jana saa nne usiku", "13 21:30", "13 22:30"),
        ("saa 4:30 usiku", "13 22:00", "13 23:00"),
        ("saa nne na nusu usiku", "13 22:00", "13 23:00"),
        ("saa sita usiku", "13 23:30", "14 00:30"),
        ("kaskazini ya Garsen, saa nne usiku", "13 21:30", "13 22:30"),
        ("saa tatu kasorobo", "14 20:15", "14 21:10"),
        ("two hours ago", "14 18:10", "14 20:10"),
        ("il y a une heure", "14 19:40", "14 20:40"),
        ("dakika kumi zilizopita", "14 20:50", "14 21:10"),
        ("on Monday", "09 00:00", "10 00:00"),
        ("last saturday", "07 00:00", "08 00:00"),
        ("vendredi", "13 00:00", "14 00:00"),
        ("jumatatu ijayo", "16 00:00", "17 00:00"),
        ("at seven am", "14 06:30", "14 07:30"),
        ("on 12/3 they came", "12 00:00", "13 00:00"),
        ("on 12.03.2026", "12 00:00", "13 00:00"),
        ("wiki iliyopita", "04 09:10", "11 09:10"),
    ],
)
def test_a_time_is_a_span_that_ends_by_now_unless_it_is_to_come(text, begins, ends, lexicon):
    found = span(text, lexicon)
    assert found is not None
    assert (f"{found.from_:%d %H:%M}", f"{found.to:%d %H:%M}") == (begins, ends)


@pytest.mark.parametrize(
    "text",
    [
        "armed men in Moa",
        "I am in Moa and I am seeing smoke",
        "they attacked at 10 villages",
        "20 men from 3 villages",
        "ils sont à 3 villages d'ici",
        "wako saa mbili kwa miguu",
        "call 12.50 each",
        "5,000 shillings",
    ],
)
def test_a_number_alone_is_no_time(text, lexicon):
    assert span(text, lexicon) is None


def test_without_the_moment_of_receipt_the_words_alone_are_known(lexicon):
    found = span("attack yesterday at 10pm", lexicon, received_at=None)
    assert (found.text, found.from_, found.to) == ("yesterday 10pm", None, None)


def test_the_span_is_told_in_the_zone_of_the_deployment(lexicon):
    utc = datetime.fromisoformat("2026-03-14T22:30:00+00:00")  # 1:30 on Sunday in Nairobi
    found = span("today", lexicon, received_at=utc)
    assert f"{found.from_:%a %H:%M %z}" == "Sun 00:00 +0300"


@pytest.mark.parametrize("text", ["32/13", "31/2", "99:99", "25h", "saa 99", "0 hours ago", "²:00"])
def test_impossible_times_are_none(text, lexicon):
    assert span(text, lexicon) is None
