"""Calendars of campaigns: their dates, their words, and what is refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.alerts.reminders import (
    Calendar,
    checked,
    counted_since,
    due_dates,
    is_missed,
    last_due,
    next_due,
)
from gateway.terms.refusals import Refused

NAIROBI, BERLIN = ZoneInfo("Africa/Nairobi"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)  # a Tuesday, 18:30 in Nairobi
DAILY = Calendar("daily", "09:00", first="2026-03-01", last="2026-03-13")
WEEKLY = Calendar("weekly", "17:30", first="2026-03-10", last="2026-03-31", days=("thu", "mon"))
MONTHLY = Calendar("monthly", "08:00", first="2026-01-01", last="2026-06-30", day=28)
ELECTION = Calendar("election", "07:00", on="2026-03-20", before=(1, 3))


def local(moments: list[datetime], zone: ZoneInfo = NAIROBI) -> list[str]:
    return [f"{moment.astimezone(zone):%a %d %b %H:%M}" for moment in moments]


@pytest.mark.parametrize(
    ("calendar", "dates"),
    [
        (Calendar("once", "18:31", on="2026-03-10"), ["Tue 10 Mar 18:31"]),
        (DAILY, ["Wed 11 Mar 09:00", "Thu 12 Mar 09:00", "Fri 13 Mar 09:00"]),
        (WEEKLY, ["Thu 12 Mar 17:30", "Mon 16 Mar 17:30", "Thu 19 Mar 17:30", "Mon 23 Mar 17:30"]),
        (MONTHLY, ["Sat 28 Mar 08:00", "Tue 28 Apr 08:00", "Thu 28 May 08:00", "Sun 28 Jun 08:00"]),
        (ELECTION, ["Tue 17 Mar 07:00", "Thu 19 Mar 07:00", "Fri 20 Mar 07:00"]),
        (Calendar("now"), []),
    ],
    ids=lambda value: value.rule if isinstance(value, Calendar) else "",
)
def test_the_next_dates_are_those_of_the_rule(calendar: Calendar, dates: list[str]) -> None:
    assert local(due_dates(checked(calendar, NOW, NAIROBI), NOW, NAIROBI, 4)) == dates


def test_a_date_is_never_due_twice() -> None:
    first = next_due(DAILY, NOW, NAIROBI)
    assert first is not None
    assert next_due(DAILY, first, NAIROBI) == first + timedelta(days=1)
    assert next_due(DAILY, first - timedelta(microseconds=1), NAIROBI) == first


def test_an_hour_that_the_clocks_leave_out_comes_once_and_one_they_repeat_too() -> None:
    for first, last in (("2026-03-28", "2026-03-30"), ("2026-10-24", "2026-10-26")):
        calendar = Calendar("daily", "02:30", first=first, last=last)
        dates = due_dates(calendar, datetime.fromisoformat(first + "T00:00+00:00"), BERLIN, 9)
        assert [moment.astimezone(BERLIN).day for moment in dates] == list(
            range(int(first[-2:]), int(last[-2:]) + 1)
        )


def test_the_hour_on_the_clock_stays_when_the_clocks_change() -> None:
    calendar = Calendar("weekly", "09:00", first="2026-03-25", last="2026-04-02", days=("wed",))
    dates = due_dates(calendar, datetime(2026, 3, 24, tzinfo=UTC), BERLIN, 9)
    assert [moment.hour for moment in dates] == [8, 7]
    assert local(dates, BERLIN) == ["Wed 25 Mar 09:00", "Wed 01 Apr 09:00"]


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        (Calendar(""), "Choose when"),
        (Calendar("hourly"), "Choose when"),
        (Calendar("once", "09:00", on="2026-03-10"), "No date of it lies ahead"),
        (Calendar("once", "09:00", on="2026-03-09"), "No date of it lies ahead"),
        (Calendar("once", "9 o'clock", on="2026-04-09"), "the hour as 09:00"),
        (Calendar("once", "09:00", on="tomorrow"), "Choose the day"),
        (Calendar("once", "09:00", on="2028-03-09"), "a year at most"),
        (Calendar("daily", "09:00", first="2026-03-13", last="2026-03-12"), "before the first"),
        (Calendar("daily", "09:00", first="2026-03-13"), "Choose the last day"),
        (Calendar("daily", "09:00", last="2026-03-13"), "Choose the first day"),
        (Calendar("daily", "09:00", first="2026-01-01", last="2026-03-10"), "lies ahead"),
        (Calendar("daily", "09:00", first="2026-01-01", last="2099-03-10"), "a year at most"),
        (Calendar("daily", "09:00", first="0001-01-01", last="2026-05-01"), "of our time"),
        (Calendar("weekly", "09:00", first="2026-03-11", last="2026-04-12"), "day of the week"),
        (
            Calendar("weekly", "09:00", first="2026-03-11", last="2026-03-12", days=("sun",)),
            "lies ahead",
        ),
        (
            Calendar("monthly", "09:00", first="2026-03-11", last="2026-06-12", day=31),
            "from 1 to 28",
        ),
        (Calendar("election", "09:00", on="2026-03-20", before=(61,)), "from 1 to 60"),
        (Calendar("election", "09:00", on="2026-03-20", before=(-1,)), "from 1 to 60"),
        (Calendar("election", "09:00", on=""), "Choose the election day"),
    ],
    ids=lambda value: "" if isinstance(value, str) else f"{value.rule}-{value.at}-{value.on}",
)
def test_a_calendar_that_cannot_be_is_refused_in_clear_words(
    calendar: Calendar, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        checked(calendar, NOW, NAIROBI)


def test_a_calendar_comes_back_from_its_json_without_what_its_rule_does_not_use() -> None:
    typed = Calendar("monthly", "08:00", on="x", first="2026-03-01", last="2026-05-01",
                     days=("mon",), day=3, before=(1,))  # fmt: skip
    kept = checked(typed, NOW, NAIROBI)
    assert kept.as_json() == {
        "rule": "monthly", "at": "08:00", "first": "2026-03-01", "last": "2026-05-01", "day": 3,
    }  # fmt: skip
    for calendar in (kept, ELECTION, WEEKLY, Calendar("now")):
        assert Calendar.of_json(calendar.as_json()) == calendar


def test_a_date_is_missed_when_it_is_too_late_or_the_next_one_has_come() -> None:
    due, later = NOW, NOW + timedelta(days=1)
    assert not is_missed(due, later, due + timedelta(minutes=720), 720)
    assert is_missed(due, later, due + timedelta(minutes=721), 720)
    assert is_missed(due, later, later, 7 * 24 * 60)
    assert not is_missed(due, None, later, 7 * 24 * 60)


def test_a_week_is_seven_local_days_and_a_month_thirty() -> None:
    week, month = counted_since(NOW, NAIROBI)
    assert local([week, month]) == ["Wed 04 Mar 00:00", "Mon 09 Feb 00:00"]


def test_the_last_date_of_what_leaves_at_once_gives_days_to_approve_it() -> None:
    assert last_due(Calendar("now"), NOW, NAIROBI) == NOW + timedelta(days=3)
    assert local([last_due(DAILY, NOW, NAIROBI)]) == ["Fri 13 Mar 09:00"]
