"""The triage queue: a list by filters of the address, and one incident to decide about."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from gateway.flow import bulk, presence, undoing
from gateway.lists import incidents, sameness, triage
from gateway.lists import presence as presences
from gateway.lists.triage import Wanted
from gateway.terms.refusals import NotAllowed, NotFound, Refused
from gateway.terms.states import MACHINES, MoveRefused
from gateway.web import firsts
from gateway.web.admin.ready_reasons import READY
from gateway.web.context import current_actor, is_fragment, local_path, now, runtime
from gateway.web.forms import LARGEST, LONGEST_REASON, optional_number
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import may, needs, signed_in
from gateway.web.speech import N_, told

bp = Blueprint("triage", __name__)
View = TypeVar("View", bound=Callable[..., Any])
Args = Mapping[str, str]
_TICKS = ("mine", "unseen", "overdue", "unplaced", "drill")
_FILTERS = ("state", "hazard", "place", "severity", "sort", *_TICKS)
_ALL = "all"
SAVED: tuple[tuple[str, Args], ...] = (
    (N_("All open"), {}),
    (N_("Not seen"), {"unseen": "1"}),
    (N_("Overdue"), {"overdue": "1"}),
    (N_("Mine"), {"mine": "1"}),
    (N_("Place not known"), {"unplaced": "1"}),
)
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
        return redirect(url_for("triage.page", at=incident_id, **_kept(request.args)))
    with runtime().database.reading() as session:
        return render_template("admin/_queue_card.html", **_card(session, incident_id, None))


@bp.get("/queue/news")
@signed_in
def news() -> Response:
    """How many came since the page was read: the list itself stays still under the fingers."""
    after = request.args.get("after", 0, type=int)
    with runtime().database.reading() as session:
        count = triage.arrived(
            session, _wanted(request.args), runtime().hazards, runtime().allowed, now(),
            min(max(after, 0), LARGEST),
        )  # fmt: skip
    again = url_for("triage.page", **_kept(request.args))
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


@bp.post("/queue/bulk")
@needs("coordinator")
def several() -> Answer:
    act, why = request.form.get("act", ""), request.form.get("reason", "").strip()
    ticked = [part for part in map(_ticked, request.form.getlist("incident")) if part]
    result = bulk.decide(
        runtime(), ticked, act, current_actor(), why[:LONGEST_REASON], now(),
        optional_number("person"),
    )  # fmt: skip
    if result.done:
        words = ngettext(
            "Done for %(num)s incident: %(numbers)s.",
            "Done for %(num)s incidents: %(numbers)s.",
            len(result.done),
            numbers=", ".join(map(str, result.done)),
        )
        flash(words, "good")
    for number, error in result.skipped.items():
        why_not = firsts.why_skipped(error)
        flash(gettext("Skipped %(number)s: %(why)s", number=number, why=why_not), "problem")
    return redirect(local_path(request.form.get("to"), url_for("triage.page")), 303)


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


def _again(
    error: Refused | MoveRefused, incident_id: int, act: str
) -> tuple[str, int]:
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


def _show(
    session: Session, args: Args, *, typed: Args | None = None, problem: str = ""
) -> str:
    number = _number(args, "page") or 1
    found = triage.listed(
        session, _wanted(args), runtime().hazards, runtime().allowed, now(), number
    )
    ids = [row.incident.id for row in found.rows]
    at = _number(args, "at") or (ids[0] if ids else None)
    place = ids.index(at) if at in ids else -1
    kept = _kept(args)
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
        wanted=_wanted(args),
        states=triage.STATES,
        sorts=triage.SORTS,
        severities=triage.SEVERITIES,
        hazards=runtime().hazards.values(),
        saved=SAVED,
        problem=problem,
        did=_did(session, _number(args, "did")),
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
    view = triage.essentials(session, incident_id, allowed, texts=reads, row=row)
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
    """Where a form of a card leads once it is done: the next one, and what was done to take back."""
    args = request.args if args is None else args
    following = _number(args, "then")
    more = {"did": incident_id} | ({"at": following} if following else {})
    return url_for("triage.page", **_kept(args), **more)


def _wanted(args: Args) -> Wanted:
    state = args.get("state", "open")
    return Wanted(
        state="" if state == _ALL else _one_of(state, triage.STATES, "open"),
        hazard=_one_of(args.get("hazard", ""), tuple(runtime().hazards)),
        place=args.get("place", "").strip()[:60],
        severity=_one_of(args.get("severity", ""), triage.SEVERITIES),
        owner_id=current_actor().id if args.get("mine") == "1" else None,
        unseen=args.get("unseen") == "1",
        unplaced=args.get("unplaced") == "1",
        overdue=args.get("overdue") == "1",
        drill=args.get("drill") == "1",
        sort=_one_of(args.get("sort", ""), triage.SORTS, triage.SORTS[0]),
    )


def _kept(args: Args) -> dict[str, str]:
    """The filters of an address, to carry them into the next."""
    return {name: args[name][:60] for name in _FILTERS if args.get(name, "").strip()}


def _one_of(value: str, allowed: tuple[str, ...], otherwise: str = "") -> str:
    return value if value in allowed else otherwise


def _number(args: Args, name: str) -> int | None:
    text = args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 16 else None


def _ticked(value: str) -> bulk.Chosen | None:
    """ "12-open": the number, and the state in which it was shown."""
    number, _, state = value.partition("-")
    known = number.isascii() and number.isdecimal() and len(number) < 16
    return bulk.Chosen(int(number), state) if known and state in triage.STATES else None
