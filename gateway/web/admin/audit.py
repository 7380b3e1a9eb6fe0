"""The audit chain: who did what, and whether anybody changed that record."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, render_template, request, stream_with_context
from sqlalchemy.orm import Session

from gateway.lists import audit
from gateway.lists.audit import Search
from gateway.sharing import tables
from gateway.store.audit import ChainResult, verify
from gateway.web.context import now, runtime
from gateway.web.forms import page_number
from gateway.web.guards import needs

bp = Blueprint("audit", __name__)
MOST_CHECKED = 100_000  # rows of one press: some ten seconds


@bp.get("/audit")
@needs("coordinator")
def page() -> str:
    with runtime().database.reading() as session:
        return _show(session)


@bp.post("/audit")
@needs("coordinator")
def check() -> str:
    """Walks the chain; it reads only, but takes a while, hence a button."""
    with runtime().database.reading() as session:
        return _show(session, verify(session, MOST_CHECKED))


@bp.get("/audit.csv")
@needs("coordinator")
def export() -> Response:
    """What the search finds, for a spreadsheet; reasons are left out, they may quote people."""
    search = _search()

    def lines() -> Iterator[str]:
        with runtime().database.reading() as session:
            for line in tables.write(audit.exported(session, search), "csv"):
                yield f"{line}\r\n"

    answer = Response(stream_with_context(lines()), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{now():%Y-%m-%d}.csv"'
    return answer


def _show(session: Session, chain: ChainResult | None = None) -> str:
    search = _search()
    return render_template(
        "admin/audit.html",
        found=audit.listed(session, search, page_number()),
        search=search,
        begins=request.args.get("begins", "") if search.begins else "",
        ends=request.args.get("ends", "") if search.ends else "",
        filters={name: value for name in _FILTERS if (value := request.args.get(name, ""))},
        acts=audit.acts(session),
        chain=chain,
    )


_FILTERS = ("who", "act", "subject", "begins", "ends")


def _search() -> Search:
    who, act, subject = (
        request.args.get(name, "").strip()[:64] for name in ("who", "act", "subject")
    )
    return Search(who, act, subject, _day("begins"), _day("ends", days=1))


def _day(name: str, *, days: int = 0) -> datetime | None:
    """The local midnight at which a chosen day begins, or so many days later; None: no day."""
    try:
        chosen = date.fromisoformat(request.args.get(name, "")) + timedelta(days=days)
        return datetime.combine(chosen, time(), runtime().zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
