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
from gateway.terms.saying import N_, Said

Kind = Literal["blocking", "advisory"]
MOST_SEGMENTS = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One objection; `language` is None where it is to the warning as a whole.

    `quote` are the words it is about, as they were written, cut at 80 letters.
    """

    rule: str
    kind: Kind
    language: str | None
    said: Said
    quote: str | None = None

    @property
    def reason(self) -> str:
        """What is wrong and what to do, in English."""
        return str(self.said)


@dataclass(frozen=True, slots=True)
class Rule:
    """Its name on the pages, whether it blocks, and whether a reason can set it aside."""

    name: str
    blocks: bool
    yields: bool = True


RULES: Mapping[str, Rule] = {
    "no_source": Rule(N_("No source"), blocks=True),
    "no_hazard": Rule(N_("No danger named"), blocks=True),
    "no_place": Rule(N_("No place"), blocks=True),
    "no_action": Rule(N_("Nothing to do"), blocks=True),
    "no_time": Rule(N_("No time"), blocks=True),
    "expiry": Rule(N_("Another time"), blocks=True),
    "differs": Rule(N_("Languages differ"), blocks=True),
    "blame": Rule(N_("A group is blamed"), blocks=True),
    # There is always another word, and nothing is gained by saying it.
    "slur": Rule(N_("A slur"), blocks=True, yields=False),
    "copied": Rule(N_("A reporter's words"), blocks=True),
    "person": Rule(N_("A person's name"), blocks=True),
    "number": Rule(N_("A phone number"), blocks=True),
    "link": Rule(N_("A link or address"), blocks=True),
    "too_long": Rule(N_("Too long"), blocks=False, yields=False),
    "unverified": Rule(N_("Said as if certain"), blocks=False),
    "far_expiry": Rule(N_("Holds very long"), blocks=False),
    "few_witnesses": Rule(N_("Few possible witnesses"), blocks=False),
    "wide_area": Rule(N_("A wide area"), blocks=False),
    "quiet_hours": Rule(N_("Quiet hours"), blocks=False),
    "too_many": Rule(N_("Many warnings"), blocks=False),
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


def finding(rule: str, said: Said, language: str | None = None, quote: str = "") -> Finding:
    """Of the kind that its rule is."""
    kind: Kind = "blocking" if RULES[rule].blocks else "advisory"
    return Finding(rule, kind, language, said, quote or None)


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
            words = N_("The %(language)s text does not say who is speaking: begin with our name.")
            yield self._found("no_source", words)
        if "no_hazard" in needed and not lint_parts.names_hazard(text, lists, case.hazard):
            words = N_("The %(language)s text does not say what the danger is: name it.")
            yield self._found("no_hazard", words)
        if "no_place" in needed and not lint_parts.names_place(text, lists, case.names):
            words = N_("The %(language)s text names no place: write where.")
            yield self._found("no_place", words)
        if "no_action" in needed and not any(lint_parts.acts(text, lists, advice)):
            words = N_(
                "The %(language)s text does not say what to do: add one thing people can do."
            )
            yield self._found("no_action", words)
        if "no_time" in needed and not lint_parts.tells_time(text, lists):
            words = N_("The %(language)s text gives no time: write until when it holds.")
            yield self._found("no_time", words)
        if case.purpose == "warning":
            yield from self._warning()

    def _warning(self) -> Iterator[Finding]:
        case = self.case
        other = lint_parts.other_time(self.text.raw, case.expires, case.day)
        if other is not None:
            until = f"{case.expires[0]:02}:{case.expires[1]:02} {case.day}"
            words = N_(
                "The %(language)s text gives another time than %(until)s, "
                "until when the warning holds."
            )
            yield self._found("expiry", words, other, until=until)
        doubted = case.hazard == "rumour" or (case.credibility or 0) > 2
        if doubted and not lint_parts.is_careful(self.text, self.lists):
            words = N_(
                "The %(language)s text tells it as certain, and it is not: "
                'write "reported" or "may".'
            )
            yield self._found("unverified", words)

    def harm(self) -> Iterator[Finding]:
        case, text, lists = self.case, self.text, self.lists
        places = text.spots(case.names) | self._known_places()
        for slur in lint_blame.slurs(text, lists, places):
            rule = "blame" if slur.doubtful else "slur"
            words = N_(
                "The %(language)s text has a word that insults a group: "
                "use another, whoever said it first."
            )
            yield self._found(rule, words, slur.quote)
        for quote in lint_blame.blamed(text, lists, places):
            words = N_(
                "The %(language)s text seems to blame a group: "
                "say what happens, not which people do it."
            )
            yield self._found("blame", words, quote)
        for why in case.hateful(text.words):
            words = N_("The %(language)s text reads like %(what)s: say it in other words.")
            yield self._found("blame", words, what=Said(why))
        yield from self._traces(places)

    def _traces(self, places: frozenset[int]) -> Iterator[Finding]:
        case, text, lists = self.case, self.text, self.lists
        neutral = set(places) | text.spots(frozenset({case.source})) | set(self._told())
        ours = (case.ours or {}).get(self.language, ())
        for quote in lint_traces.copied(
            text, lists, case.reports, ours, neutral, case.copied_words
        ):
            words = N_(
                "The %(language)s text repeats words of a report, which can betray who wrote it: "
                "say it in your own."
            )
            yield self._found("copied", words, quote)
        for quote in lint_traces.names(text, lists, places, self._is_place):
            words = N_(
                "The %(language)s text names a person, who can be harmed for it: "
                "leave the name out."
            )
            yield self._found("person", words, quote)
        for quote in lint_traces.phone_numbers(text, lists, case.own_numbers):
            words = N_("The %(language)s text holds a phone number: leave it out.")
            yield self._found("number", words, quote)
        for quote in lint_traces.links(text.raw):
            words = N_(
                "The %(language)s text holds a link or an address, which most phones cannot open: "
                "leave it out."
            )
            yield self._found("link", words, quote)

    def room(self) -> Iterator[Finding]:
        size = measure(self.text.raw)
        budget = self.case.segments_gsm7 if size.encoding == "GSM-7" else self.case.segments_ucs2
        if size.segments > MOST_SEGMENTS:
            words = N_(
                "The %(language)s text needs %(count)s SMS, and %(most)s is the most: shorten it."
            )
            said = self._say(words, count=size.segments, most=MOST_SEGMENTS)
            yield Finding("too_long", "blocking", self.language, said)
        elif size.segments > budget:
            words = N_(
                "The %(language)s text needs %(count)s SMS instead of %(most)s: "
                "shorter reaches people sooner."
            )
            yield self._found("too_long", words, count=size.segments, most=budget)

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

    def _found(self, rule: str, words: str, quote: str = "", **values: object) -> Finding:
        return finding(rule, self._say(words, **values), self.language, quote)

    def _say(self, words: str, **values: object) -> Said:
        return Said(words, {"language": Said(self.lists.name), **values})


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
            words = N_(
                "The %(language)s text gives another time than the other languages (%(time)s)."
            )
            values = {"language": Said(lists[language].name), "time": _clock(usual)}
            yield finding("differs", Said(words, values), language, _clock(min(found)))


def _clock(time: lint_parts.Time) -> str:
    return f"{time[0]:02}:{time[1]:02}"
