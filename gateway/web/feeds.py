"""CAP 1.2 for partners: feeds of the warnings in force, and each warning's document."""

import structlog
from flask import Blueprint, Response, request

from gateway.flow import publishing
from gateway.sharing.cap_feed import ATOM_TYPE, CAP_TYPE
from gateway.sharing.signing import SigningProblem
from gateway.web.context import now, runtime
from gateway.web.guards import partner, signed_in

bp = Blueprint("feeds", __name__)
_log = structlog.get_logger()


@bp.get('/feeds/<any("cap", "cap-exercise", "cap-reminders"):name>.atom')
@partner
def feed(name: str) -> Response:
    with runtime().database.reading() as session:
        return _for_partners(publishing.feed(runtime(), session, name, now()), ATOM_TYPE)


@bp.get("/feeds/cap/<identifier>.xml")
@partner
def document(identifier: str) -> Response:
    with runtime().database.reading() as session:
        try:
            found = publishing.document(runtime(), session, identifier, now())
        except SigningProblem as problem:
            return _unsigned(problem)
        return Response(status=404) if found is None else _for_partners(found, CAP_TYPE)


@bp.get("/alerts/<int:alert_id>/cap.xml")
@signed_in
def own(alert_id: int) -> Response:
    with runtime().database.reading() as session:
        try:
            found = publishing.own_document(runtime(), session, alert_id)
        except SigningProblem as problem:
            return _unsigned(problem)
    response = Response(found.xml, content_type=CAP_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="W{alert_id}.cap.xml"'
    return response


def _for_partners(found: publishing.Document, kind: str) -> Response:
    """Kept by caches, but asked for anew each time: a cancel must arrive with the next look."""
    response = Response(found.xml, content_type=kind)
    public = runtime().settings.feeds.public
    response.headers["Cache-Control"] = f"{'public' if public else 'private'}, no-cache"
    response.vary.add("Authorization")
    response.last_modified = found.changed_at
    response.set_etag(found.tag, weak=found.signed)  # a signature may differ each time
    response.make_conditional(request)
    return response


def _unsigned(problem: SigningProblem) -> Response:
    """Partners who check signatures must not get used to documents without one."""
    _log.error("cap document not signed", why=str(problem))
    return Response("The document cannot be signed at present.", 503, content_type="text/plain")
