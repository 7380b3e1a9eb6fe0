"""A copy of the shipped SMS templates that a test may break."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.alerts import wording
from gateway.plumbing import resources


@contextmanager
def breakable_templates(folder: Path) -> Iterator[Path]:
    """The folder with a folder a language; the product reads these files until the block ends."""
    shutil.copytree(resources.TEMPLATES / "sms", folder / "sms")
    with pytest.MonkeyPatch.context() as patch:
        for module in (resources, wording):
            patch.setattr(module, "TEMPLATES", folder)
        _forget()
        yield folder / "sms"
    _forget()


def _forget() -> None:
    for read_once in (wording._shipped, wording._names, wording._languages):
        read_once.cache_clear()
