"""Accuracy on real reports beside other tools; language, chat, hate speech, speed and memory."""

import gc
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.figures import Figure
from bench.reports import COUNTRIES, DATA, Report, entries, gazetteers, reports, rows
from bench.rivals import rivals
from gateway.terms.geo import Position, distance_m
from gateway.understanding.folding import tokens
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.geotag import locate
from gateway.understanding.language import detect
from gateway.understanding.lexicon import known_languages, load
from gateway.understanding.reading import understand
from gateway.understanding.values import Geotag
from tests.understanding import gold

_LANGUAGES = ("en", "sw", "fr")  # of the texts measured on, as far as we claim them
_CLAIMED = {"amh": "am", "hau": "ha", "kin": "rw", "swa": "sw", "arq": "ar", "ary": "ar"}
_FINE_M = 5_000
_SIZES = (3_000, 11_000, 54_000, 200_000)
_TIMED = 600  # messages


@dataclass(frozen=True, slots=True)
class Score:
    """Shares in percent of all texts, the last of those answered."""

    within_5km: float
    within_25km: float
    answered: float
    wrong_100km: float

    def __str__(self) -> str:
        return (
            f"{self.within_5km:6.1f} {self.within_25km:7.1f} {self.answered:9.1f} "
            f"{self.wrong_100km:8.1f}"
        )


def figures() -> Iterator[Figure]:
    """All figures; without the data beside the project it says so and yields none."""
    if not DATA.is_dir():
        print("understanding is measured on real reports, which are not here: skipped")
        return
    yield from _places()
    yield from _language()
    yield from _calls()
    yield from _gold()
    yield from _speed()


def _places() -> Iterator[Figure]:
    print("tuned on even serials; reported: odd ones, and (all)")
    print(f"{'':28} {'5 km':>6} {'25 km':>7} {'answered':>9} {'>100 km':>8}")
    lists = gazetteers()
    for name, told in reports().items():
        gazetteer = lists[name.partition("_")[0]]
        tags = [_tag(report.text, gazetteer) for report in told]
        ours = [Position(tag.lat, tag.lon) if tag else None for tag in tags]
        odd = score(told, ours, odd_only=True)
        print(f"{name + ' ours':28} {odd}   (all {score(told, ours, odd_only=False)})")
        for rival, place in rivals(gazetteer).items():
            if place is None:
                print(f"{'  ' + rival:28} not installed")
            else:
                others = [place(report.text) for report in told]
                print(f"{'  ' + rival:28} {score(told, others, odd_only=True)}", flush=True)
        yield _percent(f"{name}.within_5km", odd.within_5km)
        yield _percent(f"{name}.within_25km", odd.within_25km)
        yield _percent(f"{name}.wrong_100km", odd.wrong_100km)
        if name.startswith("haiti"):
            yield _percent(f"{name}.honest", honest(told, tags))


def score(told: Sequence[Report], found: Sequence[Position | None], *, odd_only: bool) -> Score:
    """How near the answers are; a text without an answer counts as wrong."""
    away = [
        distance_m(spot, report.truth) if spot else None
        for report, spot in zip(told, found, strict=True)
        if report.serial % 2 or not odd_only
    ]
    answered = [metres for metres in away if metres is not None]
    share = 100 / max(1, len(away))
    return Score(
        within_5km=share * sum(metres <= 5_000 for metres in answered),
        within_25km=share * sum(metres <= 25_000 for metres in answered),
        answered=share * len(answered),
        wrong_100km=100 / max(1, len(answered)) * sum(metres > 100_000 for metres in answered),
    )


def honest(told: Sequence[Report], tags: Sequence[Geotag | None]) -> float:
    """Of answers said to be exact to 5 km: percent within 5 km of the truth or of where the
    reports about a place of that name lie in the middle."""
    named: defaultdict[str, list[Position]] = defaultdict(list)
    for report, tag in zip(told, tags, strict=True):
        if tag:
            named[tag.name].append(report.truth)
    middles = {
        name: Position(median(p.lat for p in spots), median(p.lon for p in spots))
        for name, spots in named.items()
    }
    right = fine = 0
    for report, tag in zip(told, tags, strict=True):
        if tag and tag.precision_m <= _FINE_M and report.serial % 2:
            spot = Position(tag.lat, tag.lon)
            near = (distance_m(spot, report.truth), distance_m(spot, middles[tag.name]))
            fine, right = fine + 1, right + (min(near) <= _FINE_M)
    return 100 * right / max(1, fine)


def _tag(text: str, gazetteer: Gazetteer) -> Geotag | None:
    seen = text[:1_600]
    words = tokens(seen, 300)
    return locate(seen, words, gazetteer=gazetteer, lexicon=load(_LANGUAGES), home=None).place


