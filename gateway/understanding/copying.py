"""Stand-in until the real one is merged."""

from dataclasses import dataclass

from gateway.understanding.lexicon import Lexicon
from gateway.understanding.similarity import core, is_copy


@dataclass(frozen=True, slots=True)
class Copy:
    kind: str
    why: str


class Copies:
    def __init__(self, lexicon: Lexicon) -> None:
        pass

    def prepare(self, text: str) -> str:
        return text

    def sketch(self, text: str) -> tuple[str, ...]:
        words = (core(text) or "").split()
        if not words:
            return ()
        return tuple(sorted({" ".join(words[i : i + 3]) for i in range(len(words) - 2)})[:8])

    def compare(self, a: str, b: str) -> Copy | None:
        return Copy("forwarded", "same words") if is_copy(a, b) else None
