"""The parts of the benchmarks: floor, lines, results file, the refusal of unknown names."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bench import floor_app
from bench.__main__ import BENCHMARKS, main
from bench.figures import Figure
from bench.load import CONNECTIONS, PATH
from bench.servers import ROOT
from bench.visitor import fields_of
from tests.signed import PUBLIC_URL, TOKEN, inbound_form, post_signed

FAKE = """
from bench.figures import Figure

def figures():
    yield Figure("fake.ratio", 0.7402, "812/s of 1097/s, median of 5")
    yield Figure("fake.ms", 0.00312, "median of 3")
    {then}
"""


@pytest.fixture
def floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    url = f"sqlite:///{tmp_path}/floor.db"
    monkeypatch.setenv("FLOOR_DATABASE_URL", url)
    monkeypatch.setenv("FLOOR_TOKEN", TOKEN)
    monkeypatch.setenv("FLOOR_PUBLIC_URL", PUBLIC_URL)
    engine = floor_app.open_engine(url)
    floor_app.MESSAGES.metadata.create_all(engine)
    app = floor_app.create_app()
    yield app.test_client()
    engine.dispose()
    app.extensions["engine"].dispose()


def test_the_floor_keeps_a_signed_message_and_answers_in_twiml(
    floor: FlaskClient, tmp_path: Path
) -> None:
    answer = post_signed(floor, PATH, inbound_form("Armed men near Moa"))
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert b"<Response/>" in answer.data
    assert _rows(tmp_path) == 1


def test_the_floor_refuses_what_is_not_signed(floor: FlaskClient, tmp_path: Path) -> None:
    form = inbound_form("Armed men near Moa")
    assert floor.post(PATH, data=form).status_code == 403
    assert post_signed(floor, PATH, form, headers={"X-Twilio-Signature": "no"}).status_code == 403
    assert _rows(tmp_path) == 0


def test_an_unknown_name_is_wrong_usage() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "nonsense"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert all(name in done.stderr for name in BENCHMARKS)


def test_figures_are_printed_a_line_each_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fake: dict[str, str]
) -> None:
    assert main(["fake"], fake, tmp_path / "results.json") == 0
    assert capsys.readouterr().out.splitlines() == [
        "fake.ratio = 0.74 (812/s of 1097/s, median of 5)",
        "fake.ms = 0.0031 (median of 3)",
    ]
    kept = json.loads((tmp_path / "results.json").read_text())
    assert kept == {"fake.ratio": 0.7402, "fake.ms": 0.00312}


@pytest.mark.parametrize("then", ["raise RuntimeError('the server fell over')"])
def test_a_benchmark_that_fails_says_so_and_keeps_what_it_had(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fake: dict[str, str]
) -> None:
    assert main([], fake, tmp_path / "results.json") == 1
    assert "fake failed: RuntimeError: the server fell over" in capsys.readouterr().err
    assert "fake.ratio" in json.loads((tmp_path / "results.json").read_text())


@pytest.mark.parametrize("then", ["import time; time.sleep(30)"])
def test_a_benchmark_that_never_ends_is_ended(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fake: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench.__main__.LONGEST_S", 1)
    assert main([], fake, tmp_path / "results.json") == 1
    assert "fake failed: TimeoutError: not done after 1 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0.00"), (0.0312, "0.031"), (98.256, "98.26"), (48712.4, "48712")]
)
def test_values_are_shown_as_short_as_they_may_be(value: float, shown: str) -> None:
    assert str(Figure("a.b", value, "one")) == f"a.b = {shown} (one)"


def test_the_fields_of_a_form_are_found_by_its_address_or_its_buttons() -> None:
    html = (
        '<form action="/x"><input name="a" value="1 &amp; 2"><textarea name="b">two\nlines'
        '</textarea><button formaction="/y">Go</button></form><form action="/z"></form>'
    )
    assert fields_of(html, "/x") == fields_of(html, "/y") == {"a": "1 & 2", "b": "two\nlines"}
    assert fields_of(html, "/z") == {}


def test_the_load_is_as_wide_as_the_floor_was_measured() -> None:
    assert CONNECTIONS == 16


@pytest.fixture
def then() -> str:
    """What a fake benchmark does after its figures."""
    return ""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> Iterator[dict[str, str]]:
    (tmp_path / "fake_benchmark.py").write_text(FAKE.format(then=then))
    monkeypatch.syspath_prepend(tmp_path)
    yield {"fake": "fake_benchmark"}
    sys.modules.pop("fake_benchmark", None)


def _rows(folder: Path) -> int:
    engine = floor_app.open_engine(f"sqlite:///{folder}/floor.db")
    with engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(floor_app.MESSAGES))
        count = rows.scalar_one()
    engine.dispose()
    return count
