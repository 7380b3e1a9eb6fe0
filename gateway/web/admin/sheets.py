"""Sign-up sheets: uploaded or pasted, checked without storing anything, then taken whole."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from gateway.flow import sheet_rows, sheets, signing_up
from gateway.flow.sheet_judging import Fault
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import reason
from gateway.web.guards import needs
from gateway.web.speech import N_, told

bp = Blueprint("sheets", __name__)

COLUMNS = {
    "": N_("whole row"),
    "phone": N_("phone"),
    "place": N_("place"),
    "language": N_("language"),
    "focal_point": N_("focal point"),
    "consent": N_("consent"),
}
KINDS = {
    "bad": N_("to correct"),
    "repeated": N_("twice in the sheet"),
    "member": N_("subscribed already"),
    "stopped": N_("said STOP"),
    "blocked": N_("blocked"),
}
MOST_SHOWN = 500
_CHOICE = "choice-"


@bp.get("/subscribers/import")
@needs("coordinator")
def page() -> str:
    return _form()


@bp.post("/subscribers/import")
@needs("coordinator")
def check() -> str:
    """The dry run; the sheet stays in the page, so that nothing is stored before it is good."""
    guessed, words = False, request.form.get("text", "")
    try:
        file = request.files.get("file")
        if file is not None and file.filename:
            words, guessed = sheet_rows.decoded(file.read())
        return _checked(words, guessed=guessed)
    except Refused as error:
        return _form(problem=told(error), typed=words)


@bp.get("/subscribers/import/take")
@needs("coordinator")
def taken() -> Response:
    """Whoever comes back to the address of the form begins with the next sheet."""
    return redirect(url_for("sheets.page"), 303)


@bp.post("/subscribers/import/take")
@needs("coordinator")
def take() -> Response | str:
    words, fingerprint = request.form.get("text", ""), request.form.get("fingerprint", "")
    greet = request.form.get("greet") == "yes"
    try:
        with runtime().database.writing() as session:
            done = signing_up.take(
                runtime(),
                session,
                words,
                fingerprint,
                _choices(),
                current_actor(),
                reason(),
                now(),
                greet=greet,
            )
    except Refused as error:
        return _checked(words, problem=told(error))
    _say(done, greet=greet)
    return redirect(url_for("subscribers.page"), 303)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Response:
    flash(
        gettext(
            "This sheet is larger than %(most)s kB. Split it into parts and send one after "
            "another; nothing was stored.",
            most=sheet_rows.MOST_BYTES // 1000,
        ),
        "problem",
    )
    return redirect(url_for("sheets.page"), 303)


def _form(problem: str = "", typed: str = "") -> str:
    return render_template(
        "admin/sheet.html", problem=problem, typed=typed, most=sheet_rows.MOST_ROWS
    )


def _checked(words: str, *, guessed: bool = False, problem: str = "") -> str:
    with runtime().database.reading() as session:
        checked = sheets.check(runtime(), session, words, _choices(), now())
        welcome = signing_up.welcome_for(runtime(), session, checked.good)
    if not problem:
        with runtime().database.writing() as session:
            sheets.note_check(session, checked, current_actor(), now())
    return render_template(
        "admin/sheet_checked.html",
        checked=checked,
        welcome=welcome,
        guessed=guessed,
        problem=problem,
        typed=request.form.get("reason", ""),
        faults=[_told(fault) for fault in checked.faults[:MOST_SHOWN]],
        more=max(len(checked.faults) - MOST_SHOWN, 0),
        kinds=KINDS,
        priced=any(account.price for account in runtime().settings.providers.values()),
    )


def _told(fault: Fault) -> Mapping[str, str | int]:
    return {
        "row": fault.row,
        "column": gettext(COLUMNS[fault.column]),
        "kind": fault.kind,
        "shown": fault.shown,
        "why": told(fault.why),
    }


def _choices() -> dict[int, int]:
    """Which place each unclear name means, by the number of the name."""
    ticked = {
        name.removeprefix(_CHOICE): value
        for name, value in request.form.items()
        if name.startswith(_CHOICE)
    }
    return {
        int(number): int(value)
        for number, value in ticked.items()
        if number.isdecimal() and value.isdecimal() and max(len(number), len(value)) < 16
    }


def _say(taken: signing_up.Taken, *, greet: bool) -> None:
    if not taken.joined:
        flash(gettext("Nobody was added: whoever could be is subscribed already."), "note")
        return
    flash(
        ngettext("%(num)s person is signed up.", "%(num)s people are signed up.", taken.joined),
        "good",
    )
    if greet:
        flash(gettext("The confirmations leave one after another, never at night."), "note")
    if taken.warned:
        flash(gettext("They live where a warning holds: it is sent to them at once."), "note")
