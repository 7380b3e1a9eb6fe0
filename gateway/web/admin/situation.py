"""The first page: what needs me now, fresh every three seconds."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, render_template
from flask_babel import gettext
from sqlalchemy.orm import Session

from gateway.lists import accounts, exercises, guide, last_hour, needs, pressing, pulse
from gateway.lists import points as points_list
from gateway.store.tables import Alert
from gateway.web import formats
from gateway.web.context import current_actor, now, runtime
from gateway.web.fragments import Piece, kept, piece, stamp_of, unless_known, unless_the_same
from gateway.web.guards import signed_in

bp = Blueprint("situation", __name__)
bp.add_app_template_global(kept)
_RESTING = timedelta(minutes=2)
_LOOK_AGAIN = timedelta(minutes=1)  # a change that was written while we looked shows by then
_SEVERE = ("Extreme", "Severe")


@bp.get("/")
@signed_in
def page() -> str:
    with runtime().database.reading() as session:
        found = _piece(session, pulse.read(session))
        is_new = guide.is_new(session)
    return render_template("situation.html", piece=found, is_new=is_new)


@bp.get("/situation/rows")
@signed_in
def rows() -> Response:
    with runtime().database.reading() as session:
        beat = pulse.read(session)
        return unless_the_same(_stamp(beat), lambda: _piece(session, beat))


@bp.get("/situation/points.json")
@signed_in
def points() -> Response:
    """What lies on the small map, as short as a slow line wants it."""
    with runtime().database.reading() as session:
        found = points_list.read(session)
    body = json.dumps(_drawn(found), ensure_ascii=False, separators=(",", ":"))
    answer = unless_known(stamp_of(body), lambda: body)
    answer.mimetype = "application/json"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that the template shows, sorted for this person."""

    needs: needs.Needs
    press: pressing.Pressing
    pulse: pulse.Pulse
    hour: last_hour.LastHour
    troubles: list[accounts.Trouble]
    to_practise: Any
    is_resting: bool

    @property
    def unwarned(self) -> frozenset[int]:
        """Verified incidents that no warning was begun for."""
        return self.needs.unwarned

    @property
    def live(self) -> list[Alert]:
        """Under way, but for those that are shown to be reviewed."""
        return [alert for alert in self.needs.live if alert not in self.needs.reviews]

    @property
    def mine(self) -> list[Alert]:
        """To approve, but for those that are about to leave anyway."""
        return [alert for alert in self.needs.mine if alert not in self.needs.counting]

    @property
    def others(self) -> list[Alert]:
        """Drafts and submissions that wait for somebody else."""
        return [alert for alert in self.needs.others if alert not in self.needs.counting]

    @property
    def asking(self) -> dict[int, int]:
        """How many people ask for help in each incident."""
        return {one.incident.id: one.asking for one in self.needs.opened}

    @property
    def count(self) -> int:
        """For the title: what nobody has looked at, is late, or waits for this person."""
        return self.needs.unseen + len(self.press.overdue) + len(self.mine)

    @property
    def news(self) -> str:
        """What is worth saying aloud when it changes."""
        parts = (
            (len(self.needs.counting), gettext("about to leave")),
            (self.needs.unseen, gettext("not seen")),
            (len(self.press.overdue), gettext("overdue")),
            (len(self.mine), gettext("to approve")),
            (len(self.needs.live), gettext("under way")),
            (self.pulse.failed_messages, gettext("failed messages")),
        )
        return ", ".join(f"{count} {words}" for count, words in parts if count)


def _piece(session: Session, beat: pulse.Pulse) -> Piece:
    seen = _look(session, beat)
    html = render_template("situation_rows.html", seen=seen)
    return piece(_stamp(beat), _until(seen), html)


def _look(session: Session, beat: pulse.Pulse) -> _Seen:
    rt, time = runtime(), now()
    found = needs.read(session, current_actor().id, list(rt.hazards))
    severe = {key for key, hazard in rt.hazards.items() if hazard.severity in _SEVERE}
    names = list(rt.settings.providers)
    return _Seen(
        needs=found,
        press=pressing.sort(found.opened, rt.allowed, severe, time),
        pulse=beat,
        hour=last_hour.read(session, time),
        troubles=accounts.troubles(session, names) if beat.troubles else [],
        to_practise=exercises.to_practise(session, rt.settings.policy.drill_days, time),
        is_resting=_is_resting(beat),
    )


def _is_resting(beat: pulse.Pulse) -> bool:
    """Whether the background work has stopped: then nothing is read and nothing is sent."""
    return beat.beat is not None and now() - beat.beat > _RESTING


def _stamp(beat: pulse.Pulse) -> str:
    today = now().astimezone(runtime().zone).date()
    return stamp_of(beat.marks, _is_resting(beat), today)


def _until(seen: _Seen) -> datetime:
    moments = [now() + _LOOK_AGAIN, seen.hour.begin + last_hour.PIECE * last_hour.PIECES]
    return min(*moments, *([seen.press.next_due] if seen.press.next_due else []))


def _drawn(found: points_list.Points) -> dict[str, Any]:
    incidents = [
        [one.id, one.lat, one.lon, one.precision_m or 0, _colour(one), _name(one)]
        for one in found.incidents
    ]
    return {"incidents": incidents, "areas": [_shape(area) for area in found.areas]}


def _colour(one: points_list.Point) -> str:
    if one.is_exercise:
        return "drill"
    return "verified" if one.state == "verified" else formats.severity(one.hazard)


def _name(one: points_list.Point) -> str:
    return f"{one.id} {formats.hazard(one.hazard)}" + (f", {one.place}" if one.place else "")


def _shape(area: points_list.LiveArea) -> dict[str, Any]:
    zone = area.zone
    circles = [[one.lat, one.lon, one.radius_m] for one in zone.circles]
    circles += [[spot.lat, spot.lon, 0] for spot in zone.spots]
    corners = zone.corridor.corners() if zone.corridor else []
    return {
        "id": area.alert_id, "drill": area.is_exercise, "circles": circles,
        "way": [[corner.lat, corner.lon] for corner in corners],
    }  # fmt: skip
