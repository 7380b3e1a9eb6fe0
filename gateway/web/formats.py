"""How values are written on pages: times, grades, places, hazards, texts of strangers."""

import json
import re
from datetime import UTC, datetime

from flask import Flask
from flask_babel import format_datetime, gettext, ngettext
from markupsafe import Markup
from phonenumbers import PhoneNumberMatcher

from gateway.alerts import lettering
from gateway.incidents.deadlines import Deadlines
from gateway.store.tables import Alert
from gateway.terms.area import Area
from gateway.terms.area_words import area_said, kilometres
from gateway.terms.gsm7 import Measure, measure
from gateway.terms.languages import LANGUAGES
from gateway.web.clocks import clock
from gateway.web.context import now, runtime
from gateway.web.speech import N_, said

RELIABILITY = {
    "A": N_("completely reliable"),
    "B": N_("usually reliable"),
    "C": N_("fairly reliable"),
    "D": N_("not usually reliable"),
    "E": N_("unreliable"),
    "F": N_("cannot be judged"),
}
CREDIBILITY = {
    "1": N_("confirmed"),
    "2": N_("probably true"),
    "3": N_("possibly true"),
    "4": N_("doubtful"),
    "5": N_("improbable"),
    "6": N_("cannot be judged"),
}
_STANCES = {
    "witness": N_("saw it"),
    "hearsay": N_("heard of it"),
    "asks": N_("asks about it"),
    "denies": N_("says no"),
}
_COPIED = {
    "exact": N_("sent on word for word"),
    "forwarded": N_("forwarded"),
    "edited": N_("edited and sent on"),
    "translated": N_("translated and sent on"),
}
# Two numbers with nothing but a space between them are none to the matcher.
_NUMBERS_IN_A_ROW = re.compile(r"\+?\d(?:[ \-()/+]{0,3}\d){13,}")
_MANY_DIGITS = re.compile(r"(?:\d[^\w\n]{0,3}){6}\d")


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
        ("took", took),
    ):
        app.jinja_env.filters[name] = function


def when(time: datetime | None) -> Markup:
    """The local time and how long ago; a script keeps the second fresh."""
    if time is None:
        return Markup('<span class="dim">{}</span>').format(gettext("never"))
    return Markup('<time datetime="{}">{} <span class="ago" data-ago>{}</span></time>').format(
        _iso(time), clock(time), ago(time)
    )


def clock_seconds(time: datetime) -> str:
    """The local time of day to the second."""
    return f"{time.astimezone(runtime().zone):%H:%M:%S}"


def day(time: datetime) -> str:
    """The local date: "9 Mar"."""
    local = time.astimezone(runtime().zone)
    return str(format_datetime(local, "d MMM", rebase=False))


def factor_why(words: str) -> str:
    """Why a risk factor was found, with the hazard's label in place of its key."""
    kind, _, key = words.partition(" ")
    return gettext("hazard: %(name)s", name=hazard(key)) if kind == "hazard" else words


def ago(time: datetime) -> str:
    """Relative words: "just now", "4 min ago", "in 2 h"."""
    seconds = (now() - time).total_seconds()
    words = lasting(abs(seconds))
    if not words:
        return str(gettext("just now"))
    if seconds > 0:
        return str(gettext("%(span)s ago", span=words))
    return str(gettext("in %(span)s", span=words))


def area_words(area: Area) -> str:
    """ "20 km around Moa"."""
    return said(area_said(area))


def lasting(seconds: float) -> str:
    """A span in one rounded unit: "4 min"; nothing under 45 seconds."""
    if seconds < 45:
        return ""
    if seconds < 90 * 60:
        return str(gettext("%(count)s min", count=max(1, round(seconds / 60))))
    if seconds < 36 * 3600:
        return str(gettext("%(count)s h", count=max(1, round(seconds / 3600))))
    days = max(1, round(seconds / 86400))
    if days == 1:
        return str(gettext("%(count)s day", count=days))
    return str(gettext("%(count)s days", count=days))


