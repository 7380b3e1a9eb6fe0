"""Reads the options of an account that describes its own company, and collects every mistake."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from gateway.providers.described import finding
from gateway.providers.described.finding import Path
from gateway.providers.described.templates import Style, Template, template
from gateway.providers.values import ProviderConfig

_YES, _NO = frozenset({"yes", "true", "1", "on"}), frozenset({"no", "false", "0", "off", ""})


class Described:
    """Options by name; `problems` holds a sentence for each that cannot be used.

    An option that nobody asked for is a mistake too: a misspelt pattern would never be missed.
    """

    def __init__(self, config: ProviderConfig, ignored: Collection[str]) -> None:
        self._options, self._asked = config.options, set(ignored)
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """As it is written."""
        self._asked.add(name)
        return self._options.get(name) or default

    def one_of(self, name: str, choices: Collection[str], default: str) -> str:
        """One of a few words, in any letters."""
        given = self.text(name, default)
        fitting = [word for word in choices if word.lower() == given.lower()]
        if not fitting:
            self.problems.append(f"{name}: write one of {', '.join(choices)}")
        return fitting[0] if fitting else default

    def yes(self, name: str) -> bool:
        """Yes or no, no by default."""
        given = self.text(name).lower()
        if given not in _YES | _NO:
            self.problems.append(f'{name}: write "yes" or "no"')
        return given in _YES

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 0 to ``most``."""
        given = self.text(name, str(default))
        if not (re.fullmatch(r"[0-9]{1,9}", given) and int(given) <= most):
            self.problems.append(f"{name}: write a whole number from 0 to {most}")
            return default
        return int(given)

    def charset(self, name: str) -> str:
        """An encoding that Python knows."""
        given = self.text(name, "utf-8").lower()
        try:
            "a".encode(given)
        except LookupError:
            self.problems.append(f"{name}: nobody knows it; write one such as utf-8 or iso-8859-1")
            return "utf-8"
        return given

    def pattern(self, name: str, *, group: bool = False) -> re.Pattern[str] | None:
        """A regular expression, None where it is not given; ``group``: it needs one in brackets."""
        written = self.text(name)
        if not written:
            return None
        try:
            found = re.compile(written, re.DOTALL)
        except re.error as error:
            self.problems.append(f"{name}: no regular expression: {error}")
            return None
        if group and not found.groups:
            self.problems.append(
                f'{name}: put what it shall find in brackets, such as \'"id": *"([^"]+)"\''
            )
            return None
        return found

    def path(self, name: str, default: str = "") -> Path:
        """Where in a webhook a value is."""
        try:
            return finding.path(self.text(name, default))
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return Path()

    def table(self, name: str, meanings: Collection[str], example: str) -> dict[str, str]:
        """``WORD=meaning, WORD=meaning``; words in small letters."""
        rows = {}
        for row in filter(None, (row.strip() for row in re.split(r"[,\n]", self.text(name)))):
            word, _, meaning = (part.strip().lower() for part in row.rpartition("="))
            if not word or meaning not in meanings:
                known = ", ".join(meanings)
                self.problems.append(
                    f"{name}: {row!r} is no row; write such as {example!r} with one of {known}"
                )
            rows[word] = meaning
        return rows

    def template(
        self, name: str, style: Style, known: Collection[str], charset: str = "utf-8"
    ) -> Template:
        """A text with places; the empty text where it is not given."""
        return self.filled(name, self.text(name), style, known, charset)

    def filled(
        self, name: str, text: str, style: Style, known: Collection[str], charset: str = "utf-8"
    ) -> Template:
        """The same for a text that was already looked at."""
        try:
            return template(text, style, known, charset)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return template("", style, known, charset)

    def strangers(self) -> None:
        """To be called last: finds the options that nobody asked for."""
        for name in sorted(set(self._options) - self._asked):
            near = get_close_matches(name, self._asked, n=1)
            hint = f"did you mean {near[0]}?" if near else "take it out"
            self.problems.append(f"{name}: there is no such option; {hint}")


def headers_in(written: str) -> Mapping[str, str]:
    """``Name: value`` lines; raises ValueError for a line that is none."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name.strip()):
            raise ValueError('write lines such as "Authorization: Token {{auth_token}}"')
        found[name.strip()] = value.strip()
    return found
