"""Playbooks: what coordinators do about a hazard, and what a warning tells people to do."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.alerts import drafting, wording
from gateway.alerts.playbooks import as_sentence, shipped
from gateway.flow import playbook_editing, ticking
from gateway.flow.playbooks import fingerprint, room_for
from gateway.lists import playbooks
from gateway.lists.timeline import Step
from gateway.store.tables import AuditRow
from gateway.terms.refusals import NotFound, Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.formats import language
from gateway.web.forms import reason
from gateway.web.guards import needs, signed_in
from gateway.web.speech import told

bp = Blueprint("playbooks", __name__)
_PLACE, _UNTIL = "Moa", "18:30"  # of the preview


@bp.get("/playbooks")
@signed_in
def page() -> str:
    with runtime().database.reading() as session:
        rows = playbooks.rows(session)
        return render_template(
            "admin/playbooks.html",
            rows=rows,
            languages=_languages(),
            broken=len(shipped().problems),
        )


@bp.get("/playbooks/<hazard>")
@signed_in
def one(hazard: str) -> str:
    with runtime().database.reading() as session:
        runtime().catch_up(session)
        return _show(session, hazard)


@bp.post("/playbooks/<hazard>/edit")
@needs("coordinator")
def edit(hazard: str) -> Response | tuple[str, int]:
    lines = _lines(request.form)
    if request.form.get("try"):
        with runtime().database.reading() as session:
            return _show(session, hazard, typed=request.form), 200
    try:
        with runtime().database.writing() as session:
            playbook_editing.edit(
                runtime(), session, hazard, current_actor(), reason(), now(),
                lines=lines, steps=request.form.get("steps", ""), seen=request.form.get("seen", ""),
            )  # fmt: skip
    except NotFound:
        raise
    except Refused as refused:  # the page comes back with what the person wrote
        flash(told(refused), "problem")
        with runtime().database.reading() as session:
            return _show(session, hazard, typed=request.form), 409
    return _back(hazard, gettext("The playbook is kept. New warnings will say so."))


@bp.post("/playbooks/<hazard>/restore")
@needs("coordinator")
def restore(hazard: str) -> Response:
    with runtime().database.writing() as session:
        playbook_editing.restore(session, hazard, current_actor(), reason(), now())
    return _back(hazard, gettext("The shipped playbook holds again."))


@bp.post("/incidents/<int:incident_id>/checklist")
@needs("coordinator")
def tick(incident_id: int) -> Response:
    words, done = request.form.get("step", ""), request.form.get("done") == "1"
    act = ticking.tick if done else ticking.untick
    with runtime().database.writing() as session:
        act(session, incident_id, words, current_actor(), now())
    return redirect(url_for("incidents.one", incident_id=incident_id) + "#h-checklist", 303)


def _show(session: Session, hazard: str, typed: Mapping[str, str] | None = None) -> str:
    found = playbooks.rows(session, only=hazard)
    if not found:
        raise NotFound("There is no playbook for that.")
    row = found[0]
    fields = {f"line_{code}": row.playbook.action.get(code, "") for code in _languages()}
    fields |= {"steps": "\n".join(row.playbook.steps), "reason": ""}
    return render_template(
        "admin/playbook.html",
        row=row,
        languages=_languages(),
        rooms={code: room_for(runtime(), hazard, code) for code in _languages()},
        form=fields | dict(typed or {}),
        seen=(typed or {}).get("seen") or fingerprint(row.playbook),
        previews=_previews(row, _lines(typed or {})),
        log=[_step(act) for act in playbooks.changes(session, hazard)],
    )


def _lines(form: Mapping[str, str]) -> dict[str, str]:
    return {code: form[f"line_{code}"] for code in _languages() if f"line_{code}" in form}


def _previews(row: playbooks.Row, typed: Mapping[str, str]) -> dict[str, str]:
    """A warning of this hazard as it would read, with lines that nobody has kept yet."""
    source = runtime().settings.service_name
    facts = drafting.Facts(source, row.hazard, _PLACE, _UNTIL, exercise=False)
    lines = {code: " ".join(line.split()) for code, line in typed.items() if line.strip()}
    whole = {code: as_sentence(line) for code, line in lines.items()}
    return drafting.draft_texts("warning", facts, _languages(), dict(row.playbook.action) | whole)


def _step(act: AuditRow) -> Step:
    """One change in words."""
    if act.act == "playbook.restore":
        return Step(act.at, act.who, gettext("put the shipped playbook back"), act.reason)
    parts = [
        gettext("the line in %(language)s", language=language(code))
        for code in act.facts.get("languages", ())
    ]
    if act.facts.get("steps") != "as before":
        parts.append(gettext("the steps"))
    what = gettext("changed %(parts)s", parts=", ".join(parts) or gettext("nothing"))
    return Step(act.at, act.who, what, act.reason)


def _languages() -> list[str]:
    """Of the deployment, where we have texts: the others get English ones."""
    return [code for code in runtime().settings.languages if code in wording.languages()]


def _back(hazard: str, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("playbooks.one", hazard=hazard), 303)
