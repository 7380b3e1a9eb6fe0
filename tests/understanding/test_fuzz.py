"""Whatever arrives is read: never an exception, never long enough to hold up the next message."""

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.lexicon import Lexicon, known_languages, load
from gateway.understanding.reading import as_json, understand

LONGEST_S = 0.05
# Fifty places of one name, as large countries have them, and others that sound like it.
PLACES = Gazetteer(
    [
        Entry(1 + n, name, -4 + n / 9, 34 + n / 11, "locality", population=n * 900)
        for n, name in enumerate(["Sabon Gari"] * 50 + ["Sabongari", "Moa", "Garsen", "Saint Marc"])
    ]
)
LANGUAGES = known_languages()
TELLING = """
sabon gari Sabon Gari Sabongary moa MOA garsen from to near between and 5km 12 km north of saa nne
-2.35 40.31 armed men watu wenye silaha attaque no not si kweli , . ! ? : ( ) -- # @ village jana
hakuna killed 3 three st Marc 2°21'S https://maps.example/?q=1,2 ያው الهجوم 🙂 ١٢ ² 99:99
99999999999999999999 +
"""
WORDS = st.sampled_from([*TELLING.split(), "\u202e", "\u0301", "\x00"])


def cpu_seconds(text: str, lexicon: Lexicon) -> float:
    start = time.process_time()
    reading = understand(text, gazetteer=PLACES, lexicon=lexicon, languages=LANGUAGES)
    as_json(reading)
    return time.process_time() - start


def check(text: str) -> None:
    lexicon = load(LANGUAGES)
    took = cpu_seconds(text, lexicon)
    if took > LONGEST_S:  # once more: the first time fills what is kept, or the machine was busy
        took = min(cpu_seconds(text, lexicon) for _ in range(3))
    assert took <= LONGEST_S


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=1_800))
def test_any_text_is_read_in_time(text):
    check(text)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS, max_size=400).map(" ".join))
def test_any_pile_of_telling_words_is_read_in_time(text):
    check(text)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS, min_size=1, max_size=3), st.integers(1, 400))
def test_what_is_said_over_and_over_is_read_in_time(words, times):
    check(" ".join(words * times))
