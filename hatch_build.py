"""Adds templates/ and config/ to the wheel as gateway/_shipped; an editable install uses the
checkout's own folders, so that no stale copy ever answers."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("templates", "config")


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