def _language() -> Iterator[Figure]:
    """Of AfriSenti texts of five words and more, those whose language is told right."""
    languages = known_languages()
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for row in rows("languages/afrisenti_sample.csv.gz"):
        code = _CLAIMED.get(row["language"])
        if code in languages and len(row["text"].split()) >= 5:
            count[row["language"]] += 1
            right[row["language"]] += detect(row["text"], languages)[0] == code
    each = ", ".join(f"{name} {100 * right[name] / count[name]:.1f}" for name in count)
    yield _percent("language", 100 * right.total() / max(1, count.total()), each)


def _calls() -> Iterator[Figure]:
    """Reports called chat, and how well hate speech is told from harmless posts."""
    nowhere = Gazetteer(())
    told = [row["message"] for row in rows("reports/disaster_sms.csv.gz")]
    chat = sum(_read(text, nowhere).kind == "chat" for text in told)
    yield _percent("reports_called_chat", 100 * chat / len(told), f"{chat} of {len(told)}")
    kinds = [tuple(row.values()) for row in rows("hate/davidson_en.csv.gz")]
    called = [
        (kind, "hate_speech" in _read(text, nowhere).hazards)
        for kind, text in kinds[1::2]
        if kind != "1"
    ]
    hits = [kind for kind, hate in called if hate]
    hateful = sum(kind == "0" for kind, _ in called)
    precision = 100 * hits.count("0") / max(1, len(hits))
    recall = 100 * hits.count("0") / max(1, hateful)
    yield _percent("hate_precision", precision, "odd rows, hate against neither")
    yield _percent("hate_recall", recall)


def _gold() -> Iterator[Figure]:
    """Our own labelled messages: see tests/gold/README.md."""
    for split in gold.SPLITS:
        told = gold.read(split)
        chat = 100 * gold.share(told, "chat", gold.is_chat)
        commands = 100 * gold.share(told, "command", gold.is_its_command)
        yield Figure(f"understanding.gold_{split}_f1", gold.macro_f1(told), gold.by_language(told))
        yield _percent(f"gold_{split}_chat", chat)
        yield _percent(f"gold_{split}_commands", commands)


def _speed() -> Iterator[Figure]:
    texts = _messages()
    world = entries(*COUNTRIES)
    nigeria = entries("NG")
    medians: dict[int, float] = {}
    for size in _SIZES:
        gazetteer = Gazetteer(_some(nigeria if size <= len(nigeria) else world, size))
        middle, late = _milliseconds(lambda text, g=gazetteer: _read(text, g), texts)
        medians[size] = middle
        print(f"{size:>8} places: {middle:.3f} ms a message, 99 % within {late:.2f} ms", flush=True)
        if size == 54_000:
            yield Figure("understanding.ms_per_message", middle, f"99 % within {late:.2f} ms")
        del gazetteer
        gc.collect()
    yield Figure("understanding.growth", medians[_SIZES[-1]] / medians[_SIZES[0]], "200k to 3k")
    yield Figure("understanding.process_mb", _process_mb(), "Nigeria, all languages")


def _some(places: Sequence[Entry], size: int) -> list[Entry]:
    chance = random.Random(1)
    return chance.sample(places, size) if size < len(places) else list(places)


def _messages() -> list[str]:
    chance = random.Random(2)
    told = [row["message"] for row in rows("reports/disaster_sms.csv.gz")]
    ged = [report.text for report in reports()["ged_text"]]
    return [*chance.sample(told, _TIMED // 2), *chance.sample(ged, _TIMED // 2)]


def _milliseconds(read: Callable[[str], object], texts: Sequence[str]) -> tuple[float, float]:
    """Median and 99th percentile of one text's time; a first round warms what is kept."""
    took: list[float] = []
    for _ in range(2):
        took.clear()
        for text in texts:
            start = time.perf_counter()
            read(text)
            took.append((time.perf_counter() - start) * 1_000)
    return median(took), sorted(took)[len(took) * 99 // 100]


def _read(text: str, gazetteer: Gazetteer):  # type: ignore[no-untyped-def]
    languages = known_languages()
    return understand(text, gazetteer=gazetteer, lexicon=load(languages), languages=languages)


def _process_mb() -> float:
    """The memory of a fresh process that has read one message with Nigeria's places."""
    program = (
        "import resource\n"
        "from bench.reports import entries\n"
        "from gateway.understanding.gazetteer import Gazetteer\n"
        "from gateway.understanding.lexicon import known_languages, load\n"
        "from gateway.understanding.reading import understand\n"
        "languages = known_languages()\n"
        "understand('armed men seen near Zango heading to Kafanchan', languages=languages,\n"
        "    gazetteer=Gazetteer(entries('NG')), lexicon=load(languages))\n"
        "pages = int(open('/proc/self/statm').read().split()[1])\n"
        "print(pages * resource.getpagesize() / 1e6)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _percent(name: str, value: float, note: str = "percent") -> Figure:
    return Figure(f"understanding.{name}", round(value, 1), note)
