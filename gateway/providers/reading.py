"""Reads what companies and strangers send, whatever its shape, without ever breaking."""

import base64
import codecs
import hmac
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import structlog
from jwt import InvalidTokenError, PyJWS
from jwt.algorithms import HMACAlgorithm
from lxml import etree

from gateway.plumbing import metrics
from gateway.providers.errors import NotAuthentic, Unreadable
from gateway.providers.values import ProviderConfig, WebhookRequest

log = structlog.get_logger()
_T = TypeVar("_T")
_Item = TypeVar("_Item")

_SHORTEST_WRAPPED = 60  # letters of base64; what is shorter came whole
_WRAPPED = re.compile("[A-Za-z0-9+/]+={0,2}")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_DEEPEST = 100  # lists and objects within each other; no company's JSON has ten
_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[][{}]', re.DOTALL)


def check_secret(request: WebhookRequest, config: ProviderConfig) -> None:
    """For companies that sign nothing: the secret `key` of the address; raises NotAuthentic.

    An account without `webhook_secret` believes everybody; `gateway check` says so.
    """
    secret = config.options.get("webhook_secret", "")
    if secret and not same(request.in_query("key") or "", secret):
        raise NotAuthentic


def same(given: str, secret: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing of them."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), secret.encode("utf-8", "surrogatepass")
    )


def claims_of(token: str, key: str, algorithms: Sequence[str] = ("HS256",)) -> dict[str, Any]:
    """What a token (RFC 7519) claims that was signed with our key; raises NotAuthentic.

    Its times are the caller's to check: against when it came, not when it is read.
    """
    try:
        claims: Any = json.loads(_JWS.decode(token, key, list(algorithms)))
    except (InvalidTokenError, ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise NotAuthentic
    return claims


def fields(request: WebhookRequest) -> dict[str, str]:
    """Query and form together, the form first and of repeats the first; names in small letters."""
    pairs = [*request.form, *request.query]
    return {name.lower(): value for name, value in reversed(pairs)}


def each(account: str, items: Iterable[_Item], read: Callable[[_Item], _T]) -> list[_T]:
    """Every readable item of a list; raises Unreadable if there are only others.

    One that is broken must not take the others with it: it is counted and told to the operator,
    since the company would send all of them again, and broken still.
    """
    found: list[_T] = []
    faults: list[Unreadable] = []
    for item in items:
        try:
            found.append(read(item))
        except Unreadable as error:
            faults.append(error)
    if faults and not found:
        raise faults[-1]
    for fault in faults:
        metrics.REFUSED.labels(account, "unreadable item").inc()
        log.warning("item of a webhook refused", account=account, why=str(fault))
    return found


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; raises Unreadable."""
    found = as_object(body)
    if found is None:
        raise Unreadable("the body is no JSON object")
    return found


def as_object(text: str | bytes) -> dict[str, Any] | None:
    """The JSON object of a text, or None."""
    try:
        found = json_of(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def json_of(text: str | bytes) -> Any:
    """What a JSON text says; raises ValueError.

    Looks at the depth first: while the parser is near the end of the stack, whatever is cleared
    away just then, such as another request's connection, fails too.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    if _is_deep(text):
        raise ValueError("too deep")
    return json.loads(text)


def _is_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > _DEEPEST:
            return True
    return False


def xml_of(body: bytes) -> Any:
    """The root of an XML document, without entities and network; raises Unreadable."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or root.getroottree().docinfo.doctype:
        raise Unreadable("the body is no XML that we read")
    return root


def inner(value: object, *path: str | int) -> Any:
    """What lies at the end of a path of names and places in lists, or None."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def word(value: object) -> str:
    """A text or a number as text that can be kept; anything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).encode("utf-8", "replace").decode("utf-8")


def with_plus(number: str) -> str:
    """An international number as E.164 where the company leaves the plus out.

    Short codes and names stay as they are.
    """
    return f"+{number}" if re.fullmatch(r"[1-9][0-9]{7,14}", number) else number


def sender(raw: str) -> str:
    """A number as it was meant: a plus that nobody escaped arrives as a space."""
    bare = raw.strip()
    return f"+{bare}" if raw[:1] == " " and bare.isdecimal() and len(bare) > 6 else bare


def unwrapped(text: str) -> str:
    """A text that came as base64, as it was written; any other as it is.

    Only what decodes to words is a text: a long key or number stays what it was. A letter that was
    cut off at the end is left out.
    """
    if len(text) < _SHORTEST_WRAPPED or len(text) % 4 or not _WRAPPED.fullmatch(text):
        return text
    try:
        found = codecs.getincrementaldecoder("utf-8")().decode(base64.b64decode(text))
    except ValueError:
        return text
    return found if " " in found and not _NO_TEXT.search(found) else text


class _AnyLength(HMACAlgorithm):
    """The key is as long as the company chose: a warning at each message mends nothing."""

    def check_key_length(self, key: Any) -> str | None:
        del key
        return None


_JWS = PyJWS(algorithms=[])
for _name, _hash in (
    ("HS256", HMACAlgorithm.SHA256),
    ("HS384", HMACAlgorithm.SHA384),
    ("HS512", HMACAlgorithm.SHA512),
):
    _JWS.register_algorithm(_name, _AnyLength(_hash))
