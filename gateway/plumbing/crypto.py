"""Keys and what is done with them: sealing columns, indexing numbers, making rings."""

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = "v1"
_NONCE_BYTES = 12  # NIST SP 800-38D, section 8.2
_KEY_BYTES = 32


class KeyProblem(Exception):
    """A key is missing, malformed, or not the one that sealed the value."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Named keys of 32 bytes; the first seals, all open."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str, name: str) -> "KeyRing":
        """Reads `id:base64,id:base64`; raises KeyProblem that names the setting, never the key."""
        keys = tuple(_parse_key(part.strip(), name) for part in text.split(",") if part.strip())
        if not keys:
            raise KeyProblem(f"{name}: no key is set; make one with `gateway keys new`")
        if len({key_id for key_id, _ in keys}) != len(keys):
            raise KeyProblem(f"{name}: two keys have the same name")
        return cls(keys)

    def to_text(self) -> str:
        """The ring as `parse` reads it."""
        return ",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in self.keys)

    def with_new_key(self) -> "KeyRing":
        """The same ring with a fresh key in front."""
        taken = {key_id for key_id, _ in self.keys}
        number = next(n for n in range(1, len(taken) + 2) if f"k{n}" not in taken)
        return KeyRing(((f"k{number}", os.urandom(_KEY_BYTES)), *self.keys))


def new_ring() -> KeyRing:
    """A ring with one fresh key."""
    return KeyRing(()).with_new_key()


class Sealer:
    """Encrypts column values with AES-256-GCM, bound to their table and column."""

    def __init__(self, ring: KeyRing) -> None:
        self._current = ring.keys[0][0]
        self._ciphers = {key_id: AESGCM(key) for key_id, key in ring.keys}

    def seal(self, clear: str, place: str) -> str:
        """`v1|key id|base64(nonce + ciphertext)`; `place` is `table.column`, authenticated."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(
            nonce, clear.encode("utf-8", "surrogatepass"), place.encode()
        )
        return f"{_VERSION}|{self._current}|{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """The clear text; raises KeyProblem when the key is gone or the value was changed."""
        try:
            version, key_id, body = sealed.split("|", 2)
            raw = base64.b64decode(body, validate=True)
            cipher = self._ciphers[key_id]
            clear = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode())
        except KeyError:
            raise KeyProblem(f"{place}: its key is not in the ring keys.data") from None
        except (ValueError, binascii.Error, InvalidTag):
            raise KeyProblem(f"{place}: a value was changed or sealed with another key") from None
        if version != _VERSION:
            raise KeyProblem(f"{place}: sealed by a newer version")
        return clear.decode("utf-8", "surrogatepass")

    @property
    def prefix(self) -> str:
        """How everything begins that the newest key sealed."""
        return f"{_VERSION}|{self._current}|"

    @property
    def has_old(self) -> bool:
        """Whether other keys stand behind the newest."""
        return len(self._ciphers) > 1

    def is_current(self, sealed: str) -> bool:
        """Whether the newest key sealed it."""
        return sealed.startswith(self.prefix)


class BlindIndex:
    """Keyed fingerprints by which a number is found again without being readable."""

    def __init__(self, ring: KeyRing) -> None:
        self._key = ring.keys[0][1]

    def of(self, value: str) -> str:
        """HMAC-SHA-256 of the value, 64 hex digits."""
        return hmac.digest(self._key, value.encode("utf-8", "surrogatepass"), sha256).hex()


@dataclass(frozen=True, slots=True)
class Keys:
    """What a database needs to be read: its sealer, its index, and the key of its audit chain."""

    sealer: Sealer
    index: BlindIndex
    chain: bytes

    @classmethod
    def of(cls, data: KeyRing, index: KeyRing) -> "Keys":
        """All three from the two rings; the oldest index key signs the chain, for good."""
        oldest = index.keys[-1][1]
        return cls(Sealer(data), BlindIndex(index), hmac.digest(oldest, b"audit chain", sha256))


def _parse_key(part: str, name: str) -> tuple[str, bytes]:
    key_id, _, body = part.partition(":")
    try:
        key = base64.b64decode(body, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if not key_id.isalnum() or len(key) != _KEY_BYTES:
        raise KeyProblem(f"{name}: expected name:base64 of 32 bytes, keys separated by commas")
    return key_id, key
