"""Log lines hold ids, never a number, a text, a secret or the message of an exception."""

import io
import logging
import uuid
from collections.abc import Iterator

import pytest
import structlog

from gateway.plumbing.logs import configure_logs, mask

NUMBERS = [
    "+254700000123", "254700000123", "0700000123", "0700 000 123", "0700-000-123",
    "(0700) 000123", "+254 700.000.123", "+254 (0) 700 000 123", "tel:+254700000123",
    "whatsapp:+254700000123", "<+254700000123>", "'+254700000123'", "From=+254700000123&To=1",
    "+15005550006,+254700000123",
]  # fmt: skip
HARMLESS = [
    "SM" + "0" * 32, "3f0c1e6ab0d94f0e8f7a3c1d2e4b5a69", "12345", "sim-9b2f", "2 of 120 sent",
    "7.25 s", "http-503", "21610", "queue of 250", "KE.csv.gz",
]  # fmt: skip


def _masked(**event: object) -> dict[str, object]:
    return dict(mask(None, "info", dict(event)))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as it would stand on stderr."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    configure_logs(stream=out)
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("key", ["event", "why", "path"])
def test_a_number_is_masked_in_any_spelling_and_any_field(number: str, key: str) -> None:
    shown = str(_masked(**{key: f"sent to {number} at last"})[key])
    assert "000123" not in shown.translate(str.maketrans("", "", " .-()"))
    assert "***" in shown
    assert shown.startswith("sent to")


@pytest.mark.parametrize(
    "value",
    [
        "GET /Messages.json?To=%2B254700000123", ["+254700000123"], {"to": "+254700000123"},
        254700000123, ("+254700000123",), ValueError("+254700000123"), b"+254700000123",
    ],
    ids=["in a url", "list", "dict", "int", "tuple", "exception", "bytes"],
)  # fmt: skip
def test_a_number_is_masked_in_any_kind_of_value(value: object) -> None:
    assert "254700000123" not in str(_masked(why=value)["why"])


@pytest.mark.parametrize(
    "key", ["text", "body", "phone", "sender", "recipient", "auth_token", "Password", "msg_text"]
)
def test_a_field_named_after_a_secret_is_blank_whatever_it_holds(key: str) -> None:
    assert _masked(**{key: "armed men"}) == {key: "***"}
    assert _masked(**{key: ["armed men"]}) == {key: "***"}


@pytest.mark.parametrize("value", HARMLESS)
def test_ids_and_figures_stay_readable(value: str) -> None:
    assert _masked(event=f"kept {value}", reference=value) == {
        "event": f"kept {value}", "reference": value,
    }  # fmt: skip


def test_random_ids_stay_whole() -> None:
    for _ in range(300):
        number = uuid.uuid4().hex
        assert _masked(reference=number) == {"reference": number}


def test_times_stay_readable(log: io.StringIO) -> None:
    structlog.get_logger().info("message received", message=12, account="twilio")
    line = log.getvalue()
    assert "timestamp='20" in line
    assert "***" not in line
    assert "event='message received' message=12 account='twilio'" in line


def test_an_exception_is_a_name_and_a_place_never_its_words(log: io.StringIO) -> None:
    try:
        try:
            raise KeyError("armed men near Moa")
        except KeyError as inner:
            raise ValueError("from +254700000123: armed men near Moa") from inner
    except ValueError:
        structlog.get_logger().exception("message failed", message=7)
    line = log.getvalue()
    assert "armed" not in line
    assert "254700000123" not in line
    assert "ValueError at test_an_exception" in line
    assert "from KeyError at" in line
    assert line.count("\n") == 1


def test_records_of_libraries_are_masked_and_lose_their_tracebacks(log: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.warning("cannot send to %s", "+254700000123")
    try:
        raise ValueError("armed men near Moa")
    except ValueError:
        library.exception("oh dear")
    said = log.getvalue()
    assert "cannot send to ***" in said
    assert "oh dear" in said
    assert "armed" not in said
    assert "Traceback" not in said


def test_chatty_libraries_are_quiet(log: io.StringIO) -> None:
    for name in ("urllib3", "twilio", "apscheduler", "alembic"):
        logging.getLogger(name).warning("To=%s", "armed men")
    assert log.getvalue() == ""


def test_a_line_stays_a_line_whatever_stands_in_it(log: io.StringIO) -> None:
    structlog.get_logger().info("message received", account="a\nlevel='info' event='forged'")
    assert log.getvalue().count("\n") == 1
