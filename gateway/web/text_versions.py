"""The versions of a text, each with what it changed of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from gateway.store.tables import TemplateText


@dataclass(frozen=True, slots=True)
class Version:
    """One version with what it changed of the one before."""

    id: int
    who: str
    at: datetime
    is_shipped: bool
    changes: Markup


def history(rows: Sequence[TemplateText], shipped: str) -> list[Version]:
    """The newest first; each beside the words that it took the place of."""
    older: list[TemplateText | None] = [*rows[1:], None] if rows else []
    return [
        Version(
            row.id,
            row.who,
            row.at,
            row.words is None,
            difference((before.words if before else None) or shipped, row.words or shipped),
        )
        for row, before in zip(rows, older, strict=True)
    ]


def difference(before: str, after: str) -> Markup:
    """What was taken out and put in, word by word, for eyes and for listeners."""
    old, new = before.split(), after.split()
    parts: list[Markup] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(escape(" ".join(old[a:b])))
            continue
        if b > a:
            parts.append(Markup("<del>{}</del>").format(" ".join(old[a:b])))
        if d > c:
            parts.append(Markup("<ins>{}</ins>").format(" ".join(new[c:d])))
    return Markup(" ").join(parts)
