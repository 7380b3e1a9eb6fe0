"""gateway read and replay: understanding alone, and the whole way of a message without sending."""

import json
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import click
from pydantic import SecretStr

from gateway.cli.start import known_entries
from gateway.flow.importing import add_entries
from gateway.flow.replaying import Replayed, replay_message
from gateway.inbox.keywords import load as load_keywords
from gateway.plumbing.crypto import new_ring
from gateway.plumbing.logs import configure_logs
from gateway.plumbing.settings import Settings, load_settings
from gateway.runtime import Runtime, build_runtime
from gateway.store import migrate
from gateway.terms.geo import Position
from gateway.terms.refusals import Refused
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.lexicon import known_languages
from gateway.understanding.lexicon import load as load_lexicon
from gateway.understanding.reading import as_json, understand

Json = dict[str, Any]


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--country", metavar="CC", help="Two letters; the deployment's if left out.")
@click.option("--languages", metavar="LIST", help="Such as en,ha; see below.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
def read(file: IO[bytes], country: str | None, languages: str | None, as_lines: bool) -> None:
    """Understands messages, one a line (text or JSON); touches no database.

    In the deployment's country its languages are expected, in another one all that have word
    lists, unless --languages names them.
    """
    settings = load_settings()
    chosen = (country or settings.country).upper()
    spoken = _spoken(languages, settings, chosen)
    gazetteer = Gazetteer(known_entries(settings, chosen))
    lexicon, keywords = load_lexicon(spoken), load_keywords(spoken)
    zone = ZoneInfo(settings.timezone) if chosen == settings.country else None
    for number, line in enumerate(_lines(file), 1):
        message = _message(line, number, needs=("text",))
        text = _text(message, number)
        moment = _moment(message, number) if "received_at" in message else datetime.now(UTC)
        reading = understand(
            text,
            gazetteer=gazetteer,
            lexicon=lexicon,
            languages=spoken,
            sender_place=_home(gazetteer, message.get("sender_place"), number),
            received_at=moment,
            zone=zone or moment.tzinfo or UTC,  # another country's clocks go as its message says
        )
        out: Json = {"id": message.get("id", number)} | as_json(reading)
        command = keywords.parse(text)
        if command is not None:
            words = {"name": command.name, "args": command.args}
            out |= {"kind": "command", "command": words, "hazard": None, "hazards": {}}
        _print(out, as_lines)


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--country", metavar="CC", help="Two letters; the deployment's if left out.")
@click.option("--database", metavar="URL", help="Instead of a fresh temporary one.")
@click.option("--languages", metavar="LIST", help="Such as en,ha; see below.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
def replay(
    file: IO[bytes],
    country: str | None,
    database: str | None,
    languages: str | None,
    as_lines: bool,
) -> None:
    """Feeds messages in time order through the real rooms; sends nothing.

    A recording may come from anywhere: besides the deployment's languages, all others that have
    word lists are understood, unless --languages names some or --database a deployment.
    """
    configure_logs(40)
    messages = [
        _message(line, number, needs=("sender", "text", "received_at"))
        for number, line in enumerate(_lines(file), 1)
    ]
    spoken = _heard(languages, database)
    for out in replayed(messages, country, database, spoken):
        _print(out, as_lines)


def replayed(
    messages: Sequence[Json],
    country: str | None = None,
    database: str | None = None,
    languages: tuple[str, ...] | None = None,
) -> Iterator[Json]:
    """What becomes of each message, in time order; the deployment's where nothing is named."""
    timed = sorted(
        ((_moment(message, number), number, message) for number, message in enumerate(messages, 1)),
        key=lambda item: item[:2],
    )
    with tempfile.TemporaryDirectory(prefix="gateway-replay-") as folder:
        runtime = _replay_runtime(Path(folder), country, database, languages)
        for moment, number, message in timed:
            done = replay_message(
                runtime,
                provider_id=uuid.uuid4().hex,
                sender=str(message["sender"]),
                text=_text(message, number),
                now=moment,
                home=message.get("sender_place"),
            )
            yield _replayed(message.get("id", number), done)
        runtime.database.close()


def _heard(named: str | None, database: str | None) -> tuple[str, ...] | None:
    """The languages of a replay, the deployment's first; None leaves them to its settings."""
    settings = load_settings()
    if named:
        return _spoken(named, settings, settings.country)
    if database is not None:
        return None
    return tuple(dict.fromkeys((*settings.languages, *known_languages())))


def _spoken(named: str | None, settings: Settings, country: str) -> tuple[str, ...]:
    if not named:
        return settings.languages if country == settings.country else known_languages()
    wanted = tuple(dict.fromkeys(code.strip() for code in named.split(",") if code.strip()))
    unknown = [code for code in wanted if code not in known_languages()]
    if unknown or not wanted:
        raise Refused(
            f"no words are known of {', '.join(unknown) or 'no language'}: "
            f"there are {', '.join(known_languages())}"
        )
    return wanted


def _replayed(message_id: Any, done: Replayed) -> Json:
    facts = {
        "report": done.report,
        "incident": done.incident,
        "hazard": done.hazard,
        "lat": done.lat,
        "lon": done.lon,
        "copy_of": done.copy_of,
        "grade": done.grade,
    }
    known = {name: value for name, value in facts.items() if value is not None}
    return {"id": message_id, "kind": done.kind} | known


def _replay_runtime(
    folder: Path, country: str | None, url: str | None, languages: tuple[str, ...] | None
) -> Runtime:
    settings = load_settings()
    changes: Json = {}
    if country:
        changes["country"] = country.upper()
    if languages:
        changes["languages"] = languages
    temporary = url is None
    address = url or f"sqlite:///{folder}/replay.db"
    changes["database"] = settings.database.model_copy(update={"url": address})
    if temporary:
        changes["keys"] = settings.keys.model_copy(update=_fresh_keys())
        changes["var"] = folder
    runtime = build_runtime(settings.model_copy(update=changes))
    migrate.upgrade(runtime.database)
    if temporary:
        places = known_entries(settings, runtime.settings.country)
        with runtime.database.writing() as session:
            priority = settings.gazetteer.priority
            add_entries(session, places, runtime.settings.country, priority)
    return runtime


def _fresh_keys() -> Json:
    return {name: SecretStr(new_ring().to_text()) for name in ("data", "index")}


def _lines(file: IO[bytes]) -> Iterator[str]:
    for raw in file:
        line = raw.decode("utf-8", "replace").strip("\r\n")
        if line.strip():
            yield line.removeprefix("\ufeff")


def _message(line: str, number: int, needs: tuple[str, ...]) -> Json:
    """A JSON object, or a bare text where that is enough."""
    if not line.lstrip().startswith("{") and needs == ("text",):
        return {"text": line}
    try:
        message = json.loads(line)
    except json.JSONDecodeError as error:
        raise Refused(f"line {number} is not JSON: {error.msg} at column {error.colno}") from None
    missing = [name for name in needs if not isinstance(message, dict) or name not in message]
    if missing:
        raise Refused(f"line {number} lacks {', '.join(missing)}")
    found: Json = message
    return found


def _text(message: Json, number: int) -> str:
    """An empty cell of somebody's table comes as null: such a message has no words."""
    text = message["text"]
    if isinstance(text, bool | list | dict):
        raise Refused(f"line {number}: text is not a string")
    return "" if text is None else str(text)


def _moment(message: Json, number: int) -> datetime:
    try:
        moment = datetime.fromisoformat(str(message["received_at"]))
        moment.astimezone(UTC)  # the first hours of the calendar have no UTC
    except (ValueError, OverflowError):
        raise Refused(
            f"line {number}: received_at is {message['received_at']!r}, expected ISO 8601 "
            "such as 2026-03-10T18:30:00+03:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _home(gazetteer: Gazetteer, place: Any, number: int) -> Entry | None:
    """The sender's place, given as a name or as {"name", "lat", "lon"}."""
    if isinstance(place, dict) and "lat" in place and "lon" in place:
        name = str(place.get("name", "home"))
        try:
            at = Position(float(place["lat"]), float(place["lon"]))
        except (TypeError, ValueError):
            raise Refused(
                f"line {number}: sender_place is no point on the earth: expected lat from -90 "
                "to 90 and lon from -180 to 180"
            ) from None
        return Entry(0, name, at.lat, at.lon, "locality")
    found = gazetteer.search(str(place), limit=1) if place else []
    return found[0].entry if found else None


def _print(out: Json, as_lines: bool) -> None:
    if as_lines:
        click.echo(json.dumps(out, ensure_ascii=False))
        return
    place = out.get("place") or {}
    click.echo(f"{out['id']}\t{out['kind']}\t{out.get('hazard')}\t{place.get('name', '-')}")
    for line in out.get("why", []):
        click.echo(f"    {line}")
