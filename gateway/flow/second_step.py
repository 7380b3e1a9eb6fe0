"""Codes from an app on a coordinator's phone (TOTP, RFC 6238), good for judging by SMS."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import KeyProblem, Keys
from gateway.store import audit
from gateway.store.tables import User
from gateway.terms.refusals import Refused

_STEP_S = 30  # RFC 6238, section 4.1
_WINDOW = 1  # a step before and after: phones' clocks differ (RFC 6238, section 5.2)
_OFFER_HOLDS = timedelta(minutes=30)
_PLACE = "second_step.offer"


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret to be typed into an app; `token` brings it back sealed with the first code."""

    secret: str
    address: str  # otpauth:, as apps read it
    token: str

    @property
    def groups(self) -> str:
        """The secret in groups of four."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))


def offer(keys: Keys, user: User, service: str, now: datetime) -> Offer:
    """A new secret; nothing is kept until a code proves that the app has it."""
    return _offer(keys, user, service, pyotp.random_base32(), now)


def again(keys: Keys, user: User, service: str, token: str, now: datetime) -> Offer:
    """The same secret once more, after a code that was wrong."""
    return _offer(keys, user, service, _opened(keys, user, token, now), now)


def confirm(session: Session, keys: Keys, user: User, token: str, code: str, now: datetime) -> None:
    """Keeps the secret of the offer when the code is right; that code works only here."""
    secret = _opened(keys, user, token, now)
    step = _step_of(secret, code, now)
    if step is None:
        raise Refused("This code is wrong. Look at the app again: it shows a new one every minute.")
    user = _fresh(session, user)
    user.totp_secret, user.totp_step = secret, step
    _record(session, "user.second_step", user, now)


def remove(session: Session, user: User, now: datetime) -> None:
    """Codes of the app work no more."""
    user = _fresh(session, user)
    if user.totp_secret is None:
        raise Refused("There is no app to remove.")
    user.totp_secret = user.totp_step = None
    _record(session, "user.no_second_step", user, now)


def use(user: User, code: str, now: datetime) -> str:
    """Spends the code: good, used, or wrong. The caller holds the user's row."""
    if user.totp_secret is None:
        return "wrong"
    step = _step_of(user.totp_secret, code, now)
    if step is None:
        return "wrong"
    if user.totp_step is not None and step <= user.totp_step:
        return "used"
    user.totp_step = step
    return "good"


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code it is, the newest first."""
    app, current = pyotp.TOTP(secret, interval=_STEP_S), int(now.timestamp()) // _STEP_S
    typed = "".join(code.split())
    for step in range(current + _WINDOW, current - _WINDOW - 1, -1):
        if hmac.compare_digest(app.generate_otp(step).encode(), typed.encode()):
            return step
    return None


def _offer(keys: Keys, user: User, service: str, secret: str, now: datetime) -> Offer:
    address = pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=service)
    until = int((now + _OFFER_HOLDS).timestamp())
    token = keys.sealer.seal(f"{user.id}:{until}:{secret}", _PLACE)
    return Offer(secret, address, token)


def _opened(keys: Keys, user: User, token: str, now: datetime) -> str:
    try:
        owner, until, secret = keys.sealer.open(token, _PLACE).split(":")
    except (KeyProblem, ValueError):
        owner, until, secret = "", "0", ""
    if owner != str(user.id) or int(until) < now.timestamp():
        raise Refused("This page was open for too long. Begin again with a new secret.")
    return secret


def _fresh(session: Session, user: User) -> User:
    return session.get_one(User, user.id, populate_existing=True, with_for_update=True)


def _record(session: Session, act: str, user: User, now: datetime) -> None:
    audit.record(session, who=user.name, act=act, subject=f"user {user.id}", now=now)
