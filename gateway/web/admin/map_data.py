"""What map.js draws, as JSON: incidents, areas of warnings, heat by week, villages by reach."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from gateway.lists import heat, warned_villages
from gateway.lists.heat import Week
from gateway.lists.map import Situation, situation
from gateway.lists.warned_villages import Village
from gateway.store.tables import Alert, Incident
from gateway.terms.area_words import area_words
from gateway.web.admin.map_filters import Filters
from gateway.web.context import now, runtime
from gateway.web.formats import alert_name, hazard, people, severity
from gateway.web.speech import spoken

_MOST_SPOTS = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """The situation, and what the chosen layer adds to it."""

    filters: Filters
    found: Situation
    heat: Sequence[Week]
    warning: Alert | None  # by which the reach of villages is told
    villages: Sequence[Village]


def read(session: Session, filters: Filters) -> Shown:
    """All that the map and the list beside it say."""
    found = situation(session, filters.wanted())
    weeks: Sequence[Week] = ()
    if filters.layer == "heat":
        weeks = heat.weeks(session, now(), runtime().zone, filters.span, filters.hazards)
    by_reach = filters.layer == "villages"
    warning = warned_villages.last_warning(session) if by_reach else None
    homes = warned_villages.villages(session, warning) if by_reach else ()
    return Shown(filters, found, weeks, warning, homes)


def as_json(shown: Shown) -> str:
    """No texts of people, no names of people: what the list says, and where it is."""
    found, first = shown.found, shown.filters.first_day
    return json.dumps(
        {
            "days": {"first": first.isoformat(), "count": _day(now(), shown.filters) + 1},
            "incidents": [_incident(one, shown.filters) for one in found.incidents],
            "ways": {
                number: [[leg.stop.position.lat, leg.stop.position.lon] for leg in way]
                for number, way in found.ways.items()
            },
            "alerts": [_alert(one) for one in found.alerts],
            "heat": {"side": heat.CELL_DEG, "weeks": [_week(week) for week in shown.heat]},
            "villages": [_village(one) for one in shown.villages],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def incident_words(incident: Incident) -> str:
    """What a marker is called by whoever listens: the same words as its row begins with."""
    parts = [f"{incident.id} {hazard(incident.hazard)}", incident.place_name or "",
             spoken(incident.state)]  # fmt: skip
    if incident.exercise_id is not None:
        parts.insert(0, gettext("Exercise"))
    return ", ".join(part for part in parts if part)


def village_words(village: Village) -> str:
    """ "Moa: 120 people subscribe; the last warning reached 108 of 120." """
    name, count = village.name, people(village.people)
    if not village.reach.total:
        return str(
            gettext("%(name)s: %(people)s, not in the last warning.", name=name, people=count)
        )
    return str(
        gettext(
            "%(name)s: %(people)s. The last warning was delivered to %(part)s of %(whole)s.",
            name=name, people=count, part=village.reach.delivered, whole=village.reach.total,
        )
    )  # fmt: skip


def _incident(incident: Incident, filters: Filters) -> dict[str, Any]:
    return {
        "id": incident.id,
        "lat": incident.lat,
        "lon": incident.lon,
        "within": incident.precision_m or 0,
        "severity": severity(incident.hazard),
        "state": incident.state,
        "drill": incident.exercise_id is not None,
        "words": incident_words(incident),
        "from": _day(incident.first_report_at or incident.opened_at, filters),
        "to": _day(incident.last_report_at, filters),
        "href": url_for("incidents.one", incident_id=incident.id),
    }


def _alert(alert: Alert) -> dict[str, Any]:
    area = alert.zone.as_json()
    area["spots"] = area.get("spots", [])[:_MOST_SPOTS]
    if alert.zone.corridor is not None:
        area["corridor"]["corners"] = [[one.lat, one.lon] for one in alert.zone.corridor.corners()]
    return {
        "id": alert.id,
        "area": area,
        "drill": alert.exercise_id is not None,
        "words": f"W{alert.id} {alert_name(alert)}, {area_words(alert.zone)}",
        "href": url_for("alerts.one", alert_id=alert.id),
    }


def _week(week: Week) -> dict[str, Any]:
    return {"first": week.first.isoformat(), "number": week.number, "cells": week.cells}


def _village(village: Village) -> dict[str, Any]:
    total = village.reach.total
    return {
        "id": village.place_id,
        "lat": village.lat,
        "lon": village.lon,
        "people": village.people,
        "share": round(village.reach.delivered / total, 2) if total else None,
        "words": village_words(village),
    }


def _day(time: datetime, filters: Filters) -> int:
    """Days since the slider's first one; below zero before it."""
    return (time.astimezone(runtime().zone).date() - filters.first_day).days
