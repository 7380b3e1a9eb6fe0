"""Signs webhooks as Twilio, Plivo, MessageBird and Sinch do, in other words than ours."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit


def twilio(url: str, form: Sequence[tuple[str, str]], token: str) -> dict[str, str]:
    """The proof of address and form (none for a GET), each field once."""
    covered = url + "".join(name + value for name, value in sorted(form))
    made = hmac.digest(token.encode(), covered.encode(), "sha1")
    return {"X-Twilio-Signature": base64.b64encode(made).decode()}


def plivo_v2(url: str, token: str, nonce: str = "12345") -> dict[str, str]:
    """The older proof, of the bare address."""
    parts = urlsplit(url)
    covered = f"{parts.scheme}://{parts.netloc}{parts.path}{nonce}"
    return {
        "X-Plivo-Signature-V2": _hmac(token, covered.encode()),
        "X-Plivo-Signature-V2-Nonce": nonce,
    }


def plivo_v3(
    url: str, form: Sequence[tuple[str, str]], token: str, nonce: str = "12345"
) -> dict[str, str]:
    """The newer proof, of address, query and form (none for a GET)."""
    parts = urlsplit(url)
    covered = f"{parts.scheme}://{parts.netloc}{parts.path}"
    query = "&".join("=".join(pair) for pair in sorted(parse_qsl(parts.query, True)))
    if query or form:
        covered += "?" + query
    if query and form:
        covered += "."
    covered += "".join(name + value for name, value in sorted(form)) + "." + nonce
    return {
        "X-Plivo-Signature-V3": _hmac(token, covered.encode()),
        "X-Plivo-Signature-V3-Nonce": nonce,
    }


def messagebird(
    url: str, body: bytes, key: str, now: float, *, alg: str = "HS256", **changes: Any
) -> dict[str, str]:
    """A token for this request; `changes` to its claims, None takes one away."""
    claims = {
        "iss": "MessageBird",
        "nbf": int(now),
        "exp": int(now) + 60,
        "jti": "1",
        "url_hash": hashlib.sha256(url.encode()).hexdigest(),
        "payload_hash": hashlib.sha256(body).hexdigest() if body else None,
    }
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return {"MessageBird-Signature-JWT": token(kept, key, alg)}


def token(claims: Mapping[str, Any], key: str, alg: str = "HS256") -> str:
    """A JWT; "none" is one without a signature."""
    said = b".".join(_b64(json.dumps(one).encode()) for one in ({"alg": alg, "typ": "JWT"}, claims))
    made = b"" if alg == "none" else hmac.digest(key.encode(), said, "sha" + alg[2:])
    return (said + b"." + _b64(made)).decode()


def claims_of(given: str) -> dict[str, Any]:
    """What a JWT says, whoever made it."""
    middle = given.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


def sinch(body: bytes, key: str, nonce: str = "01FJ", moment: str = "1634579353") -> dict[str, str]:
    """The four headers of Sinch."""
    name = "X-Sinch-Webhook-Signature"
    return {
        name: _hmac(key, body + f".{nonce}.{moment}".encode()),
        f"{name}-Nonce": nonce,
        f"{name}-Timestamp": moment,
        f"{name}-Algorithm": "HmacSHA256",
    }


def _hmac(key: str, covered: bytes) -> str:
    return base64.b64encode(hmac.new(key.encode(), covered, hashlib.sha256).digest()).decode()


def _b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
