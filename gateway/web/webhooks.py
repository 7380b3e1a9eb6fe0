"""The doors of the SMS companies: authentic? readable? seen before? kept, then acknowledged."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gateway.flow import polling, take_in
from gateway.flow.receipts import keep_receipts
from gateway.plumbing import metrics
from gateway.providers.base import (
    Acknowledgement,
    InboundSms,
    NotAuthentic,
    PolledProvider,
    Provider,
    Receipt,
    Unreadable,
    WebhookRequest,
)
from gateway.runtime import Runtime
from gateway.web.context import runtime
from gateway.web.guards import provider_signed

blueprint = Blueprint("webhooks", __name__)
log = structlog.get_logger()
T = TypeVar("T")

MAX_BODY_BYTES = 256 * 1024
_MAX_FIELDS = 500
_METHODS = ["GET", "POST", "PUT"]  # an old phone app can be set to PUT


@blueprint.route("/sms/<account>/inbound", methods=_METHODS)
@provider_signed
def inbound(account: str) -> Response:
    """A message from a person."""
    return _answered(account, "inbound")


@blueprint.route("/sms/<account>/receipt", methods=_METHODS)
@provider_signed
def receipt(account: str) -> Response:
    """What became of a message of ours."""
    return _answered(account, "receipt")


def _answered(account: str, door: str) -> Response:
    """The company's own acknowledgement once all is on disk; strangers learn nothing."""
    gateway = runtime()
    if account not in gateway.settings.providers:
        return _plain(404)
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return _refused(account, "too large", 413)
    try:
        said = _kept(gateway, gateway.providers[account], door)
    except NotAuthentic:
        return _refused(account, "not authentic", 403)
    except Unreadable:
        return _refused(account, "unreadable", 400)
    except SQLAlchemyError as error:
        # Not all was kept, so nothing is acknowledged: the company tries again or elsewhere.
        log.error("webhook not kept", account=account, error=type(error).__name__)
        answer = _refused(account, "database", 503)
        answer.headers["Retry-After"] = "5"
        return answer
    return Response(said.body, said.status, content_type=said.content_type)


def _kept(gateway: Runtime, provider: Provider, door: str) -> Acknowledgement:
    seen = _as_provider_sees_it(gateway)
    if isinstance(provider, PolledProvider):
        poll = provider.read_poll(seen)
        if poll is not None:
            return _twice(lambda: polling.answer(gateway, provider, poll))
    messages, receipts = _read(provider, seen, door)
    account, now = provider.account, gateway.clock()
    if messages:
        _twice(lambda: take_in.keep(gateway, account, messages, now))
    if receipts:
        _twice(lambda: keep_receipts(gateway, account, receipts, now))
    return provider.acknowledge()


def _read(
    provider: Provider, seen: WebhookRequest, door: str
) -> tuple[list[InboundSms], list[Receipt]]:
    """What its door is for; both from a company that has one address for everything.

    There, what one reader cannot make out may be the other's; it is refused when it is nobody's.
    """
    if not provider.ONE_DOOR:
        if door == "inbound":
            return provider.read_inbound(seen), []
        return [], provider.read_receipt(seen)
    messages: list[InboundSms] = []
    receipts: list[Receipt] = []
    unreadable: Unreadable | None = None
    try:
        messages = provider.read_inbound(seen)
    except Unreadable as error:
        unreadable = error
    try:
        receipts = provider.read_receipt(seen)
    except Unreadable as error:
        unreadable = error
    if unreadable is not None and not messages and not receipts:
        raise unreadable
    return messages, receipts


def _twice(keep: Callable[[], T]) -> T:
    """Once more when the connection turned out to be dead, as after a restart of the database."""
    try:
        return keep()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return keep()


def _as_provider_sees_it(gateway: Runtime) -> WebhookRequest:
    body = request.get_data(cache=True, parse_form_data=False)
    return WebhookRequest(
        method=request.method,
        url=gateway.settings.public_url.rstrip("/") + _raw_target(),
        headers=dict(request.headers),
        query=_pairs(request.query_string),
        form=_form(body),
        body=body,
        received_at=gateway.clock(),
    )


def _raw_target() -> str:
    """Path and query exactly as they came; the company signed these very bytes."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    target, query = str(raw or request.path), request.query_string.decode("latin-1")
    if not target.startswith("/"):  # absolute form: "POST http://host/path"
        target = "/" + target.split("://", 1)[-1].partition("/")[2]
    if query and "?" not in target:  # some servers hand it over apart from the path
        target += f"?{query}"
    return target


def _form(body: bytes) -> tuple[tuple[str, str], ...]:
    if request.mimetype == "application/x-www-form-urlencoded":
        return _pairs(body)
    if request.mimetype == "multipart/form-data":
        return tuple(request.form.items(multi=True))
    return ()


def _pairs(raw: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(
            parse_qsl(
                raw.decode("utf-8", "replace"),
                keep_blank_values=True,
                errors="replace",
                max_num_fields=_MAX_FIELDS,
            )
        )
    except ValueError:  # more fields than any company sends
        return ()


def _refused(account: str, why: str, status: int) -> Response:
    metrics.REFUSED.labels(account, why).inc()
    log.warning("webhook refused", account=account, why=why)
    return _plain(status)


def _plain(status: int) -> Response:
    return Response("", status, content_type="text/plain; charset=utf-8")
