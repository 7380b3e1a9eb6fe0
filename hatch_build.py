"""Adds templates/ and config/ to the wheel as gateway/_shipped, the built assets and the compiled
words of the pages; an editable install uses the checkout's own folders, so that no stale copy ever
answers."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("templates", "config")
BUILT = ("gateway/web/static/built/leaflet.js", "gateway/web/static/built/countries.json")
TRANSLATIONS = "gateway/web/translations"


class ShipFolders(BuildHookInterface):  # type: ignore[misc]
    """Hatchling's hook of this project."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before each build; `version` is "editable" or "standard"."""
        if version == "editable":
            return
        for folder in SHIPPED:
            source = Path(self.root, folder)
            if not source.is_dir():
                raise FileNotFoundError(f"{source} is missing: the wheel would be hollow")
            build_data["force_include"][str(source)] = f"gateway/_shipped/{folder}"
        for file in BUILT:
            if not Path(self.root, file).is_file():
                raise FileNotFoundError(f"{file} is missing: run `make setup`, which builds it")
        for catalogue in Path(self.root, TRANSLATIONS).glob("*/LC_MESSAGES/*.po"):
            _compile(catalogue)


def _compile(catalogue: Path) -> None:
    with catalogue.open("rb") as words, catalogue.with_suffix(".mo").open("wb") as out:
        write_mo(out, read_po(words, locale=catalogue.parts[-3]))
