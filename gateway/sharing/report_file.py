"""The after-action report as one file to print: its style inside, nothing fetched, no script."""

from typing import Any

from jinja2 import Environment, FileSystemLoader

from gateway.plumbing.resources import TEMPLATES


def render(exercise: Any, service: str) -> str:
    """The HTML of a view from `lists.exercises`, as the page shows it, for A4 in black and white.

    It must be handed out as a download: within our pages no style of its own would be obeyed.
    """
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    template = pages.get_template("exercise_report.html")
    return template.render(exercise=exercise, report=exercise.report, service=service)


def file_name(exercise_id: int) -> str:
    """What a downloaded one is called."""
    return f"exercise-{exercise_id}.html"
