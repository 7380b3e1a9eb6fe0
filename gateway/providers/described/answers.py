"""Judges the answers of a company by patterns that the settings give."""

import re

from requests import Response

from gateway.providers.described.options import Described
from gateway.providers.errors import (
    BadRecipient,
    HandoverUnknown,
    Misconfigured,
    RecipientOptedOut,
    Rejected,
    SendError,
    Throttled,
)
from gateway.providers.talking import MOST_LETTERS, is_page, refused, shown, text_of
from gateway.providers.values import Submission

_REFUSALS: tuple[tuple[str, type[SendError]], ...] = (  # in the order in which they are tried
    ("opted_out_pattern", RecipientOptedOut),
    ("bad_recipient_pattern", BadRecipient),
    ("throttled_pattern", Throttled),
    ("misconfigured_pattern", Misconfigured),
    ("refused_pattern", Rejected),
)


class Answers:
    """What says yes, what says no, and what leaves doubt."""

    def __init__(self, options: Described) -> None:
        self._statuses = _statuses(options)
        self._success = options.pattern("success_pattern")
        self._check = options.text("mt_response_check")
        self._id = options.pattern("id_pattern", group=True)
        self._code = options.pattern("code_pattern", group=True)
        self._refusals = [
            (pattern, kind) for name, kind in _REFUSALS if (pattern := options.pattern(name))
        ]

    def submission(self, answer: Response) -> Submission:
        """Of an answer with 2xx; raises what it says, HandoverUnknown if that is nothing.

        Whoever describes what a yes looks like is believed first: a message that the company has
        must not be sent again for a word in its answer that looks like a no.
        """
        body = text_of(answer)
        provider_id = group(self._id, body)
        if self._says_yes(answer.status_code, body, provider_id):
            return Submission(provider_id)
        fault = self._no(body)
        if fault is None and not self._describes_yes and self._fits(answer.status_code, body):
            return Submission(provider_id)
        raise fault or HandoverUnknown("unreadable-answer")

    def refusal(self, status: int, body: str, retry_after_s: float | None) -> SendError:
        """Of an answer that is no 2xx.

        ``refused_pattern`` has no say: a message that was refused because the company is out of
        order, or our account is, may pass elsewhere or later.
        """
        beginning, is_theirs = body[:MOST_LETTERS], not is_page(body)
        fault = self._no(beginning)
        if status == 429 or fault is None or isinstance(fault, Rejected):
            code = group(self._code, beginning)
            return refused(status, body, retry_after_s, code=code, is_theirs=is_theirs)
        return Throttled(fault.code, retry_after_s) if isinstance(fault, Throttled) else fault

    @property
    def _describes_yes(self) -> bool:
        return bool(self._success or self._check or self._id)

    def _says_yes(self, status: int, body: str, provider_id: str) -> bool:
        if not (self._describes_yes and self._fits(status, body)):
            return False
        if not (self._success or self._check):
            return bool(provider_id)
        return self._check in body and (not self._success or bool(self._success.search(body)))

    def _fits(self, status: int, body: str) -> bool:
        return (not self._statuses or status in self._statuses) and not is_page(body)

    def _no(self, body: str) -> SendError | None:
        for pattern, kind in self._refusals:
            if pattern.search(body):
                return kind(shown(group(self._code, body), "refused"))
        return None


def group(pattern: re.Pattern[str] | None, body: str) -> str:
    """What the first bracket that took part has found, empty where nothing was."""
    found = pattern.search(body) if pattern else None
    return next((one.strip() for one in found.groups() if one), "") if found else ""


def _statuses(options: Described) -> frozenset[int]:
    written = options.text("success_statuses")
    if not re.fullmatch(r"(2[0-9]{2}(, *2[0-9]{2})*)?", written):
        options.problems.append('success_statuses: write such as "200,202"; only 2xx can be a yes')
        return frozenset()
    return frozenset(int(status) for status in re.findall(r"2[0-9]{2}", written))