def deadline(due: Deadlines) -> Markup:
    """ "look by 18:35" or "judge now, overdue 4 min"; a script keeps the minutes fresh."""
    act, time = ("look", due.look_by) if due.look_by else ("judge", due.judge_by)
    if time is None:
        return Markup("")
    late = (now() - time).total_seconds()
    todo = gettext("look") if act == "look" else gettext("judge")
    if late < 0:
        text = gettext("%(act)s by %(time)s", act=todo, time=clock(time))
    elif words := lasting(late):
        text = gettext("%(act)s now, overdue %(span)s", act=todo, span=words)
    else:
        text = gettext("%(act)s now, overdue", act=todo)
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


def grade(code: str) -> Markup:
    """An Admiralty code with its words for whoever points at it or listens."""
    return Markup('<abbr class="grade" title="{}">{}</abbr>').format(grade_words(code), code)


def grade_words(code: str) -> str:
    """ "usually reliable, probably true"."""
    return str(
        gettext(
            "source: %(source)s; information: %(information)s",
            source=source_words(code[:1]),
            information=information_words(code[1:]),
        )
    )


def source_words(letter: str) -> str:
    """How far the source can be trusted."""
    return str(gettext(RELIABILITY.get(letter, "?")))


def information_words(number: int | str) -> str:
    """How far the information can be believed, whoever it comes from."""
    return str(gettext(CREDIBILITY.get(str(number), "?")))


def hazard(key: str) -> str:
    """The label of a hazard."""
    known = runtime().hazards.get(key)
    return str(gettext(known.label)) if known else key.replace("_", " ")


def severity(key: str) -> str:
    """CAP severity of a hazard, for the colour of its mark."""
    known = runtime().hazards.get(key)
    return known.severity if known else "Minor"


def alert_name(alert: Alert) -> str:
    """What a warning is called in a list."""
    if alert.campaign is not None:
        return str(gettext("Campaign: %(name)s", name=alert.campaign.name))
    name = hazard(alert.hazard)
    if alert.purpose == "all_clear":
        return str(gettext("All-clear: %(name)s", name=name))
    if alert.purpose == "cancel":
        return str(gettext("Withdrawal: %(name)s", name=name))
    return name


def within(precision_m: int | None) -> str:
    """How exact a position is, in words."""
    if precision_m is None:
        return ""
    return str(gettext("within %(distance)s", distance=kilometres(precision_m)))


def stance(word: str) -> str:
    """How somebody knows what they tell."""
    return str(gettext(_STANCES.get(word, word)))


def copied(kind: str | None) -> str:
    """What somebody did with another's words."""
    return str(gettext(_COPIED.get(kind or "", N_("copied"))))


def apart(seconds: float) -> str:
    """ "20 min later", "3 h earlier", "at the same time"."""
    words = lasting(abs(seconds))
    if not words:
        return str(gettext("at the same time"))
    if seconds > 0:
        return str(gettext("%(span)s later", span=words))
    return str(gettext("%(span)s earlier", span=words))


def language(code: str | None) -> str:
    """The name of a language."""
    return str(gettext(LANGUAGES.get(code, code) if code else N_("not known")))


def people(count: int) -> str:
    """ "1 person", "1,250 people"."""
    if count == 1:
        return str(gettext("1 person"))
    return str(ngettext("%(number)s person", "%(number)s people", count, number=f"{count:,}"))


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
    for start, end in reversed(number_spans(text)):
        text = f"{text[:start]}[{gettext('number hidden')}]{text[end:]}"
    return text


def number_spans(text: str) -> list[tuple[int, int]]:
    """Where phone numbers stand in a text, from left to right."""
    if not _MANY_DIGITS.search(text):
        return []
    found = [
        (match.start, match.end) for match in PhoneNumberMatcher(text, runtime().settings.country)
    ]
    runs = ((run.start(), run.end()) for run in _NUMBERS_IN_A_ROW.finditer(text))
    return sorted(found + [run for run in runs if not any(_meets(run, one) for one in found)])


def _meets(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def took(minutes: int) -> str:
    """How long something took: "12 min", "2 h 21 min", "3 days"."""
    if minutes < 120:
        return str(gettext("%(count)s min", count=minutes))
    if minutes >= 36 * 60:
        return lasting(minutes * 60)
    hours, rest = divmod(minutes, 60)
    return str(gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=rest))


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds")
