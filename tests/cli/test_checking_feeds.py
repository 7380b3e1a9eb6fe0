"""`gateway check` says what is wrong with the feeds' key and signature."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.cli.checking import findings
from tests.certificates import key_files
from tests.make import TEST_ENV


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """What is said of the feeds under these settings."""
    monkeypatch.chdir(tmp_path)

    def look(**environ: str) -> str | None:
        for name, value in (TEST_ENV | environ).items():
            monkeypatch.setenv(name, value)
        return next(problem for name, problem in findings() if name == "feeds")

    return look


def test_the_shipped_settings_are_well(found) -> None:
    assert found() is None


def test_a_key_that_can_be_guessed_is_said(found) -> None:
    assert "16 characters" in found(GATEWAY_FEEDS__TOKEN="partners")
    assert found(GATEWAY_FEEDS__TOKEN="partners-of-the-gateway") is None


def test_files_that_do_not_fit_are_said(found, tmp_path: Path) -> None:
    key, cert = key_files(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    assert found(GATEWAY_FEEDS__SIGN_KEY_FILE=key, GATEWAY_FEEDS__SIGN_CERT_FILE=cert) is None
    assert "no certificate" in found(GATEWAY_FEEDS__SIGN_CERT_FILE=key)
    assert "No such file" in found(GATEWAY_FEEDS__SIGN_KEY_FILE=f"{key}.gone")
