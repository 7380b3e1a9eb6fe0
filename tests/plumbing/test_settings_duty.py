"""The rota: whom a shift covers, and what is wrong with a rota, in plain words."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.plumbing.settings import SettingsError, load_settings
from gateway.plumbing.settings_duty import Shift

NAIROBI = ZoneInfo("Africa/Nairobi")


@pytest.mark.parametrize(
    ("hours", "days", "moment", "covered"),
    [
        ("", "", "2026-03-10T03:00", True),
        ("06:00-18:00", "", "2026-03-10T06:00", True),
        ("06:00-18:00", "", "2026-03-10T18:00", False),
        ("18:00-06:00", "", "2026-03-10T18:00", True),
        ("18:00-06:00", "", "2026-03-11T05:59", True),
        ("18:00-06:00", "", "2026-03-11T06:00", False),
        ("", "mon-fri", "2026-03-13T23:59", True),  # a Friday
        ("", "mon-fri", "2026-03-14T00:00", False),
        ("18:00-06:00", "mon-fri", "2026-03-14T05:00", True),  # the night of that Friday
        ("18:00-06:00", "mon-fri", "2026-03-16T05:00", False),  # the night of Sunday
        ("18:00-06:00", "mon-fri", "2026-03-14T18:00", False),
        ("", "sat,sun", "2026-03-15T12:00", True),
        ("", "fri-mon", "2026-03-16T12:00", True),
        ("", "fri-mon", "2026-03-17T12:00", False),
        ("", "tue", "2026-03-17T12:00", True),
        ("", "mon-wed,sat", "2026-03-14T12:00", True),
        ("", "mon-sun", "2026-03-15T12:00", True),
    ],
)
def test_a_shift_covers_its_hours_of_its_days(
    hours: str, days: str, moment: str, covered: bool
) -> None:
    local = datetime.fromisoformat(moment).replace(tzinfo=NAIROBI)
    assert Shift(people=("amina",), hours=hours, days=days).covers(local) is covered


def test_the_shipped_rota_is_empty_and_every_severity_has_its_factor() -> None:
    settings = load_settings({})
    assert settings.rota == ()
    factor = settings.escalation.severity_factor
    assert [factor.of(word) for word in ("extreme", "high", "medium", "low", None)] == [
        0.5, 0.75, 1.0, 1.5, 1.0,
    ]  # fmt: skip


def test_a_rota_from_the_environment() -> None:
    text = '[{people = ["amina", "brian"], hours = "18:00-06:00"}, {people = ["chebet"]}]'
    rota = load_settings({"GATEWAY_ROTA": text}).rota
    assert [shift.people for shift in rota] == [("amina", "brian"), ("chebet",)]
    night = datetime(2026, 3, 10, 20, 0, tzinfo=UTC).astimezone(NAIROBI)
    assert rota[0].covers(night)


@pytest.mark.parametrize(
    ("entry", "key", "words"),
    [
        ('people = ["a"], hours = "6-18"', "rota.0.hours", 'such as "18:00-06:00"'),
        ('people = ["a"], hours = "25:00-06:00"', "rota.0.hours", 'such as "18:00-06:00"'),
        ('people = ["a"], hours = "06:00-06:00"', "rota.0.hours", 'or "" for always'),
        ('people = ["a"], days = "weekdays"', "rota.0.days", 'such as "mon-fri"'),
        ('people = ["a"], days = "mon-wed-fri"', "rota.0.days", 'such as "mon-fri"'),
        ('people = ["a"], days = "mon-"', "rota.0.days", 'such as "mon-fri"'),
        ('people = ["a"], days = "mon,"', "rota.0.days", 'such as "mon-fri"'),
        ("people = []", "rota.0.people", "name at least one"),
        ('people = ["a", "A"]', "rota.0.people", "stands there twice"),
        ('people = ["a", " "]', "rota.0.people", "a name is empty"),
        ('hours = ""', "rota.0.people", "is missing"),
        ('people = ["a"], hour = ""', "rota.0.hour", "there is no such setting"),
    ],
)
def test_mistakes_of_a_rota_are_said_in_plain_words(entry: str, key: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"GATEWAY_ROTA": f"[{{{entry}}}]"})
    (problem,) = caught.value.problems
    assert problem.startswith(f"{key}: ")
    assert words in problem


@pytest.mark.parametrize("factor", ["0", "-1", "11", "much"])
def test_a_factor_is_a_sensible_number(factor: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"GATEWAY_ESCALATION__SEVERITY_FACTOR__LOW": factor})
    assert caught.value.problems[0].startswith("escalation.severity_factor.low: ")
