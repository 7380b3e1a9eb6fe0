"""The product's own files are found wherever it is installed, and missed by name."""

import pytest

from gateway.plumbing.resources import CONFIG, TEMPLATES, config_file, template_file


def test_the_shipped_files_are_found() -> None:
    assert config_file("gateway.toml").is_relative_to(CONFIG)
    assert template_file("sms", "en", "help.txt").is_relative_to(TEMPLATES)


def test_a_checkout_holds_no_stale_copy() -> None:
    assert "_shipped" not in CONFIG.parts


@pytest.mark.parametrize("find", [config_file, template_file])
def test_a_missing_file_is_named(find: object) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.toml is missing"):
        find("nothing.toml")  # type: ignore[operator]


def test_a_folder_is_no_file() -> None:
    with pytest.raises(FileNotFoundError):
        config_file("lexicon")
