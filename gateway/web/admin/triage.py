"""The triage queue: a list by filters of the address, and one incident to decide about."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from gateway.flow import presence, undoing
from gateway.lists import essentials, incidents, sameness, triage
from gateway.lists import presence as presences
from gateway.terms.refusals import NotAllowed, NotFound, Refused
from gateway.terms.states import MACHINES, MoveRefused
from gateway.web import firsts
from gateway.web.admin import queue_filters
from gateway.web.admin.queue_filters import Args
from gateway.web.admin.ready_reasons import READY
from gateway.web.context import current_actor, is_fragment, now, runtime
from gateway.web.forms import LARGEST
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import may, needs, signed_in
from gateway.web.speech import N_, told

bp = Blueprint("triage", __name__)
View = TypeVar("View", bound=Callable[..., Any])
_ACTS = (
    ("verify", "verified", "v", N_("Verify: it is true")),
    ("refute", "refuted", "r", N_("Refute: it is not true")),
    ("unverifiable", "unverifiable", "u", N_("Nobody can find out")),
    ("reopen", "open", "o", N_("Open it again")),
    ("close", "closed", "e", N_("Close: it is over")),
)


@bp.get("/queue")
@signed_in
def page() -> str:
    with runtime().database.reading() as session:
        return _show(session, request.args)


@bp.get("/queue/<int:incident_id>")
@signed_in
def card(incident_id: int) -> str | Answer:
    """One incident's card for a script; a browser gets it within the queue."""
    if not is_fragment():
        return redirect(queue_filters.address(request.args, at=incident_id))
    with runtime().database.reading() as session:
        return render_template("admin/_queue_card.html", **_card(session, incident_id, None))


@bp.get("/queue/news")
@signed_in
def news() -> Response:
    """How many came since the page was read: the list itself stays still under the fingers."""
    after = min(max(request.args.get("after", 0, type=int), 0), LARGEST)
    wanted, hazards = queue_filters.wanted(request.args), runtime().hazards
    with runtime().database.reading() as session:
        count = triage.arrived(session, wanted, hazards, runtime().allowed, now(), after)
    again = queue_filters.address(request.args)
    return unless_known(
        stamp_of(count), lambda: render_template("admin/_queue_news.html", count=count, again=again)
    )


@bp.get("/queue/<int:incident_id>/merge")
@needs("coordinator")
def merge(incident_id: int) -> str:
    """What it may be the same as, the likeliest and the nearest first."""
    with runtime().database.reading() as session:
        incident = incidents.find(session, incident_id)
        likely = [one.other.id for one in sameness.of_incident(session, incident)]
        near = incidents.choices(session, incident)
        near.sort(key=lambda one: one.incident.id not in likely)  # stable: then the nearest
        view = {"incident": incident, "choices": near[:9], "likely": likely}
        whole = "_queue_merge.html" if is_fragment() else "queue_merge.html"
        return render_template(f"admin/{whole}", to=_to(incident_id), ready=READY, **view)


def keeps_typed(view: View) -> View:
    """What is refused comes back in the queue with its words still in the fields.

    For views of one incident; a script keeps its own fields and only hears why.
    """

    @wraps(view)
    def kept(*args: Any, **values: Any) -> Any:
        try:
            return view(*args, **values)
        except (NotFound, NotAllowed):
            raise
        except (Refused, MoveRefused) as error:
            was_second = isinstance(error, MoveRefused)
            if is_fragment() or not (was_second or "to" in request.form):
                raise
            return _again(error, values["incident_id"], values.get("act") or view.__name__)

    return kept  # type: ignore[return-value]


def _again(error: Refused | MoveRefused, incident_id: int, act: str) -> tuple[str, int]:
    """By the last part of the address a form of the card knows what was typed into it."""
    is_second = isinstance(error, MoveRefused)
    problem = firsts.told(error) if isinstance(error, MoveRefused) else told(error)
    args = MultiDict(parse_qsl(urlsplit(request.form.get("to", "")).query))
    args["at"] = str(incident_id)
    args.pop("did", None)
    typed = {"act": act, **request.form.to_dict()}
    with runtime().database.reading() as session:
        page = _show(session, args, typed=typed, problem=problem)
    return page, 409 if is_second else 400


def _show(session: Session, args: Args, *, typed: Args | None = None, problem: str = "") -> str:
    number = queue_filters.number(args, "page") or 1
    found = triage.listed(
        session, queue_filters.wanted(args), runtime().hazards, runtime().allowed, now(), number
    )
    ids = [row.incident.id for row in found.rows]
    at = queue_filters.number(args, "at") or (ids[0] if ids else None)
    place = ids.index(at) if at in ids else -1
    kept = queue_filters.kept(args)
    after = next(iter(ids[place + 1 :]), None)
    row = found.rows[place] if place >= 0 else None
    shown = _card(session, at, row, {**args, "then": str(after or "")}, typed) if at else {}
    return render_template(
        "admin/queue.html",
        found=found,
        ids=ids,
        at=at,
        page=number,
        more=found.total > number * triage.SIZE,
        kept=kept,
        wanted=queue_filters.wanted(args),
        states=triage.STATES,
        sorts=triage.SORTS,
        severities=triage.SEVERITIES,
        hazards=runtime().hazards.values(),
        saved=queue_filters.SAVED,
        problem=problem,
        did=_did(session, queue_filters.number(args, "did")),
        before=ids[place - 1] if place > 0 else None,
        after=after,
        **shown,
    )


def _card(
    session: Session,
    incident_id: int,
    row: triage.Row | None,
    args: Args | None = None,
    typed: Args | None = None,
) -> dict[str, object]:
    args = request.args if args is None else args
    allowed, reads = runtime().allowed, may("analyst")
    view = essentials.of(session, incident_id, allowed, texts=reads, row=row)
    incident = view.row.incident
    targets = MACHINES["incident"].get(incident.state, frozenset())
    me = current_actor()
    return {
        "view": view,
        "incident": incident,
        "acts": [act for act in _ACTS if act[1] in targets] if may("coordinator") else [],
        "can_merge": "merged" in targets,
        "ready": READY,
        "typed": typed or {},
        "people": triage.coordinators(session) if may("coordinator") else (),
        "here": presences.others(session, incident_id, me.id, now() - presence.FRESH),
        "to": _to(incident_id, args),
        "askable": runtime().settings.inquiries.policy != "off"
        and runtime().hazards[incident.hazard].ask,
    }


def _did(session: Session, incident_id: int | None) -> tuple[int, undoing.Last] | None:
    """What a browser without scripts may take back, right after it decided."""
    if incident_id is None or not may("coordinator"):
        return None
    last = undoing.last(session, incident_id, current_actor(), now())
    return (incident_id, last) if last is not None and last.why_not is None else None


def _to(incident_id: int, args: Args | None = None) -> str:
    """Where a form of a card leads: the next one, with what was done to take back."""
    args = request.args if args is None else args
    following = queue_filters.number(args, "then")
    more = {"did": incident_id} | ({"at": following} if following else {})
    return queue_filters.address(args, **more)
