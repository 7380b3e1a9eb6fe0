"""Finds the files that ship with the product, in a checkout and in an installed wheel alike."""

from pathlib import Path

import gateway

_PACKAGE = Path(gateway.__file__).resolve().parent
_SHIPPED = _PACKAGE / "_shipped"
_ROOT = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent

CONFIG = _ROOT / "config"
TEMPLATES = _ROOT / "templates"


def config_file(*parts: str) -> Path:
    """A file under `config/`; raises FileNotFoundError that names it."""
    return _existing(CONFIG.joinpath(*parts))


def template_file(*parts: str) -> Path:
    """A file under `templates/`; raises FileNotFoundError that names it."""
    return _existing(TEMPLATES.joinpath(*parts))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"the product's own file {path} is missing: install it again")
    return path
