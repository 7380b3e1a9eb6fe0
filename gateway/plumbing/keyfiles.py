"""Where keys come from: the settings, or files of mode 0600 that the gateway made itself."""

import os
import secrets
from pathlib import Path

from gateway.plumbing.crypto import KeyProblem, KeyRing, Keys, new_ring
from gateway.plumbing.settings import Settings

NAMES = ("data", "index", "session")


def key_folder(settings: Settings) -> Path:
    """The folder of the keys that the gateway makes on a first run."""
    return settings.var / "keys"


def read_secret(settings: Settings, name: str) -> str:
    """The text of `keys.<name>`, from the settings or the key folder; empty when there is none."""
    configured: str = getattr(settings.keys, name).get_secret_value()
    path = key_folder(settings) / name
    if configured:
        return configured
    return path.read_text(encoding="utf-8").strip() if path.is_file() else ""


def make_missing_keys(settings: Settings) -> list[Path]:
    """Writes a file for each secret that is set nowhere; returns the files it made."""
    made = []
    for name in NAMES:
        if not read_secret(settings, name):
            text = secrets.token_urlsafe(48) if name == "session" else new_ring().to_text()
            made.append(write_secret(settings, name, text))
    return made


def write_secret(settings: Settings, name: str, text: str) -> Path:
    """Writes one key file, readable by its owner only, whole or not at all."""
    folder = key_folder(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, draft = folder / name, folder / f".{name}.new"
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def load_keys(settings: Settings) -> Keys:
    """The keys of the database; raises KeyProblem that names the setting."""
    data = KeyRing.parse(read_secret(settings, "data"), "keys.data")
    index = KeyRing.parse(read_secret(settings, "index"), "keys.index")
    return Keys.of(data, index)


def session_secret(settings: Settings) -> str:
    """What signs the session cookies; raises KeyProblem when it is missing or short."""
    secret = read_secret(settings, "session")
    if len(secret) < 32:
        raise KeyProblem("keys.session: set 32 characters or more, or run `gateway keys new`")
    return secret
