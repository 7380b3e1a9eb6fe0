"""Weighs the hazard words of a message, with what it denies, asks and merely passes on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.understanding.arriving import FLED, arrived
from gateway.understanding.blocking import BLOCKED, blocked
from gateway.understanding.folding import Token
from gateway.understanding.hate import THREAT, hateful
from gateway.understanding.lexicon import HazardWord, Lexicon, hazards
from gateway.understanding.phrasebook import Hit

_DENIED = 0.2  # what is left of hazards in a message that calls them untrue
_ASKED = 0.6
_RUMOUR = 2.5
_QUIET = 1.5
_DEEDS = ("attack", "abduction", "gender_based_violence", "roadblock")
_SURELY = 1.0  # the weight of one plain phrase
_BEHIND = 0.9
_ANNOUNCED = 0.4  # of an attack that a threat announces
_CALM = ("all_quiet", "rumour", "other")  # not themselves violence: "no calm" is not all quiet


@dataclass(frozen=True, slots=True)
class Weighed:
    """Scores from 0 to 1 by hazard, the highest first, and the reasons."""

    scores: dict[str, float]
    hits: tuple[Hit[HazardWord], ...]
    denied: tuple[tuple[int, int], ...]  # words whose hazard the text denies
    act: str  # observation, question, request, denial
    why: tuple[str, ...]


def weigh(tokens: Sequence[Token], lexicon: Lexicon, names: frozenset[int]) -> Weighed:
    """Scores every hazard; phrases that the text denies count for calm instead.

    `names` are the positions of words that name places: these are never taken for misspelt.
    """
    words = [
        token.word if at in names else lexicon.correct(token.word)
        for at, token in enumerate(tokens)
    ]
    sums: defaultdict[str, float] = defaultdict(float)
    why: list[str] = []
    found = _once(lexicon.hazards.find(words))
    hits = [hit for hit in found if not _is_courtesy(hit, words, lexicon)]
    kept: list[Hit[HazardWord]] = []
    denied: list[tuple[int, int]] = []
    for hit in hits:
        word = hit.value
        said = " ".join(tokens[at].word for at in range(hit.start, hit.end))
        if _denied(hit, tokens, words, lexicon):
            why.append(f"hazard {word.hazard}: '{said}' is denied")
            denied.append((hit.start, hit.end))
            if word.hazard not in _CALM:
                sums["all_quiet"] = max(_QUIET, sums["all_quiet"])
        else:
            sums[word.hazard] += word.weight
            kept.append(hit)
            shown = "words of its list" if word.hazard == "hate_speech" else f"'{said}'"
            why.append(f"hazard {word.hazard}: {shown} ({word.language})")
    rules = list(hateful(words, lexicon))
    for weight, rule in rules:
        sums["hate_speech"] += weight
        why.append(f"hazard hate_speech: {rule}")
    _add_situations(words, lexicon, kept, sums, why)
    threatened = _only_threatened(words, lexicon, kept, rules)
    preached = threatened or any(rule != THREAT for _, rule in rules)
    _put_deeds_first(sums, preached=preached, threatened=threatened)
    doubt = _doubt(words, lexicon, sums, why)
    told = bool(rules) or any(hit.value.hazard != "other" for hit in kept)
    act = doubt or _act(words, lexicon, told, bool(denied))
    return Weighed(_scores(sums), tuple(kept), tuple(denied), act, tuple(why))


def _once(hits: Sequence[Hit[HazardWord]]) -> list[Hit[HazardWord]]:
    """A word that two languages share counts once, with its greater weight."""
    best: dict[tuple[int, str], Hit[HazardWord]] = {}
    for hit in hits:
        key = (hit.start, hit.value.hazard)
        if key not in best or hit.value.weight > best[key].value.weight:
            best[key] = hit
    return list(best.values())


def _add_situations(
    words: Sequence[str],
    lexicon: Lexicon,
    kept: Sequence[Hit[HazardWord]],
    sums: defaultdict[str, float],
    why: list[str],
) -> None:
    """What several words say together, however far apart they stand."""
    hits = lexicon.whole["situations"].find(words)
    closed = blocked(words, hits, lexicon)
    if closed:
        sums["roadblock"] = max(BLOCKED, sums["roadblock"])
        why.append(f"hazard roadblock: {closed}")
    came = arrived(hits)
    if came is None:
        return
    sums["displacement"] = max(FLED, sums["displacement"])
    why.append("hazard displacement: families are said to have come")
    attacks = [hit.start for hit in kept if hit.value.hazard == "attack"]
    now = any(hit.value == "ongoing" for hit in lexicon.whole["severity"].find(words[came:]))
    if attacks and min(attacks) >= came and not now:
        sums["attack"] = min(sums["attack"], sums["displacement"] * _BEHIND)
        why.append("hazard attack: it is what they fled from")


def _only_threatened(
    words: Sequence[str],
    lexicon: Lexicon,
    kept: Sequence[Hit[HazardWord]],
    rules: Sequence[tuple[float, str]],
) -> bool:
    """Whether what sounds like an attack is what a leaflet or a message announces."""
    if all(rule != THREAT for _, rule in rules):
        return False
    spread = min(hit.start for hit in lexicon.tables["hate"]["media"].find(words))
    return all(hit.start > spread for hit in kept if hit.value.hazard == "attack")


def _put_deeds_first(sums: defaultdict[str, float], *, preached: bool, threatened: bool) -> None:
    """What is done tells more than who does it, and who calls for killing has not yet killed."""
    done = max((sums.get(deed, 0.0) for deed in _DEEDS), default=0.0)
    if done >= _SURELY:
        sums["armed_group"] = min(sums.get("armed_group", 0.0), done * _BEHIND)
    if preached:  # whom a call is against may be refugees, and none of them has fled yet
        for hazard in ("attack", "displacement"):
            sums[hazard] = min(sums.get(hazard, 0.0), sums["hate_speech"] * _BEHIND)
        if threatened:  # what is to happen has not
            sums["attack"] = min(sums["attack"], _ANNOUNCED)


def _act(words: Sequence[str], lexicon: Lexicon, told: bool, denied: bool) -> str:
    if denied and not told:
        return "denial"
    asked = bool(lexicon.speech["requests"].find(words))
    return "request" if asked and not told else "observation"


def _is_courtesy(hit: Hit[HazardWord], words: Sequence[str], lexicon: Lexicon) -> bool:
    """ "Thank you for your help" asks for none."""
    if hit.value.hazard != "other":
        return False
    return any(
        found.start <= hit.start and hit.end <= found.end and found.end - found.start > 1
        for at in range(max(0, hit.start - 3), hit.start + 1)
        for found in lexicon.speech["chat"].at(words, at)
    )


def _denied(
    hit: Hit[HazardWord], tokens: Sequence[Token], words: Sequence[str], lexicon: Lexicon
) -> bool:
    """A negator right before or behind it in the same clause, or a denying verb prefix.

    Reaching further would deny the armed men of "police have not come armed men are here", and a
    report wrongly calmed costs more than one read in vain.
    """
    negators = lexicon.speech["negators"]
    if any(negators.at(words, at) for at in range(hit.start, hit.end)):
        return False  # "not safe" is listed with its negation
    if words[hit.start].startswith(lexicon.negated_prefixes):
        return True
    if not tokens[hit.start].breaks and negators.ending_at(words, hit.start) is not None:
        return True
    after = lexicon.speech["negators_after"]
    return hit.end < len(words) and not tokens[hit.end].breaks and bool(after.at(words, hit.end))


def _doubt(
    words: Sequence[str], lexicon: Lexicon, sums: defaultdict[str, float], why: list[str]
) -> str:
    """A message that calls its news untrue, or asks about it, is about a rumour."""
    act = ""
    violent = [hazard for hazard in sums if hazard not in _CALM]
    for kind, factor, word in (("denials", _DENIED, "untrue"), ("asking", _ASKED, "a question")):
        hit = next(iter(lexicon.speech[kind].find(words)), None)
        if hit is None or not (violent or kind == "denials"):
            continue
        for hazard in violent:
            sums[hazard] *= factor
        sums["rumour"] += _RUMOUR if kind == "denials" else 1.0
        why.append(f"hazard rumour: '{' '.join(words[hit.start : hit.end])}' makes it {word}")
        act = act or ("denial" if kind == "denials" else "question")
    return act


def _scores(sums: dict[str, float]) -> dict[str, float]:
    """Sums of weights as shares of certainty; the more pressing hazard goes first among equals."""
    order = list(hazards())
    scores = {hazard: round(1 - 0.5**total, 2) for hazard, total in sums.items() if total > 0}
    return dict(sorted(scores.items(), key=lambda item: (-item[1], order.index(item[0]))))
