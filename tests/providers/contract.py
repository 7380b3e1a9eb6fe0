"""What every provider promises, whatever its company: the cases test_contract runs for each."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

from gateway.providers import build
from gateway.providers.base import Provider, ProviderConfig, WebhookRequest

from .making import NOW

STATES = {"submitted", "delivered", "failed", None}


@dataclass(frozen=True)
class Case:
    """How to make one provider for the contract, from cases/<type>.json.

    `words` and `headers` are names that its webhooks use. `believes`: bad answers that this company
    cannot be told from a yes, each with the reason.
    """

    type: str
    options: dict[str, str] = field(default_factory=dict)
    sender_id: str = ""
    uses_network: bool = True
    words: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    believes: dict[str, str] = field(default_factory=dict)

    def make(self, base_url: str = "", timeout_s: float = 0.3) -> Provider:
        return build(
            ProviderConfig(
                "drill", self.type, self.sender_id, base_url, timeout_s, options=self.options
            )
        )


CASES = [
    Case(file.stem, **json.loads(file.read_text(encoding="utf-8")))
    for file in sorted((Path(__file__).parent / "cases").glob("*.json"))
]

_WORDS = st.text(max_size=30) | st.sampled_from(
    sorted({word for case in CASES for word in case.words})
)
_PAIRS = st.lists(st.tuples(_WORDS, _WORDS), max_size=6).map(tuple)
_HEADERS = st.dictionaries(
    _WORDS | st.sampled_from(sorted({name for case in CASES for name in case.headers})),
    _WORDS,
    max_size=4,
)
_BODIES = (
    st.binary(max_size=80)
    | st.sampled_from([b"[" * 100_000, b'{"id": "\\ud800", "from": "1"}', b"null", b"\xff{}"])
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    ).map(lambda document: repr(document).replace("'", '"').encode("utf-8", "surrogatepass"))
)

GARBAGE: st.SearchStrategy[WebhookRequest] = st.builds(
    WebhookRequest,
    method=st.sampled_from(["POST", "GET", "PUT", "HEAD", "", "get"]),
    url=st.text(max_size=40)
    | st.sampled_from(["https://alerts.example.org/x", "http://[::1", "https://a:99999/", "//:x"]),
    headers=_HEADERS,
    query=_PAIRS,
    form=_PAIRS,
    body=_BODIES,
    received_at=st.just(NOW),
)

# Complete HTTP answers of companies, proxies and portals on a bad day; None never answers.
BAD_ANSWERS: dict[str, bytes | None] = {
    "silence": None,
    "hang-up": b"",
    "not http": b"220 smtp.example.org ready\r\n\r\n",
    "html 200": b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>",
    "empty 200": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "list 200": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "null 201": b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nnull",
    "cut json": b'HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{"sid": "SM',
    "number for an id": b'HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{"sid": 7}',
    "deep json": b"HTTP/1.1 201 Created\r\nContent-Length: 90000\r\n\r\n" + b"[" * 90_000,
    "bad gzip": b"HTTP/1.1 201 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
    "bad chunks": b"HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "two lengths": b"HTTP/1.1 201 OK\r\nContent-Length: 4\r\nContent-Length: x\r\n\r\nabcd",
    "portal": b"HTTP/1.1 302 Found\r\nLocation: http://[/\r\nContent-Length: 0\r\n\r\n",
    "html 400": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 6\r\n\r\n<html>",
    "odd code": b'HTTP/1.1 400 Bad\r\nContent-Length: 17\r\n\r\n{"code": [21610]}',
    "html 500": b"HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\n<html>",
}

Start = Callable[[bytes | None], str]
