"""Four eyes: who may approve what, and the fingerprint of what was approved."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Case:
    """What an approval is decided on."""

    incident_state: str
    purpose: str
    submitted_by: int | None
    approved_by: frozenset[int]
    expires_at: datetime


_FOUNDED = {
    "warning": frozenset({"verified"}),
    "all_clear": frozenset({"verified", "closed", "refuted"}),
    "cancel": frozenset({"verified", "closed", "refuted", "open", "unverifiable"}),
}


def why_not_send(case: Case, now: datetime) -> str | None:
    """What keeps this alert from being submitted or approved by anybody."""
    if case.incident_state not in _FOUNDED[case.purpose]:
        return f"Its incident is {case.incident_state}: only a verified one may be warned of."
    if case.expires_at <= now:
        return "Its expiry is in the past: return it and set a later one."
    return None


def why_not_approve(case: Case, user_id: int, now: datetime) -> str | None:
    """What keeps this coordinator from approving."""
    if user_id == case.submitted_by:
        return "You submitted this warning: somebody else must approve it."
    if user_id in case.approved_by:
        return "You have approved it already: somebody else must do so too."
    return why_not_send(case, now)


def content_hash(
    texts: Mapping[str, str], area: Mapping[str, float], expires_at: datetime, people: Iterable[int]
) -> str:
    """SHA-256 over texts, area, expiry and audience: what is sent is what was approved."""
    content = {
        "texts": dict(texts),
        "area": dict(area),
        "expires_at": expires_at.isoformat(),
        "audience": sorted(people),
    }
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
