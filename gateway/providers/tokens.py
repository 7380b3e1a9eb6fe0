"""Keeps the short-lived token with which some companies want to be asked."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import requests

from gateway.providers.errors import (
    HandoverUnknown,
    Misconfigured,
    ProviderDown,
    Rejected,
    SendError,
)
from gateway.providers.reading import as_object, inner, word
from gateway.providers.talking import is_page, refused
from gateway.providers.wire import Wire

_MARGIN_S = 60.0  # a token is renewed before the company forgets it
_PAUSE_S = 2.0  # after a failure nobody asks again for so long: all senders would, one by one


_T = TypeVar("_T")


class TokenRefused(Misconfigured):
    """The company does not know the token (any more); it has taken nothing."""


class Tokens:
    """One token for all threads of an account, fetched again when it is over or was refused.

    ``fetch`` gives a token and the seconds that it lives, or raises a SendError. Doubt about a
    token is none about a message: HandoverUnknown becomes ProviderDown.
    """

    def __init__(
        self, fetch: Callable[[], tuple[str, float]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0
        self._fault: SendError | None = None

    def use(self, call: Callable[[str], _T]) -> _T:
        """``call`` with a token; if it raises TokenRefused once more with a new one."""
        token = self.get()
        try:
            return call(token)
        except TokenRefused:
            renewed = self.get(spent=token)
        try:
            return call(renewed)
        except TokenRefused as no:
            fault = Misconfigured(no.code)
        raise fault

    def post(self, wire: Wire, url: str, document: Mapping[str, object]) -> requests.Response:
        """Sends JSON with the token; raises a SendError."""

        def call(token: str) -> requests.Response:
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            return wire.request("POST", url, document=document, headers=headers)

        return self.use(call)

    def get(self, spent: str = "") -> str:
        """The token; another one than ``spent``, which the company has just not taken."""
        with self._lock:
            now = self._clock()
            if self._token and self._token != spent and now < self._until:
                return self._token
            if self._fault and now < self._until:
                raise _again(self._fault)
            try:
                self._token, lives_s = self._fetch()
                self._fault, self._until = None, now + max(lives_s - _MARGIN_S, lives_s / 2)
            except SendError as fault:
                self._token, self._until = "", now + _PAUSE_S
                self._fault = ProviderDown(fault.code) if _is_doubt(fault) else fault
            if self._fault:
                raise _again(self._fault)
            return self._token


def _is_doubt(fault: SendError) -> bool:
    return isinstance(fault, HandoverUnknown)


def _again(fault: SendError) -> SendError:
    """A new one, since each raising adds its own traceback."""
    return type(fault)(fault.code)


def token_in(answer: requests.Response, lives_s: float) -> tuple[str, float]:
    """``access_token`` and ``expires_in`` (RFC 6749, section 5.1); ``lives_s`` where it is silent.

    Raises ProviderDown for an answer without a token.
    """
    document = as_object(answer.content)
    token, seconds = inner(document, "access_token"), word(inner(document, "expires_in"))
    if not (isinstance(token, str) and re.fullmatch(r"[\x21-\x7e]+", token)):
        raise ProviderDown("no-token")
    return token, float(seconds) if re.fullmatch(r"[0-9]{1,9}", seconds) else lives_s


def token_refusal(status: int, body: str, retry_after_s: float | None) -> SendError:
    """Whoever gets no token has wrong credentials, unless the company is out of order."""
    fault = refused(status, body, retry_after_s, is_theirs=not is_page(body))
    return Misconfigured(fault.code) if isinstance(fault, Rejected) else fault
