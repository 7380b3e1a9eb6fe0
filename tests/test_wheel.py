"""The built wheel alone, in an empty folder, serves a page and knows its places."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Gateway, free_port

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT))
    done = subprocess.run([sys.executable, *build], capture_output=True, timeout=180)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of a fresh environment: the wheel, and the dependencies of this one by a path."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    python = folder / "bin" / "python"
    install = ("install", "--quiet", "--no-index", "--no-deps", str(wheel))
    _run(sys.executable, "-m", "pip", "--python", str(python), *install)
    (site,) = (folder / "lib").glob("python3*/site-packages")
    # A plain path: the .pth files in there, and with them the editable install, stay unread.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


@pytest.fixture(scope="module")
def gateway(bin_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """`gateway run` as a newcomer starts it, with no settings at all."""
    empty = tmp_path_factory.mktemp("empty")
    program = (str(bin_folder / "gateway"),)
    gateway = Gateway(("run",), _bare(), empty, free_port(), program).start()
    yield gateway
    gateway.kill()


def test_the_wheel_holds_what_ships_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0].split("-")[0] for name in names} == {
        "gateway", "community_alert_gateway",
    }  # fmt: skip
    for folder in ("config", "templates"):
        files = {f"gateway/_shipped/{path}" for path in _files(ROOT / folder, ROOT)}
        assert files <= names
    assert {str(path) for path in _files(ROOT / "gateway", ROOT)} <= names
    assert [name for name in names if "test" in Path(name).name] == []
    assert any(name.startswith("gateway/web/static/") for name in names)


def test_the_code_comes_from_the_wheel(bin_folder: Path, gateway: Gateway) -> None:
    show = "import gateway, gateway.plumbing.resources as r; print(gateway.__file__, r.CONFIG)"
    python = str(bin_folder / "python")
    code, config = _run(python, "-c", show, cwd=gateway.folder).split()
    assert Path(code).is_relative_to(bin_folder.parent)
    assert Path(config).is_relative_to(Path(code).parent / "_shipped")


def test_a_page_and_its_assets_are_served(gateway: Gateway) -> None:
    status, page = gateway.get("/signin")
    assert status == 200
    assert b"</html>" in page
    assets = re.findall(rb'(?:href|src)="(/static/[^"?]+)', page)
    assert assets
    for asset in assets:
        status, body = gateway.get(asset.decode())
        assert (status, bool(body)) == (200, True), asset


def test_keys_of_its_own_making_are_for_their_owner_only(gateway: Gateway) -> None:
    made = {path.name: path.stat().st_mode & 0o777 for path in gateway.folder.glob("var/keys/*")}
    assert made == {"data": 0o600, "index": 0o600, "session": 0o600}


def test_its_places_are_found(gateway: Gateway, bin_folder: Path) -> None:
    found = _run(str(bin_folder / "gateway"), "gazetteer", "search", "Moa", cwd=gateway.folder)
    assert "\tMoa\t" in found


def test_the_check_finds_nothing_to_mend(gateway: Gateway, bin_folder: Path) -> None:
    said = _run(str(bin_folder / "gateway"), "check", cwd=gateway.folder)
    assert {line.split(": ", 1)[1] for line in said.splitlines()} == {"ok"}


def test_a_message_is_understood(gateway: Gateway, bin_folder: Path) -> None:
    (gateway.folder / "messages.txt").write_text("watu wenye silaha karibu na Moa\n")
    said = _run(str(bin_folder / "gateway"), "read", "messages.txt", "--json", cwd=gateway.folder)
    assert '"armed_group"' in said
    assert '"Moa"' in said


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=_bare(), capture_output=True, timeout=120, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _bare() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    return {key: os.environ[key] for key in kept if key in os.environ}


def _files(folder: Path, root: Path) -> list[Path]:
    return [
        path.relative_to(root)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
