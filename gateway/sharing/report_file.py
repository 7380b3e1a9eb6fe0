"""The after-action report as one file to print: its style inside, nothing fetched, no script."""

from collections.abc import Callable
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Any

from jinja2 import Environment, FileSystemLoader

from gateway.plumbing.resources import TEMPLATES

_ENGLISH = NullTranslations()


@dataclass(frozen=True, slots=True)
class Tongue:
    """In which language the file speaks; English where nobody says."""

    language: str = "en"
    direction: str = "ltr"
    one: Callable[[str], str] = _ENGLISH.gettext
    many: Callable[[str, str, int], str] = _ENGLISH.ngettext


def render(exercise: Any, service: str, tongue: Tongue | None = None) -> str:
    """The HTML of a view from `lists.exercises`, as the page shows it, for A4 in black and white.

    It must be handed out as a download: within our pages no style of its own would be obeyed.
    """
    tongue = tongue or Tongue()
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    pages.install_gettext_callables(tongue.one, tongue.many, newstyle=True)  # type: ignore[attr-defined]
    pages.filters["spoken"] = lambda words: tongue.one(str(words)) if words else ""
    template = pages.get_template("exercise_report.html")
    return template.render(
        exercise=exercise, report=exercise.report, service=service, tongue=tongue
    )


def file_name(exercise_id: int) -> str:
    """What a downloaded one is called."""
    return f"exercise-{exercise_id}.html"
