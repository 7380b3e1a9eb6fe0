"""How values are written on pages: times, grades, places, hazards, texts of strangers."""

import json
import re
from datetime import UTC, datetime, timedelta

from flask import Flask
from markupsafe import Markup
from phonenumbers import PhoneNumberMatcher

from gateway.alerts import lettering
from gateway.incidents.deadlines import Deadlines
from gateway.store.tables import Alert
from gateway.terms.area_words import area_words, kilometres
from gateway.terms.gsm7 import Measure, measure
from gateway.terms.languages import LANGUAGES
from gateway.web.context import now, runtime

RELIABILITY = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "cannot be judged",
}
CREDIBILITY = {
    "1": "confirmed",
    "2": "probably true",
    "3": "possibly true",
    "4": "doubtful",
    "5": "improbable",
    "6": "cannot be judged",
}
_STANCES = {
    "witness": "saw it",
    "hearsay": "heard of it",
    "asks": "asks about it",
    "denies": "says no",
}
_COPIED = {
    "exact": "sent on word for word",
    "forwarded": "forwarded",
    "edited": "edited and sent on",
    "translated": "translated and sent on",
}
_MANY_DIGITS = re.compile(r"(?:\d[^\w\n]{0,3}){6}\d")
_STEPS = ((90, 60, "min"), (36 * 60, 3600, "h"), (1 << 60, 86400, "days"))


def register(app: Flask) -> None:
    """Hands the filters to the templates."""
    for name, function in (
        ("when", when),
        ("ago", ago),
        ("clock", clock),
        ("clock_seconds", clock_seconds),
        ("grade", grade),
        ("grade_words", grade_words),
        ("source_words", source_words),
        ("information_words", information_words),
        ("hazard", hazard),
        ("severity", severity),
        ("alert_name", alert_name),
        ("within", within),
        ("language", language),
        ("hide_numbers", hide_numbers),
        ("people", people),
        ("units", units),
        ("typing", typing),
        ("money", money),
        ("km", kilometres),
        ("lasting", lasting),
        ("day", day),
        ("factor_why", factor_why),
        ("deadline", deadline),
        ("stance", stance),
        ("copied", copied),
        ("apart", apart),
        ("area_words", area_words),
    ):
        app.jinja_env.filters[name] = function


def when(time: datetime | None) -> Markup:
    """The local time and how long ago; a script keeps the second fresh."""
    if time is None:
        return Markup('<span class="dim">never</span>')
    return Markup('<time datetime="{}">{} <span class="ago" data-ago>{}</span></time>').format(
        _iso(time), clock(time), ago(time)
    )


