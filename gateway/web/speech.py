"""In which language a page speaks, and how words of data are said in it."""

from datetime import datetime

from flask import Flask, request, session
from flask_babel import Babel, get_locale, gettext

from gateway.terms.refusals import Refused
from gateway.terms.saying import N_, Said
from gateway.web.clocks import clock

__all__ = [
    "LANGUAGES",
    "N_",
    "chosen",
    "current",
    "direction",
    "keep",
    "kept",
    "said",
    "spoken",
    "told",
]

LANGUAGES = {"en": "English", "fr": "Français", "sw": "Kiswahili", "ar": "العربية"}
_KEPT = "language"


def register(app: Flask) -> None:
    """Teaches the app and its templates to translate."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "web/translations"
    Babel(app, default_locale="en", locale_selector=chosen)
    app.jinja_env.globals.update(language=current, direction=direction, page_languages=LANGUAGES)
    app.jinja_env.filters["spoken"] = spoken
    app.jinja_env.filters["said"] = said


def chosen() -> str:
    """What was chosen here or, at sign-in, ever before; else what the browser asks for.

    From the cookie alone: the page that says that the database is gone speaks it too.
    """
    own = session.get(_KEPT)
    if own in LANGUAGES:
        return str(own)
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def keep(language: str) -> None:
    """Remembers a choice in the visitor's cookie."""
    session[_KEPT] = language


def kept() -> str | None:
    """The choice in the visitor's cookie."""
    return session.get(_KEPT)


def current() -> str:
    """The code of the language of this page."""
    locale = get_locale()
    return locale.language if locale is not None else "en"


def direction() -> str:
    """In which direction this page is written: ltr or rtl."""
    locale = get_locale()
    return locale.text_direction if locale is not None else "ltr"


def spoken(words: object) -> str:
    """Words of data that the catalogues know: states, roles, labels of hazards."""
    return gettext(str(words)) if words else ""


def told(error: Refused) -> str:
    """A refusal in the language of the page."""
    return said(Said(error.words, error.values))


def said(sentence: str) -> str:
    """A sentence of a room in the language of the page, and what is said in it; another stays."""
    if not isinstance(sentence, Said):
        return sentence
    words: str = gettext(sentence.words) if sentence.words else ""
    if not sentence.values:
        return words
    return words % {name: _value(value) for name, value in sentence.values.items()}


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return clock(value)
    return said(value) if isinstance(value, str) else value
