"""The HTTP line to an SMS company: pooled, timed, never repeating, and silent about numbers."""

import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping

import requests
from requests import exceptions
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NewConnectionError,
    ReadTimeoutError,
)

from gateway.providers.errors import (
    HandoverUnknown,
    Misconfigured,
    ProviderDown,
    Rejected,
    SendError,
    Throttled,
)

MOST_BYTES = 4_000_000  # of an answer
POOL = 64  # connections kept open, as many as a sender has threads


class Wire:
    """Returns the answers that say yes (2xx) and raises a SendError for everything else.

    ``refusal`` turns a company's no (HTTP status, body, seconds of Retry-After) into its error.
    ``request`` is the whole of what Twilio's client asks of an HTTP client.
    """

    is_async = False

    def __init__(
        self, timeout_s: float, refusal: Callable[[int, str, float | None], SendError]
    ) -> None:
        self._timeout_s = timeout_s
        self._refusal = refusal
        self._session = _Session()
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=POOL, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        logging.getLogger("urllib3.connectionpool").addFilter(_names_no_query)

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
        document: object = None,
    ) -> requests.Response:
        """One request: ``timeout_s`` for connecting, until the answer begins, and for all of it.

        ``document`` goes out as JSON in UTF-8, instead of ``data``.
        """
        try:
            if document is not None:
                headers = {"Content-Type": "application/json", **(headers or {})}
            began = time.monotonic()
            patience_s = timeout or self._timeout_s
            answer = self._session.request(
                method,
                url,
                params=params,  # type: ignore[arg-type]
                data=data
                if document is None
                else json.dumps(document, ensure_ascii=False).encode(),
                headers=headers,
                auth=auth,
                timeout=patience_s,
                allow_redirects=allow_redirects,
                stream=True,
            )
            _read(answer, began + 2 * patience_s)
        except Exception as cause:  # whatever the libraries raise, the caller knows SendError
            fault = _fault(cause)
        else:
            if 200 <= answer.status_code < 300:
                return answer
            advice = answer.headers.get("Retry-After", "")
            seconds = float(advice) if re.fullmatch(r"[0-9]{1,5}", advice) else None
            fault = self._refusal(answer.status_code, answer.text, seconds)
        # Raised out here so that the cause, which quotes the URL, hangs on no traceback.
        raise fault


def _read(answer: requests.Response, until: float) -> None:
    """Reads the whole answer; one that drips or never ends is as good as none."""
    parts: list[bytes] = []
    size = 0
    # read1 gives what has come; read would wait for so many bytes, however slowly they drip.
    while part := answer.raw.read1(65_536, decode_content=True):
        parts.append(part)
        size += len(part)
        if time.monotonic() > until or size > MOST_BYTES:
            answer.close()
            raise exceptions.ReadTimeout("an answer without an end")
    answer._content = b"".join(parts)
    answer._content_consumed = True
    answer.raw.release_conn()


class _Session(requests.Session):
    """Reads no redirection, so that a bad address in one cannot pass for our own mistake."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


def kind_of_status(status: int, is_theirs: bool) -> type[SendError]:
    """What a refusal means when the company gave no code that we know.

    A redirection, or a page that is not the company's own (a proxy, a hotel's portal), is a line
    that is down; a 502 or 504 from a gateway does not say what happened behind it.
    """
    if status == 429:
        return Throttled
    if status in (502, 504):
        return HandoverUnknown
    if status < 400 or status >= 500 or not is_theirs:
        return ProviderDown
    return Misconfigured if status in (401, 403, 404) else Rejected


def _fault(cause: Exception) -> SendError:
    if isinstance(cause, exceptions.RequestException) and _never_connected(cause):
        return ProviderDown("no-connection")
    if isinstance(cause, UnicodeEncodeError) and cause.encoding == "utf-8":
        return Rejected("unusable-text")  # half a surrogate pair; nothing left
    if isinstance(cause, ValueError):
        return Misconfigured("unusable-request")  # a bad URL, header or credential; nothing left
    if isinstance(cause, exceptions.Timeout | ReadTimeoutError):
        return HandoverUnknown("timeout")
    return HandoverUnknown("connection-lost")


def _never_connected(cause: exceptions.RequestException) -> bool:
    """Whether it broke before the request could leave: refused, unresolved, wrong certificate."""
    if isinstance(cause, exceptions.ConnectTimeout | exceptions.ProxyError):
        return True
    wrapper = cause.args[0] if cause.args else None
    reason = wrapper.reason if isinstance(wrapper, MaxRetryError) else None
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return True
    detail = reason.args[0] if reason and reason.args else None
    return isinstance(detail, ssl.SSLCertVerificationError)


def _names_no_query(record: logging.LogRecord) -> bool:
    """Lets a line of urllib3 pass unless it quotes a query, which holds the recipient's number."""
    return "?" not in record.getMessage()