def clock(time: datetime) -> str:
    """The local time of day, with the date when it is not today's."""
    local, today = time.astimezone(runtime().zone), now().astimezone(runtime().zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return (
        f"{local.day} {local:%b %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d %H:%M}"
    )


def clock_seconds(time: datetime) -> str:
    """The local time of day to the second."""
    return f"{time.astimezone(runtime().zone):%H:%M:%S}"


def day(time: datetime) -> str:
    """The local date: "9 Mar"."""
    local = time.astimezone(runtime().zone)
    return f"{local.day} {local:%b}"


def factor_why(words: str) -> str:
    """Why a risk factor was found, with the hazard's label in place of its key."""
    kind, _, key = words.partition(" ")
    return f"hazard: {hazard(key)}" if kind == "hazard" else words


def ago(time: datetime) -> str:
    """Relative words: "just now", "4 min ago", "in 2 h"."""
    seconds = (now() - time).total_seconds()
    words = lasting(abs(seconds))
    if words == "now":
        return "just now"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def lasting(seconds: float) -> str:
    """A span in one rounded unit; under 45 seconds it is "now"."""
    if seconds < 45:
        return "now"
    for below_min, size, unit in _STEPS:
        if seconds < below_min * 60:
            count = max(1, round(seconds / size))
            return f"{count} {unit[:-1] if unit == 'days' and count == 1 else unit}"
    return ""


def deadline(due: Deadlines) -> Markup:
    """ "look by 18:35" or "judge now, overdue 4 min"; a script keeps the minutes fresh."""
    act, time = ("look", due.look_by) if due.look_by else ("judge", due.judge_by)
    if time is None:
        return Markup("")
    late = (now() - time).total_seconds()
    words = lasting(late).replace("now", "")
    text = f"{act} by {clock(time)}" if late < 0 else f"{act} now, overdue {words}".rstrip()
    return Markup('<time class="due{}" datetime="{}" data-due="{}">{}</time>').format(
        "" if late < 0 else " late", _iso(time), act, text
    )


def local_field(time: datetime) -> str:
    """The value of a datetime-local field, in the deployment's zone."""
    return f"{time.astimezone(runtime().zone):%Y-%m-%dT%H:%M}"


def read_local_field(text: str) -> datetime | None:
    """UTC of what a person chose in a datetime-local field; None when it is no time."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=runtime().zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def in_hours(hours: float) -> datetime:
    """That many hours from now."""
    return now() + timedelta(hours=hours)


def grade(code: str) -> Markup:
    """An Admiralty code with its words for whoever points at it or listens."""
    return Markup('<abbr class="grade" title="{}">{}</abbr>').format(grade_words(code), code)


def grade_words(code: str) -> str:
    """ "usually reliable, probably true"."""
    return f"source: {source_words(code[:1])}; information: {information_words(code[1:])}"


def source_words(letter: str) -> str:
    """How far the source can be trusted."""
    return RELIABILITY.get(letter, "?")


def information_words(number: int | str) -> str:
    """How far the information can be believed, whoever it comes from."""
    return CREDIBILITY.get(str(number), "?")


def hazard(key: str) -> str:
    """The label of a hazard."""
    known = runtime().hazards.get(key)
    return known.label if known else key.replace("_", " ")


def severity(key: str) -> str:
    """CAP severity of a hazard, for the colour of its mark."""
    known = runtime().hazards.get(key)
    return known.severity if known else "Minor"


def alert_name(alert: Alert) -> str:
    """What a warning is called in a list."""
    if alert.campaign is not None:
        return f"Campaign: {alert.campaign.name}"
    prefix = {"all_clear": "All-clear: ", "cancel": "Withdrawal: "}.get(alert.purpose, "")
    return f"{prefix}{hazard(alert.hazard)}"


def within(precision_m: int | None) -> str:
    """How exact a position is, in words."""
    return "" if precision_m is None else f"within {kilometres(precision_m)}"


def stance(word: str) -> str:
    """How somebody knows what they tell."""
    return _STANCES.get(word, word)


def copied(kind: str | None) -> str:
    """What somebody did with another's words."""
    return _COPIED.get(kind or "", "copied")


def apart(seconds: float) -> str:
    """ "20 min later", "3 h earlier", "at the same time"."""
    words = lasting(abs(seconds))
    if words == "now":
        return "at the same time"
    return f"{words} {'later' if seconds > 0 else 'earlier'}"


def language(code: str | None) -> str:
    """The English name of a language."""
    return "not known" if not code else LANGUAGES.get(code, code)


def people(count: int) -> str:
    """ "1 person", "1,250 people"."""
    return "1 person" if count == 1 else f"{count:,} people"


def units(text: str, language: str = "") -> Measure:
    """SMS of a text as it will leave in that language."""
    return measure(lettering.plain(text, language))


def typing(language: str) -> Markup:
    """For segments.js: which letters will be put for others, and how many SMS are enough."""
    instead = json.dumps(lettering.instead_of(language), ensure_ascii=True)
    accents = "1" if lettering.of(language).accents else ""
    lint = runtime().settings.lint
    return Markup('data-instead="{}" data-accents="{}" data-gsm7="{}" data-ucs2="{}"').format(
        instead, accents, lint.segments_gsm7, lint.segments_ucs2
    )


def money(amount: float) -> str:
    """ "12.40 USD"; under one with what a single SMS costs: "0.015 USD"."""
    figure = f"{amount:,.2f}" if amount >= 1 else f"{amount:.3f}"
    return f"{figure} {runtime().settings.policy.currency}".rstrip()


def hide_numbers(text: str) -> str:
    """The text without the phone numbers in it: a screen is seen by others too."""
    if not _MANY_DIGITS.search(text):
        return text
    country = runtime().settings.country
    for match in reversed(list(PhoneNumberMatcher(text, country))):
        text = f"{text[: match.start]}[number hidden]{text[match.end :]}"
    return text


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds")
