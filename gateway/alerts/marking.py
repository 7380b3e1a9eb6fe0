"""Marks what is sent in an exercise: its first words say so, once."""

from gateway.alerts import wording


def marked(language: str, text: str) -> str:
    """The text, beginning with the word for exercise in its language."""
    mark = wording.render(language, "exercise", text="").strip()
    return text if text.startswith(mark) else wording.render(language, "exercise", text=text)
