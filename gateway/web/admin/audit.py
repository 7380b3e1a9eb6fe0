"""The audit chain: who did what, and whether anybody changed that record."""

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from gateway.lists import audit
from gateway.store.audit import ChainResult, verify
from gateway.web.context import runtime
from gateway.web.forms import page_number
from gateway.web.guards import needs

bp = Blueprint("audit", __name__)


@bp.get("/audit")
@needs("coordinator")
def page() -> str:
    with runtime().database.reading() as session:
        return _show(session)


@bp.post("/audit")
@needs("coordinator")
def check() -> str:
    """Walks the whole chain; it reads only, but takes a while, hence a button."""
    with runtime().database.reading() as session:
        return _show(session, verify(session))


def _show(session: Session, chain: ChainResult | None = None) -> str:
    who, act = request.args.get("who", "")[:64], request.args.get("act", "")[:64]
    found = audit.listed(session, who=who, act=act, page=page_number())
    return render_template(
        "admin/audit.html", found=found, who=who, act=act, acts=audit.acts(session), chain=chain
    )
