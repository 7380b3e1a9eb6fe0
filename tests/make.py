"""Makes rows and settings for tests, with everything that is not the point defaulted."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gateway.plumbing.crypto import KeyRing
from gateway.plumbing.settings import Settings, load_settings
from gateway.store.tables import Incident, Place, Subscriber, User
from gateway.terms.geo import Position, cell_of

TEST_RINGS = (
    KeyRing((("t1", b"d" * 32),)),
    KeyRing((("t1", b"i" * 32),)),
)
TEST_ENV = {
    "GATEWAY_KEYS__DATA": TEST_RINGS[0].to_text(),
    "GATEWAY_KEYS__INDEX": TEST_RINGS[1].to_text(),
    "GATEWAY_KEYS__SESSION": "s" * 40,
}
MOA = Position(-2.35162, 40.31707)


def settings_for(database_url: str, folder: Path, **environ: str) -> Settings:
    """Shipped settings with test keys; further GATEWAY_ variables as arguments."""
    fixed = {"GATEWAY_DATABASE__URL": database_url, "GATEWAY_VAR": str(folder / "var")}
    return load_settings(TEST_ENV | fixed | environ)


def make_place(
    session: Session, name: str = "Moa", position: Position = MOA, **facts: Any
) -> Place:
    """A village of the sample country."""
    values: dict[str, Any] = {
        "country": "KE", "source": "test", "source_id": name, "kind": "locality",
        "county": "Tana River", "region": "", "population": 0,
    }  # fmt: skip
    place = Place(name=name, lat=position.lat, lon=position.lon, **(values | facts))
    session.add(place)
    session.flush()
    return place


def make_user(
    session: Session, name: str = "amina", role: str = "coordinator", **facts: Any
) -> User:
    """A coordinator who has chosen a password that nobody can type."""
    values: dict[str, Any] = {
        "password_hash": "unusable", "must_change_password": False,
        "created_at": datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
    }  # fmt: skip
    user = User(name=name, role=role, **(values | facts))
    session.add(user)
    session.flush()
    return user


def make_subscriber(session: Session, keys: Any, phone: str, **facts: Any) -> Subscriber:
    """A subscribed member, at home in Moa unless said otherwise."""
    home: Position = facts.pop("home", MOA)
    values: dict[str, Any] = {
        "pseudonym": f"Heron-{phone[-6:]}", "state": "subscribed", "language": "en",
        "lat": home.lat, "lon": home.lon, "cell": cell_of(home),
        "created_at": datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
    }  # fmt: skip
    subscriber = Subscriber(phone=phone, phone_index=keys.index.of(phone), **(values | facts))
    session.add(subscriber)
    session.flush()
    return subscriber


def make_incident(session: Session, now: datetime, **facts: Any) -> Incident:
    """An open incident: armed men near Moa, one report."""
    values: dict[str, Any] = {
        "hazard": "armed_group", "place_name": "Moa", "lat": MOA.lat, "lon": MOA.lon,
        "precision_m": 1500, "reliability": "F", "credibility": 3, "reports": 1, "sources": 1,
        "opened_at": now, "last_report_at": now,
    }  # fmt: skip
    incident = Incident(**(values | facts))
    session.add(incident)
    session.flush()
    return incident
