"""What `gateway check` says of texts: every file and line to mend."""

import shutil
from pathlib import Path

import pytest

from gateway.alerts import lettering, playbooks
from gateway.alerts.playbooks import Playbook, Shelf
from gateway.cli import checking
from gateway.flow import playbooks as here
from tests.make import TEST_ENV


@pytest.fixture
def installed(
    migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """A gateway with its database, as the environment of the command describes it."""
    shutil.copy(migrated_sqlite, tmp_path / "gateway.db")
    facts = {
        "GATEWAY_DATABASE__URL": f"sqlite:///{tmp_path / 'gateway.db'}",
        "GATEWAY_VAR": str(tmp_path / "var"),
    }
    for name, value in (TEST_ENV | facts).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def said(name: str) -> list[str | None]:
    return [problem for about, problem in checking.findings() if about == name]


def test_check_finds_the_shipped_texts_well(installed: pytest.MonkeyPatch) -> None:
    found = list(checking.findings())
    for name in ("templates", "playbooks", "letters"):
        assert [problem for about, problem in found if about == name] == [None]


def test_check_names_every_line_that_a_language_lacks(installed: pytest.MonkeyPatch) -> None:
    whole = playbooks.shipped()
    lines = {code: line for code, line in whole.of("attack").action.items() if code != "fr"}
    lines["sw"] = "x" * 190
    shelf = Shelf(dict(whole.playbooks) | {"attack": Playbook(("Call",), lines)}, ("a mistake",))
    installed.setattr(playbooks, "shipped", lambda: shelf)
    installed.setattr(here, "shipped", lambda: shelf)
    mistake, swahili, french = said("playbooks")
    assert mistake == "a mistake"
    assert french == "attack: no line in French"
    assert swahili
    assert swahili.startswith("attack: the line in Swahili is ")


def test_check_names_every_line_that_is_too_long_for_the_budget(
    installed: pytest.MonkeyPatch,
) -> None:
    installed.setenv("GATEWAY_LINT__SEGMENTS_GSM7", "1")
    assert len(said("playbooks")) == 1 + 9 * 3


def test_check_names_every_mistake_of_the_letters(installed: pytest.MonkeyPatch) -> None:
    tables = {"xx": {"accents": 1, "letters": {"ab": "c", "ɓ": "ɗ"}, "tone": 1}, "yy": 3}
    installed.setattr(lettering, "_tables", lambda: tables)
    assert said("letters") == [
        "config/letters.toml: [xx] has an unknown key 'tone'",
        "config/letters.toml: [xx] accents: expected true or false",
        "config/letters.toml: [xx] letters: 'ab' must be one letter, with GSM-7 letters for it",
        "config/letters.toml: [xx] letters: 'ɓ' must be one letter, with GSM-7 letters for it",
        "config/letters.toml: [yy] is no table",
    ]
