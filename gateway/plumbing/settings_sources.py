"""The layers of the settings: shipped file, one's own file, environment, secret files."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.plumbing.resources import config_file

ENV_PREFIX = "GATEWAY_"
SECRETS = frozenset(
    {
        "data", "index", "session", "metrics_token", "token", "auth_token", "auth_token_secondary",
        "webhook_secret", "signature_secret", "api_key", "api_secret", "secret", "password",
    }
)  # fmt: skip
PATHS = frozenset({"sign_key_file", "sign_cert_file"})  # settings that are names of files
_NOT_SETTINGS = frozenset({"GATEWAY_CONFIG"})


def layers(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The merged tree, later layers over earlier ones, and what could not be read."""
    problems: list[str] = []
    merged = _read_toml(config_file("gateway.toml"), problems)
    own: dict[str, Any] = {}
    path = environ.get("GATEWAY_CONFIG")
    if path:
        own = _read_toml(Path(path), problems)
        problems += [
            f"{key}: secrets do not belong in {path}; set it in the environment or in a file"
            for key in _secret_keys(own)
        ]
    _merge(own, _from_environment(environ, problems))
    _replace_sample_accounts(merged, own)
    _merge(merged, own)
    return merged, problems


def origins(environ: Mapping[str, str]) -> dict[str, str]:
    """Which settings do not come from the shipped file: "file" or "environment" by dotted key."""
    path = environ.get("GATEWAY_CONFIG")
    own = _read_toml(Path(path), []) if path else {}
    found = dict.fromkeys(_keys(own), "file")
    return found | dict.fromkeys(_keys(_from_environment(environ, [])), "environment")


def _keys(tree: Mapping[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key, value in tree.items():
        found.append(prefix + key)
        if isinstance(value, dict):
            found += _keys(value, f"{prefix}{key}.")
    return found


def _read_toml(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"GATEWAY_CONFIG: {path} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        problems.append(f"GATEWAY_CONFIG: {path} is not UTF-8 text")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"GATEWAY_CONFIG: {path} is not TOML: {error}")
    return {}


def _secret_keys(tree: Mapping[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            found += _secret_keys(value, f"{prefix}{key}.")
        elif key in SECRETS and value:
            found.append(prefix + key)
    return found


def _replace_sample_accounts(merged: dict[str, Any], own: Mapping[str, Any]) -> None:
    """Accounts of one's own replace the shipped sample: its webhook takes unsigned messages."""
    accounts = own.get("providers")
    if not isinstance(accounts, dict):
        return
    sample = merged["providers"]
    merged["providers"] = {name: sample[name] for name in accounts if name in sample}
    for name, account in accounts.items():
        if isinstance(account, dict) and name not in sample:
            account.setdefault("type", name)
    if "routes" not in own:
        merged["routes"] = [{"prefix": "", "accounts": list(accounts)}]


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for variable, raw in sorted(environ.items()):
        if not variable.startswith(ENV_PREFIX) or variable in _NOT_SETTINGS:
            continue
        name, value = variable.removeprefix(ENV_PREFIX), raw
        if name.endswith("_FILE") and name.lower().split("__")[-1] not in PATHS:
            name = name.removesuffix("_FILE")
            try:
                value = Path(raw).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                problems.append(f"{variable}: the file {raw} cannot be read")
                continue
        _put(tree, name, value)
    return tree


def _put(tree: dict[str, Any], name: str, value: str) -> None:
    parts = name.lower().split("__")
    if parts[0] == "providers" and len(parts) > 2:
        parts[1] = parts[1].replace("_", "-")
    node = tree
    for part in parts[:-1]:
        node = node.setdefault(part, {})
    node[parts[-1]] = _parsed(parts, value)


def _parsed(parts: list[str], value: str) -> Any:
    """Lists and tables are written as in TOML or JSON; a list of words may also be `en,sw,fr`."""
    if value[:1] in ("[", "{"):
        try:
            return tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            return _from_json(value)
    return value.split(",") if parts == ["languages"] else value


def _from_json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
