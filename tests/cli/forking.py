"""A process that has imported the program, and becomes each command in a fork of itself.

What a command does and how it ends is as real as in a process started anew, only without the
second in which Python imports libraries and reads word lists, which are the same every time.
"""

import gc
import json
import os
import select
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

_ROOT = Path(__file__).parent.parent.parent
_LONGEST_S = 120
_STREAMS = ("stdin", "stdout", "stderr")


class Forks:
    """The process, for those who run commands; used by one test at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path},
            text=True,
        )

    def run(
        self, words: Sequence[str], folder: Path, environ: Mapping[str, str], stdin: str
    ) -> subprocess.CompletedProcess[str]:
        """`gateway <words>` in that folder, with those variables and no others."""
        files = {name: str(self._folder / name) for name in _STREAMS}
        Path(files["stdin"]).write_text(stdin, encoding="utf-8")
        order = {"words": words, "folder": str(folder), "environ": dict(environ), "files": files}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        ended, _, _ = select.select([self._process.stdout], [], [], _LONGEST_S)
        if not ended:
            self._process.kill()
            raise subprocess.TimeoutExpired(["gateway", *words], _LONGEST_S)
        code = int(self._process.stdout.readline())
        out, err = (Path(files[name]).read_text(encoding="utf-8") for name in _STREAMS[1:])
        return subprocess.CompletedProcess(["gateway", *words], code, out, err)

    def stop(self) -> None:
        """Ends it: no more commands come."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


def _import_program() -> None:
    from gateway.cli import checking, data, drill, keyring, people, places, reading, serving
    from gateway.inbox import keywords
    from gateway.plumbing.settings import load_settings
    from gateway.understanding import copying, language, lexicon

    assert all((checking, data, drill, keyring, people, places, reading, serving))
    shipped, every = load_settings({}).languages, lexicon.known_languages()
    for languages in (shipped, tuple(dict.fromkeys(shipped + every))):
        keywords.load(languages)
        copying.copies(languages)
    language.detect("zaq zeq ziq zoq", shipped)  # words of no list: the model must be asked


def _next_order() -> dict[str, Any] | None:
    """In the fork the command to become; None in the process itself, when no more come."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            order: dict[str, Any] = json.loads(line)
            return order
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 (the answer)
    return None


def _become(order: Mapping[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(order["environ"])
    os.chdir(order["folder"])
    for number, name in enumerate(_STREAMS):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY
        opened = os.open(order["files"][name], flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
        mode = "w" if number else "r"
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    sys.argv = ["gateway", *order["words"]]


def _run_to_the_end() -> NoReturn:
    """As Python itself ends, but without taking all the word lists apart."""
    from gateway.cli import main

    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _import_program()
    gc.freeze()  # else each fork copies what it only counts
    if (found := _next_order()) is not None:
        _become(found)
        _run_to_the_end()
