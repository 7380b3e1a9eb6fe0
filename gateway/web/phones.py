"""Simulated phones: be a villager, write an SMS, see what comes back. Invented numbers only."""

import uuid

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from gateway.flow import take_in
from gateway.lists import phones
from gateway.providers.base import InboundSms
from gateway.terms.phones import normalise
from gateway.terms.refusals import Refused
from gateway.web.context import now, runtime
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import public

bp = Blueprint("phones", __name__)
READY = tuple(f"+2547000001{number:02}" for number in range(1, 7))
_LONGEST = 1600


@bp.before_request
def _only_simulated() -> None:
    """Beside a real company this page would let anybody invent reports."""
    if not runtime().settings.only_simulated:
        abort(404)


@bp.get("/phones")
@public
def page() -> str:
    phone = _phone()
    with runtime().database.reading() as session:
        wrote = phones.writers(session, runtime().settings.country)
        lines = _lines(session, phone)
    tabs = {
        number: gettext("Phone %(number)s", number=place) for place, number in enumerate(READY, 1)
    }
    tabs |= {number: number for number in (*wrote, phone) if number not in tabs}
    return render_template(
        "phones.html", phone=phone, tabs=tabs, wrote=wrote, lines=lines, stamp=_stamp(lines)
    )


@bp.get("/phones/rows")
@public
def rows() -> Response:
    phone = _phone()
    with runtime().database.reading() as session:
        lines = _lines(session, phone)
    return unless_known(
        _stamp(lines), lambda: render_template("phones_rows.html", lines=lines, phone=phone)
    )


@bp.post("/phones")
@public
def send() -> Answer:
    phone, text = _phone(), request.form.get("text", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused("Write something first.")
    account = next(iter(runtime().settings.providers))
    sms = InboundSms(
        provider_id=f"phone-{uuid.uuid4().hex}",
        sender=phone,
        recipient=runtime().settings.providers[account].sender_id,
        text=text[:_LONGEST],
    )
    take_in.keep(runtime(), account, [sms], now())
    return redirect(url_for("phones.page", phone=phone), 303)


def _lines(session: Session, phone: str) -> list[phones.Line]:
    return phones.conversation(session, runtime().keys, phone)


def _stamp(lines: list[phones.Line]) -> str:
    return stamp_of([(line.at, line.state, len(line.text)) for line in lines])


def _phone() -> str:
    """The number in the address or the form, else the first ready one."""
    typed = request.values.get("phone", "").strip()
    if not typed:
        return READY[0]
    number = normalise(typed, runtime().settings.country)
    if number is None:
        raise Refused("That is no phone number. Write it like +254700000101.")
    return number
