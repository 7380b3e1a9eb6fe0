"""`python -m bench [name…]`: runs the benchmarks, prints their figures and keeps them."""

import importlib
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figures import Figure, save

BENCHMARKS: Mapping[str, str] = {
    "inbound": "bench.inbound",
    "story": "bench.story",
    "understanding": "bench.understanding",
    "matching": "bench.matching",
    "fanout": "bench.fanout",
    "sending": "bench.sending",
    "receipts": "bench.receipts",
    "pages": "bench.pages",
}
RESULTS = Path(__file__).with_name("results.json")
LONGEST_S = 300


def main(
    names: Sequence[str],
    benchmarks: Mapping[str, str] = BENCHMARKS,
    results: Path = RESULTS,
) -> int:
    """0 when all ran, 1 when one failed, 2 for a name nobody knows; missed goals are no failure.

    Each benchmark is a module whose `figures()` yields them as they are found.
    """
    unknown = [name for name in names if name not in benchmarks]
    if unknown:
        known = ", ".join(benchmarks)
        print(f"no benchmark is named {', '.join(unknown)}; there are: {known}", file=sys.stderr)
        return 2
    found: list[Figure] = []
    failed = False
    for name in names or benchmarks:
        try:
            _run(benchmarks[name], found)
        except Exception as error:
            failed = True
            print(f"{name} failed: {type(error).__name__}: {error}", file=sys.stderr)
    save(found, results)
    return 1 if failed else 0


def _run(module: str, found: list[Figure]) -> None:
    with _bounded(LONGEST_S):
        for figure in importlib.import_module(module).figures():
            print(figure, flush=True)
            found.append(figure)


@contextmanager
def _bounded(seconds: int) -> Iterator[None]:
    """Ends what runs too long by an exception, so that it stops the servers it started."""

    def late(_number: int, _frame: Any) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _leave(number: int, _frame: Any) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)  # an exit by exception stops the servers too
    sys.exit(main(sys.argv[1:]))
