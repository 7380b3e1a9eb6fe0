"""One SMS to one warning and its receipt: the whole walk on real parts."""

import re
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from werkzeug import Request, Response

from gateway.app import create_app
from gateway.flow import alerting, judging
from gateway.jobs import Jobs
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Alert, Delivery, Incident, Message, User
from gateway.terms.geo import Position
from tests.make import make_place, make_user, settings_for
from tests.signed import TWILIO_ENV, inbound_form, post_signed

T = TypeVar("T")
WITNESS, NEIGHBOUR, FAR, LEFT = (f"+25470000010{n}" for n in range(1, 5))
REPORT = "Watu wenye silaha wanakuja Moa sasa hivi, ni wengi"


class TwilioStandIn:
    """Takes messages as Twilio's API does and remembers them."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("")
        self.sent: list[dict[str, str]] = []
        server.expect_request(
            re.compile(r"/2010-04-01/Accounts/AC0+/Messages.json")
        ).respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        form = request.form.to_dict()
        sid = f"SM{uuid.uuid4().hex}"
        self.sent.append(form | {"sid": sid})
        return Response(
            f'{{"sid": "{sid}", "status": "queued"}}', 201, content_type="application/json"
        )


@pytest.fixture
def twilio(httpserver: HTTPServer) -> TwilioStandIn:
    return TwilioStandIn(httpserver)


@pytest.fixture
def gateway(database_url: str, tmp_path: Path, twilio: TwilioStandIn) -> Iterator[Runtime]:
    """A running gateway with a Twilio account, its jobs sweeping."""
    environ = TWILIO_ENV | {
        "GATEWAY_PROVIDERS__TWILIO__BASE_URL": twilio.url,
        "GATEWAY_JOBS__SWEEP_S": "0.2",
        "GATEWAY_LANGUAGES": "en,sw",
    }
    runtime = build_runtime(settings_for(database_url, tmp_path, **environ))
    jobs = Jobs(runtime)
    jobs.start()
    yield runtime
    jobs.stop()
    runtime.database.close()


def test_one_sms_becomes_one_warning_and_its_receipt(
    gateway: Runtime, twilio: TwilioStandIn
) -> None:
    first, second = _village(gateway)
    client = create_app(gateway).test_client()
    for phone, text in (
        (WITNESS, "JOIN Moa"), (NEIGHBOUR, "jiunge Moa"), (FAR, "JOIN Hola"), (LEFT, "JOIN Moa"),
    ):  # fmt: skip
        _say(client, phone, text)
    # A STOP takes back an answer that still waits.
    _until(lambda: _processed(gateway) == 4 and len(twilio.sent) == 4)
    _say(client, LEFT, "STOP")
    _until(lambda: _processed(gateway) == 5 and len(twilio.sent) == 5)
    twilio.sent.clear()

    _say(client, WITNESS, REPORT)
    incident = _until(lambda: _only_incident(gateway))
    assert (incident.hazard, incident.place_name) == ("armed_group", "Moa")

    with gateway.database.writing() as session:
        judging.verify(session, incident.id, first, "the chief confirms", _now())
        alert = alerting.draft(gateway, session, incident.id, first, _now())
        alerting.submit(gateway, session, alert.id, first, alert.version, _now())
    with gateway.database.writing() as session:
        alerting.approve(gateway, session, alert.id, second, alert.version, _now())

    warnings = _until(lambda: _warnings(gateway, "submitted", 2))
    assert {message["To"] for message in twilio.sent if "Moa" in message["Body"]} == {
        WITNESS, NEIGHBOUR,
    }  # fmt: skip
    for delivery in warnings:
        sent = next(m for m in twilio.sent if m["sid"] == delivery.provider_id)
        path = sent["StatusCallback"].removeprefix(gateway.settings.public_url)
        form = {"MessageSid": sent["sid"], "MessageStatus": "delivered", "To": sent["To"]}
        assert post_signed(client, path, form).status_code == 200
    assert _until(lambda: _warnings(gateway, "delivered", 2))
    assert not [m for m in twilio.sent if m["To"] in (FAR, LEFT)]
    assert _until(lambda: _state(gateway, alert.id) == "live")


def _village(gateway: Runtime) -> tuple[User, User]:
    with gateway.database.writing() as session:
        make_place(session)
        make_place(session, "Hola", Position(-1.48256, 40.03341))
        return make_user(session), make_user(session, "brian")


def _say(client: FlaskClient, phone: str, text: str) -> None:
    answer = post_signed(client, "/sms/twilio/inbound", inbound_form(text, phone))
    assert answer.status_code == 200
    assert b"<Response" in answer.data


def _processed(gateway: Runtime) -> int:
    with gateway.database.reading() as session:
        return len(session.scalars(select(Message.id).where(Message.state == "processed")).all())


def _only_incident(gateway: Runtime) -> Incident | None:
    with gateway.database.reading() as session:
        return session.scalars(select(Incident)).one_or_none()


def _state(gateway: Runtime, alert_id: int) -> str:
    with gateway.database.reading() as session:
        return session.get_one(Alert, alert_id).state


def _warnings(gateway: Runtime, state: str, count: int) -> Sequence[Delivery]:
    with gateway.database.reading() as session:
        found = session.scalars(
            select(Delivery).where(Delivery.kind == "alert", Delivery.state == state)
        ).all()
    return found if len(found) == count else []


def _until(look: Callable[[], T]) -> T:
    """What `look` finds, as soon as it finds something; bounded."""
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


def _now() -> datetime:
    return datetime.now(UTC)
