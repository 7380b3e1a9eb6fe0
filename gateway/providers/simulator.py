"""An SMS company that lives inside the process, for newcomers, exercises and tests.

Inbound: POST ``{id, from, to, text}`` as JSON or form. Receipt: ``{id, status, reference?}``.
Options: ``secret`` (then wanted in the header X-Simulator-Secret), ``receipt_seconds`` (0.2),
``fail_suffix`` (recipients whose number ends so get a failed receipt; none by default).
"""

import math
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar

from gateway.providers.base import (
    Acknowledgement,
    InboundSms,
    NotAuthentic,
    Outgoing,
    Provider,
    ProviderConfig,
    Receipt,
    Submission,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import wrong
from gateway.providers.reading import json_object, same, word

MEMORY = 200_000  # messages remembered; an exercise may run for weeks in one process


class Simulator(Provider):
    """Takes every message, and reports it delivered (or failed, by ``fail_suffix``) a moment later.

    What it took is forgotten when its process ends, so another process cannot look it up.
    """

    type: ClassVar[str] = "simulator"
    ASKABLE: ClassVar[bool] = True
    STATES: ClassVar[Mapping[str, str | None]] = {
        "queued": "submitted",
        "delivered": "delivered",
        "failed": "failed",
    }

    def __init__(self, config: ProviderConfig, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(config)
        self._secret = config.options.get("auth_token") or config.options.get("secret", "")
        self._fail_suffix = config.options.get("fail_suffix", "")
        self._delay_s = _seconds(config, "receipt_seconds", default=0.2)
        self._clock = clock
        self._lock = threading.Lock()
        self._due: deque[tuple[float, Receipt]] = deque(maxlen=MEMORY)
        self._taken: OrderedDict[str, str] = OrderedDict()

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        fields = self._fields(request)
        for name in ("id", "from"):
            if not fields.get(name):
                raise Unreadable(f"{name} is missing")
        return [
            InboundSms(
                provider_id=fields["id"],
                sender=fields["from"],
                recipient=fields.get("to", ""),
                text=fields.get("text", ""),
            )
        ]

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        fields = self._fields(request)
        status = fields.get("status", "")
        if not status:
            return []
        if not fields.get("id"):
            raise Unreadable("id is missing")
        state = self.STATES.get(status)
        return [Receipt(fields["id"], status, state, reference=fields.get("reference") or None)]

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "application/json", '{"status": "ok"}')

    def send(self, sms: Outgoing) -> Submission:
        provider_id = f"sim-{uuid.uuid4().hex}"
        failed = bool(self._fail_suffix) and sms.to.endswith(self._fail_suffix)
        status = "failed" if failed else "delivered"
        receipt = Receipt(
            provider_id,
            status,
            self.STATES[status],
            reference=sms.reference,
            error_code="drill" if failed else None,
        )
        with self._lock:
            self._due.append((self._clock() + self._delay_s, receipt))
            self._taken[sms.reference] = provider_id
            if len(self._taken) > MEMORY:
                self._taken.popitem(last=False)
        return Submission(provider_id)

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        del since  # our reference is exact, so the time adds nothing
        with self._lock:
            provider_id = self._taken.get(sms.reference)
        return Submission(provider_id) if provider_id else None

    def collect_receipts(self, now: datetime) -> list[Receipt]:
        """The receipts that are due; each is given once."""
        del now  # due times run on our own clock, which nobody sets back
        ready = []
        with self._lock:
            while self._due and self._due[0][0] <= self._clock():
                ready.append(self._due.popleft()[1])
        return ready

    def _fields(self, request: WebhookRequest) -> dict[str, str]:
        if self._secret and not same(request.header("X-Simulator-Secret"), self._secret):
            raise NotAuthentic
        if request.form:
            return {name: word(value) for name, value in reversed(request.form)}
        found = json_object(request.body)
        return {name: word(value) for name, value in found.items() if isinstance(value, str)}


def _seconds(config: ProviderConfig, name: str, default: float) -> float:
    try:
        seconds = float(config.options.get(name, "") or default)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise wrong(config, f"{name} is not in seconds")
    return seconds
