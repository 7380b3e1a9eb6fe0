"""Keys the gateway made itself: for their owner only, whole or not at all."""

import os
from pathlib import Path

import pytest

from gateway.plumbing.crypto import KeyProblem
from gateway.plumbing.keyfiles import (
    key_folder,
    load_keys,
    make_missing_keys,
    read_secret,
    session_secret,
    write_secret,
)
from gateway.plumbing.settings import Settings, load_settings
from tests.make import TEST_ENV


def _settings(folder: Path, **environ: str) -> Settings:
    return load_settings({"GATEWAY_VAR": str(folder / "var")} | environ)


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    made = make_missing_keys(settings)
    assert {path.name: path.stat().st_mode & 0o777 for path in made} == {
        "data": 0o600, "index": 0o600, "session": 0o600,
    }  # fmt: skip
    assert key_folder(settings).stat().st_mode & 0o777 == 0o700
    before = {path: path.read_bytes() for path in made}
    assert make_missing_keys(settings) == []
    assert {path: path.read_bytes() for path in made} == before
    assert load_keys(settings).sealer.open(load_keys(settings).sealer.seal("x", "a.b"), "a.b")
    assert len(session_secret(settings)) >= 32


def test_an_open_umask_opens_no_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = make_missing_keys(_settings(tmp_path))
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}


def test_a_configured_key_wins_and_no_file_is_made_for_it(tmp_path: Path) -> None:
    settings = _settings(tmp_path, **TEST_ENV)
    assert make_missing_keys(settings) == []
    assert not key_folder(settings).exists()
    assert read_secret(settings, "session") == "s" * 40


def test_a_left_over_draft_of_a_crash_harms_nothing(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    key_folder(settings).mkdir(parents=True)
    (key_folder(settings) / ".data.new").write_text("half a k")
    make_missing_keys(settings)
    load_keys(settings)
    assert sorted(path.name for path in key_folder(settings).iterdir()) == [
        "data", "index", "session",
    ]  # fmt: skip


def test_a_key_file_is_replaced_whole(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    write_secret(settings, "session", "a" * 40)
    path = write_secret(settings, "session", "b" * 40)
    assert path.read_text() == "b" * 40 + "\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_missing_keys_are_named(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    with pytest.raises(KeyProblem, match=r"^keys\.data: "):
        load_keys(settings)
    with pytest.raises(KeyProblem, match=r"^keys\.session: "):
        session_secret(settings)


def test_a_short_session_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="32 characters"):
        session_secret(_settings(tmp_path, GATEWAY_KEYS__SESSION="short"))
