"""The floor: the least a webhook can do and still be honest. Signed? one INSERT, COMMIT, TwiML."""

import os
import threading
from contextlib import nullcontext
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, create_engine, event, insert
from twilio.request_validator import RequestValidator

MESSAGES = Table(
    "floor_messages",
    MetaData(),
    Column("id", Integer, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("sid", "sender", "recipient", "body")),
)


def create_app() -> Flask:
    """Reads FLOOR_DATABASE_URL, FLOOR_TOKEN and FLOOR_PUBLIC_URL; the table must be there."""
    engine = open_engine(os.environ["FLOOR_DATABASE_URL"])
    validator = RequestValidator(os.environ["FLOOR_TOKEN"])
    public_url = os.environ["FLOOR_PUBLIC_URL"]
    # Writers that spin on SQLite's file lock starve each other.
    writer = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()
    app = Flask("floor")
    app.extensions["engine"] = engine

    @app.post("/sms/twilio/inbound")
    def inbound() -> Response:
        form = request.form
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(public_url + request.path, form, signature):
            return Response(status=403)
        row = {"sid": form["MessageSid"], "sender": form["From"]}
        row |= {"recipient": form["To"], "body": form["Body"]}
        with writer, engine.begin() as connection:
            connection.execute(insert(MESSAGES), row)
        return Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', mimetype="text/xml")

    return app


def open_engine(url: str) -> Engine:
    """Durable on both engines: an answer of 200 is on disk."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=40)
    engine = create_engine(url, pool_size=40, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
