"""The doors of the SMS companies: authentic? readable? seen before? kept, then acknowledged."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gateway.flow import take_in
from gateway.flow.receipts import keep_receipts
from gateway.plumbing import metrics
from gateway.providers.base import NotAuthentic, Provider, Unreadable, WebhookRequest
from gateway.runtime import Runtime
from gateway.web.context import runtime
from gateway.web.guards import provider_signed

blueprint = Blueprint("webhooks", __name__)
log = structlog.get_logger()

MAX_BODY_BYTES = 256 * 1024
_MAX_FIELDS = 500
_METHODS = ["GET", "POST", "PUT"]  # SMSSync may PUT


@blueprint.route("/sms/<account>/inbound", methods=_METHODS)
@provider_signed
def inbound(account: str) -> Response:
    """A message from a person."""

    def keep(gateway: Runtime, provider: Provider) -> None:
        messages = provider.read_inbound(_as_provider_sees_it(gateway))
        _twice(lambda: take_in.keep(gateway, account, messages, gateway.clock()))

    return _answered(account, keep)


@blueprint.route("/sms/<account>/receipt", methods=_METHODS)
@provider_signed
def receipt(account: str) -> Response:
    """What became of a message of ours."""

    def keep(gateway: Runtime, provider: Provider) -> None:
        receipts = provider.read_receipt(_as_provider_sees_it(gateway))
        _twice(lambda: keep_receipts(gateway, account, receipts, gateway.clock()))

    return _answered(account, keep)


def _answered(account: str, keep: Callable[[Runtime, Provider], None]) -> Response:
    """The company's own acknowledgement once `keep` has committed; strangers learn nothing."""
    gateway = runtime()
    if account not in gateway.settings.providers:
        return _plain(404)
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return _refused(account, "too large", 413)
    provider = gateway.providers[account]
    try:
        keep(gateway, provider)
    except NotAuthentic:
        return _refused(account, "not authentic", 403)
    except Unreadable:
        return _refused(account, "unreadable", 400)
    except SQLAlchemyError as error:
        # Nothing was kept, so nothing is acknowledged: the company tries again or elsewhere.
        log.error("webhook not kept", account=account, error=type(error).__name__)
        answer = _refused(account, "database", 503)
        answer.headers["Retry-After"] = "5"
        return answer
    said = provider.acknowledge()
    return Response(said.body, said.status, content_type=said.content_type)


def _twice(keep: Callable[[], object]) -> None:
    """Once more when the connection turned out to be dead, as after a restart of the database."""
    try:
        keep()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        keep()


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
    target = str(raw or request.path)
    if not target.startswith("/"):  # absolute form: "POST http://host/path"
        target = "/" + target.split("://", 1)[-1].partition("/")[2]
    query = request.query_string.decode("latin-1")
    if query and "?" not in target:  # some servers keep it apart
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
