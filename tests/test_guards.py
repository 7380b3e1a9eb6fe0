"""Rules about the house itself, ten lines each."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from gateway.alerts import wording
from gateway.alerts.drafting import NO_WARNING
from gateway.plumbing.resources import CONFIG, TEMPLATES
from gateway.plumbing.settings import ProviderSettings, Route, Settings
from gateway.plumbing.settings_alerts import ApprovalRule
from gateway.plumbing.settings_duty import Shift
from gateway.plumbing.settings_sources import SECRETS
from gateway.providers import PROVIDERS
from gateway.terms.states import MACHINES
from tests.conftest import LONG_FILES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gateway"
NO_PROVIDERS = {
    "__init__", "base", "errors", "values", "wire", "options", "reading", "talking", "tokens",
    "smsd_tables", "smsd_coding",  # parts of gammu
}  # fmt: skip
LANGUAGES = sorted(path.name for path in (TEMPLATES / "sms").iterdir())
HAZARDS = sorted(tomllib.loads((CONFIG / "hazards.toml").read_text(encoding="utf-8")))


def test_every_file_of_a_provider_is_in_the_one_list() -> None:
    files = {path.stem for path in (PACKAGE / "providers").glob("*.py")}
    assert files - NO_PROVIDERS == set(PROVIDERS)
    assert {name: cls.type for name, cls in PROVIDERS.items()} == {name: name for name in PROVIDERS}


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_company_has_its_page_and_its_row(name: str) -> None:
    page = f"providers/{name}.md"
    assert (ROOT / "docs" / page).is_file()
    assert f"| `{name}` |" in (listed := (ROOT / "docs/providers.md").read_text(encoding="utf-8"))
    assert f"]({page}) |" in listed


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_every_status_of_a_company_maps_to_a_state_of_a_delivery(name: str) -> None:
    states = PROVIDERS[name].STATES
    assert states
    assert set(states.values()) <= {"submitted", "delivered", "failed", None}
    assert set(states.values()) - {None} <= set(MACHINES["delivery"])


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_every_state_is_reachable_from_the_first(name: str) -> None:
    machine = MACHINES[name]
    reached, edge = set(), {next(iter(machine))}
    while edge:
        reached |= edge
        edge = set().union(*(machine[state] for state in edge)) - reached
    assert reached == set(machine)


def test_every_key_of_the_shipped_file_is_a_field_and_every_field_a_key() -> None:
    shipped = tomllib.loads((CONFIG / "gateway.toml").read_text(encoding="utf-8"))
    keys = set(_keys(shipped))
    assert keys - _fields(Settings) == set()
    assert _fields(Settings) - keys == set()


def test_every_key_of_the_shipped_file_is_explained_above_it() -> None:
    lines = (CONFIG / "gateway.toml").read_text(encoding="utf-8").splitlines()
    bare, explained = [], ""
    for line, above in zip(lines, ["", *lines], strict=False):
        key = line.split(" =")[0]
        if not re.match(r"^\w+ = ", line):
            continue
        explained = above if above.startswith("# ") else explained
        if not above.startswith("# ") and key not in explained:
            bare.append(key)  # one comment may explain two keys when it names the second
    assert bare == []


def test_the_examples_of_lists_have_every_key_of_a_row() -> None:
    lines = (CONFIG / "gateway.toml").read_text(encoding="utf-8").splitlines()
    example = "\n".join(line.removeprefix("#   ") for line in lines if line.startswith("#   "))
    examples = tomllib.loads(example)
    for key, model in (("rota", Shift), ("approval_rules", ApprovalRule)):
        (row,) = examples[key]
        assert set(row) == set(model.model_fields)
        model(**row)


def test_no_secret_is_in_the_shipped_settings() -> None:
    shipped = tomllib.loads((CONFIG / "gateway.toml").read_text(encoding="utf-8"))
    assert {key: value for key, value in _keys(shipped).items() if _is_secret(key) and value} == {}
    assert {key.split(".")[-1] for key in _fields(Settings) if _is_secret(key)} == SECRETS


def test_the_floors_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout.decode()[-3000:]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_hazard_has_its_words_in_every_language(language: str) -> None:
    folder = TEMPLATES / "sms" / language
    needed = {f"hazard_{hazard}.txt" for hazard in HAZARDS}
    needed |= {f"warning_{hazard}.txt" for hazard in HAZARDS if hazard not in NO_WARNING}
    assert needed - {path.name for path in folder.iterdir()} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_exists_in_every_language_and_asks_for_the_same_facts(language: str) -> None:
    here = {path.stem for path in (TEMPLATES / "sms" / language).glob("*.txt")}
    assert here == wording.names()
    assert {n for n in here if wording.fields(language, n) != wording.fields("en", n)} == set()


def test_every_hazard_of_the_templates_and_the_lexicons_is_in_the_list() -> None:
    named = {name.removeprefix("hazard_") for name in wording.names() if "hazard_" in name}
    assert named == set(HAZARDS)


def test_nothing_is_left_to_do_in_the_product() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = {path.name for path in _product() if mark.search(path.read_text(encoding="utf-8"))}
    assert found == set()


def test_the_product_knows_no_folder_beside_the_checkout() -> None:
    files = [*_product(), ROOT / "README.md", ROOT / "Makefile", ROOT / "pyproject.toml"]
    beside = ("../shared", "work/shared")
    found = {path for path in files for name in beside if name in path.read_text(encoding="utf-8")}
    assert found == set()


def test_every_module_opens_with_a_sentence() -> None:
    mute = [
        str(path)
        for path in PACKAGE.rglob("*.py")
        if "versions" not in path.parts and not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert mute == []


def _product() -> list[Path]:
    kinds = {".py", ".html", ".txt", ".toml", ".js", ".css"}
    return [
        path
        for folder in (PACKAGE, CONFIG, TEMPLATES)
        for path in folder.rglob("*")
        if path.suffix in kinds and path.is_file() and "vendor" not in path.parts
    ]


def _keys(tree: dict[str, object], prefix: str = "") -> dict[str, object]:
    """Each key of the file; accounts share one set of keys, and so do routes."""
    found: dict[str, object] = {}
    for key, value in tree.items():
        name = prefix + ("<account>" if prefix == "providers." else key)
        if isinstance(value, dict):
            found |= _keys(value, f"{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                found |= _keys(one, f"{name}.")
        else:
            found[name] = value
    return found


def _fields(model: type[BaseModel], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        if name == "providers":
            found |= _fields(ProviderSettings, "providers.<account>.")
        elif name == "routes":
            found |= _fields(Route, "routes.")
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= _fields(kind, f"{prefix}{name}.")
        else:
            found.add(prefix + name)
    return found


def _is_secret(key: str) -> bool:
    section, _, name = key.rpartition(".")
    words = ("token", "secret", "password", "api_key")
    return section == "keys" or any(word in name for word in words)


def test_the_files_that_are_to_begin_first_are_there() -> None:
    assert [name for name in LONG_FILES if not (ROOT / name).is_file()] == []
