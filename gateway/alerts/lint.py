"""Do no harm: what may be wrong with a warning before it leaves, each with its reason.

Pure: texts, word lists and facts in, findings out. docs/decisions/0019 says which block and why.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.alerts import lint_blame, lint_parts, lint_traces
from gateway.alerts.lint_words import Fold, Lists, Reading, read
from gateway.terms.gsm7 import measure

Kind = Literal["blocking", "advisory"]
MOST_SEGMENTS = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One objection; `language` is None where it is to the warning as a whole."""

    rule: str
    kind: Kind
    language: str | None
    reason: str
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Its name on the pages, whether it blocks, and whether a reason can set it aside."""

    name: str
    blocks: bool
    yields: bool = True


RULES: Mapping[str, Rule] = {
    "no_source": Rule("No source", blocks=True),
    "no_hazard": Rule("No danger named", blocks=True),
    "no_place": Rule("No place", blocks=True),
    "no_action": Rule("Nothing to do", blocks=True),
    "no_time": Rule("No time", blocks=True),
    "expiry": Rule("Another time", blocks=True),
    "differs": Rule("Languages differ", blocks=True),
    "blame": Rule("A group is blamed", blocks=True),
    # There is always another word, and nothing is gained by saying it.
    "slur": Rule("A slur", blocks=True, yields=False),
    "copied": Rule("A reporter's words", blocks=True),
    "person": Rule("A person's name", blocks=True),
    "number": Rule("A phone number", blocks=True),
    "link": Rule("A link or address", blocks=True),
    "too_long": Rule("Too long", blocks=False, yields=False),
    "unverified": Rule("Said as if certain", blocks=False),
    "far_expiry": Rule("Holds very long", blocks=False),
    "few_witnesses": Rule("Few possible witnesses", blocks=False),
    "wide_area": Rule("A wide area", blocks=False),
    "quiet_hours": Rule("Quiet hours", blocks=False),
    "too_many": Rule("Many warnings", blocks=False),
}
_ALL = frozenset({"no_source", "no_hazard", "no_place", "no_action", "no_time"})
NEEDED: Mapping[str, frozenset[str]] = {
    "warning": _ALL,
    "cancel": frozenset({"no_source", "no_place", "no_time"}),
    "all_clear": frozenset({"no_source", "no_place", "no_time"}),
    "campaign": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Case:
    """What the texts of one warning are held against; all words folded.

    `expires` is hour and minute, `day` like 11/03, both in the deployment's zone; `ours` by
    language are the shipped texts; `own_numbers` the deployment's own, digits only.
    """

    purpose: str
    hazard: str
    source: tuple[str, ...]
    names: frozenset[tuple[str, ...]]
    expires: tuple[int, int]
    day: str
    credibility: int | None = None
    reports: Sequence[tuple[str, ...]] = ()
    ours: Mapping[str, Sequence[tuple[str, ...]]] | None = None
    advice: Mapping[str, Sequence[tuple[str, ...]]] | None = None
    own_numbers: Collection[str] = ()
    copied_words: int = 4
    segments_gsm7: int = 2
    segments_ucs2: int = 3
    is_place: Callable[[Sequence[str]], bool] = lambda _words: False
    hateful: Callable[[Sequence[str]], Sequence[str]] = lambda _words: ()


def check(
    texts: Mapping[str, str], case: Case, lists: Mapping[str, Lists], fold: Fold
) -> list[Finding]:
    """What is wrong with the texts, by language; texts of languages without lists are passed by."""
    found: list[Finding] = []
    for language, text in texts.items():
        if language in lists:
            check = _Check(language, read(text, fold), lists[language], case)
            found += check.parts()
            found += check.harm()
            found += check.room()
    wrong = {one.language for one in found if one.rule in ("expiry", "no_time")}
    timed = {language: text for language, text in texts.items() if language not in wrong}
    return found + list(_different(timed, case, lists))


def finding(rule: str, reason: str, language: str | None = None, quote: str = "") -> Finding:
    """Of the kind that its rule is."""
    kind: Kind = "blocking" if RULES[rule].blocks else "advisory"
    return Finding(rule, kind, language, reason, quote or None)


@dataclass(frozen=True, slots=True)
class _Check:
    """One text in the light of its case."""

    language: str
    text: Reading
    lists: Lists
    case: Case

    def parts(self) -> Iterator[Finding]:
        case, text, lists = self.case, self.text, self.lists
        needed = NEEDED.get(case.purpose, _ALL)
        advice = (case.advice or {}).get(self.language, ())
        if "no_source" in needed and not lint_parts.names_source(text, case.source):
            yield self._found("no_source", "does not say who is speaking: begin with our name")
        if "no_hazard" in needed and not lint_parts.names_hazard(text, lists, case.hazard):
            yield self._found("no_hazard", "does not say what the danger is: name it")
        if "no_place" in needed and not lint_parts.names_place(text, lists, case.names):
            yield self._found("no_place", "names no place: write where")
        if "no_action" in needed and not any(lint_parts.acts(text, lists, advice)):
            yield self._found("no_action", "does not say what to do: add one thing people can do")
        if "no_time" in needed and not lint_parts.tells_time(text, lists):
            yield self._found("no_time", "gives no time: write until when it holds")
        if case.purpose == "warning":
            yield from self._warning()

    def _warning(self) -> Iterator[Finding]:
        case = self.case
        other = lint_parts.other_time(self.text.raw, case.expires, case.day)
        if other is not None:
            until = f"{case.expires[0]:02}:{case.expires[1]:02} {case.day}"
            words = f"gives another time than {until}, until when the warning holds"
            yield self._found("expiry", words, other)
        doubted = case.hazard == "rumour" or (case.credibility or 0) > 2
        if doubted and not lint_parts.is_careful(self.text, self.lists):
            words = 'tells it as certain, and it is not: write "reported" or "may"'
            yield self._found("unverified", words)

    def harm(self) -> Iterator[Finding]:
        case, text, lists = self.case, self.text, self.lists
        places = text.spots(case.names) | self._known_places()
        for slur in lint_blame.slurs(text, lists, places):
            rule = "blame" if slur.doubtful else "slur"
            words = "has a word that insults a group: use another, whoever said it first"
            yield self._found(rule, words, slur.quote)
        for quote in lint_blame.blamed(text, lists, places):
            words = "seems to blame a group: say what happens, not which people do it"
            yield self._found("blame", words, quote)
        for why in case.hateful(text.words):
            yield self._found("blame", f"reads like {why}: say it in other words")
        yield from self._traces(places)

    def _traces(self, places: frozenset[int]) -> Iterator[Finding]:
        case, text, lists = self.case, self.text, self.lists
        neutral = set(places) | text.spots(frozenset({case.source})) | set(self._told())
        ours = (case.ours or {}).get(self.language, ())
        for quote in lint_traces.copied(
            text, lists, case.reports, ours, neutral, case.copied_words
        ):
            words = "repeats words of a report, which can betray who wrote it: say it in your own"
            yield self._found("copied", words, quote)
        for quote in lint_traces.names(text, lists, places, self._is_place):
            words = "names a person, who can be harmed for it: leave the name out"
            yield self._found("person", words, quote)
        for quote in lint_traces.phone_numbers(text, lists, case.own_numbers):
            yield self._found("number", "holds a phone number: leave it out", quote)
        for quote in lint_traces.links(text.raw):
            words = "holds a link or an address, which most phones cannot open: leave it out"
            yield self._found("link", words, quote)

    def room(self) -> Iterator[Finding]:
        size = measure(self.text.raw)
        budget = self.case.segments_gsm7 if size.encoding == "GSM-7" else self.case.segments_ucs2
        if size.segments > MOST_SEGMENTS:
            words = f"needs {size.segments} SMS, and {MOST_SEGMENTS} is the most: shorten it"
            yield Finding("too_long", "blocking", self.language, self._say(words))
        elif size.segments > budget:
            words = f"needs {size.segments} SMS instead of {budget}: shorter reaches people sooner"
            yield self._found("too_long", words)

    def _known_places(self) -> frozenset[int]:
        """Words that are a place of the lists: only asked of those that name a people too."""
        groups = self.lists.books["peoples"].find(self.text.words)
        words = self.text.words
        return frozenset(
            at
            for group in groups
            if self.case.is_place(words[group.start : group.end])
            for at in range(group.start, group.end)
        )

    def _told(self) -> Iterator[int]:
        for kind in lint_parts.VIOLENT | {self.case.hazard}:
            if kind in self.lists.told:
                for hit in self.lists.told[kind].find(self.text.words):
                    yield from range(hit.start, hit.end)

    def _is_place(self, words: Sequence[str]) -> bool:
        return tuple(words) in self.case.names or self.case.is_place(words)

    def _found(self, rule: str, words: str, quote: str = "") -> Finding:
        return finding(rule, self._say(words), self.language, quote)

    def _say(self, words: str) -> str:
        return f"The {self.lists.name} text {words}."


def _different(
    texts: Mapping[str, str], case: Case, lists: Mapping[str, Lists]
) -> Iterator[Finding]:
    """A language whose times are none of those that most languages give."""
    if case.purpose == "campaign":
        return
    times = {language: lint_parts.times_in(text) for language, text in texts.items()}
    told = Counter(time for found in times.values() for time in found)
    if not told:
        return
    usual = max(told, key=lambda time: (told[time], time in next(iter(times.values()))))
    for language, found in times.items():
        if found and usual not in found and language in lists:
            words = f"gives another time than the other languages ({usual[0]:02}:{usual[1]:02})"
            other = min(found)
            yield finding(
                "differs", f"The {lists[language].name} text {words}.", language,
                f"{other[0]:02}:{other[1]:02}",
            )  # fmt: skip
