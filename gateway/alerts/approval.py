"""Four eyes: who may approve what, and the fingerprint of what was approved."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """What an approval is decided on."""

    incident_state: str | None  # None for a campaign
    purpose: str
    submitted_by: int | None
    submitter_disabled: bool
    approved_by: frozenset[int]
    expires_at: datetime


_FOUNDED = {
    "warning": frozenset({"verified"}),
    "all_clear": frozenset({"verified", "closed", "refuted"}),
    "cancel": frozenset({"verified", "closed", "refuted", "open", "unverifiable"}),
}


def why_not_send(case: Case, now: datetime) -> str | None:
    """What keeps this alert from being submitted or approved by anybody."""
    if case.purpose != "campaign" and case.incident_state not in _FOUNDED[case.purpose]:
        return f"Its incident is {case.incident_state}: only a verified one may be warned of."
    if case.expires_at <= now:
        return "Its expiry is in the past: return it and set a later one."
    return None


def why_not_approve(case: Case, user_id: int, now: datetime) -> str | None:
    """What keeps this coordinator from approving."""
    if user_id == case.submitted_by:
        return "You submitted this warning: somebody else must approve it."
    if case.submitter_disabled:
        return (
            "Whoever submitted it may no longer send warnings: return it, read it, submit it anew."
        )
    if user_id in case.approved_by:
        return "You have approved it already: somebody else must do so too."
    return why_not_send(case, now)


def audience_rule(purpose: str, refers_to_id: int | None) -> str:
    """In words, who of the area is told; it is frozen, and later joiners come under it too."""
    if purpose in ("cancel", "all_clear"):
        return f"sent {refers_to_id}"
    if refers_to_id is not None:
        return f"subscribed in the area, and sent {refers_to_id}"
    return "subscribed in the area"


def content_hash(
    *,
    texts: Mapping[str, str],
    area: Mapping[str, Any],
    audience: str,
    times: tuple[datetime | None, datetime],
    repeat_minutes: int | None,
    calendar: Mapping[str, Any] | None = None,
) -> str:
    """SHA-256 over what was approved; `times` are its start, if one is set, and its expiry.

    `calendar` is what a campaign is, and when it is sent.
    """
    starts_at, expires_at = times
    content = {
        "texts": dict(texts),
        "area": dict(area),
        "audience": audience,
        "starts_at": starts_at.isoformat() if starts_at else None,
        "expires_at": expires_at.isoformat(),
        "repeat_minutes": repeat_minutes,
    }
    if calendar is not None:
        content["calendar"] = dict(calendar)
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
