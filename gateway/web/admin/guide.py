"""The guide for a new deployment: from an empty machine to a first warning, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext, ngettext

from gateway.lists import guide
from gateway.lists.guide import Progress
from gateway.web.context import runtime
from gateway.web.formats import language
from gateway.web.fragments import stamp_of, unless_known
from gateway.web.guards import signed_in

bp = Blueprint("guide", __name__)
_FEW_POINTS = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: whether it is done, what stands now, and where to do it."""

    key: str
    title: str
    done: bool
    now: str
    how: str
    link: str = ""
    link_words: str = ""


@bp.get("/guide")
@signed_in
def page() -> str:
    with runtime().database.reading() as session:
        found = guide.progress(session)
    return render_template("admin/guide.html", **_shown(found), stamp=stamp_of(found))


@bp.get("/guide/steps")
@signed_in
def steps() -> Response:
    with runtime().database.reading() as session:
        found = guide.progress(session)
    return unless_known(
        stamp_of(found), lambda: render_template("admin/_guide.html", **_shown(found))
    )


def _shown(found: Progress) -> dict[str, object]:
    ready = (_places(found), _languages(), _accounts(), _team(found), _members(found))
    walk = _walk(found)
    return {
        "ready": ready,
        "walk": walk,
        "next": _first_open((*ready, *walk)),
        "warned": found.warned,
    }


def _first_open(steps: Sequence[Step]) -> str:
    return next((step.key for step in steps if not step.done), "")


def _places(found: Progress) -> Step:
    country = runtime().settings.country
    return Step(
        "places",
        gettext("Country and places"),
        found.places > 0,
        gettext("%(country)s, %(count)s places known", country=country, count=_many(found.places)),
        gettext(
            "People are found by the names of their villages. Import your own list of places; "
            "your technician runs: gateway gazetteer import FILE --country %(country)s",
            country=country,
        ),
        url_for("places.page"),
        gettext("Look up a place"),
    )


def _languages() -> Step:
    languages = runtime().settings.languages
    return Step(
        "languages",
        gettext("Languages"),
        bool(languages),
        ", ".join(language(code) for code in languages),
        gettext("Messages are read and warnings are written in these. They stand in the settings."),
        url_for("playbooks.page"),
        gettext("Read what warnings advise"),
    )


def _accounts() -> Step:
    settings = runtime().settings
    names = ", ".join(f"{name} ({one.type})" for name, one in settings.providers.items())
    how = gettext("Send yourself a test SMS from the page of accounts, then reply to it.")
    if settings.only_simulated:
        how = gettext(
            "Only simulated phones: nothing leaves this machine. When all works here, your "
            "technician adds an account with an SMS company to the settings."
        )
    return Step(
        "accounts", gettext("SMS account"), bool(settings.providers), names, how,
        url_for("accounts.page"), gettext("See the accounts"),
    )  # fmt: skip


def _team(found: Progress) -> Step:
    return Step(
        "team",
        gettext("Coordinators"),
        found.ready >= 2,
        gettext(
            "%(ready)s of %(all)s have chosen their password, %(phones)s can be called",
            ready=found.ready, all=found.coordinators, phones=found.phones,
        ),
        gettext(
            "Two at least: who writes a warning never approves it. Each signs in once and "
            "chooses a password."
        ),
    )  # fmt: skip


def _members(found: Progress) -> Step:
    return Step(
        "members",
        gettext("First people"),
        found.members > 0 and found.focal_points >= _FEW_POINTS,
        ngettext("%(num)s person joined", "%(num)s people joined", found.members)
        + ", "
        + ngettext("%(num)s focal point", "%(num)s focal points", found.focal_points),
        gettext(
            "People join by SMS: JOIN and the name of their village. Then make one of them, whom "
            "the village trusts, its focal point."
        ),
        url_for("subscribers.page"),
        gettext("See who has joined"),
    )


def _walk(found: Progress) -> Sequence[Step]:
    simulated = runtime().settings.only_simulated
    phones = url_for("phones.page") if simulated else ""
    phone_words = gettext("Open the simulated phones") if simulated else ""
    return (
        Step(
            "report", gettext("A report comes in"), found.reports > 0, "",
            gettext("From a phone that has joined, write: Armed men are coming to Moa"),
            phones, phone_words,
        ),
        Step(
            "verify", gettext("Verify it"), found.verified > 0, "",
            gettext("Open the incident, read the report, and say who confirmed it."),
            url_for("incidents.page"), gettext("Open the incidents"),
        ),
        Step(
            "draft", gettext("Write the warning"), found.submitted > 0,
            gettext("Drafted, not submitted yet") if found.drafted > found.submitted else "",
            gettext("On the incident press “Draft a warning”, read it, and submit it."),
            url_for("alerts.page"), gettext("Open the warnings"),
        ),
        Step(
            "approve", gettext("A second person approves it"), found.approved > 0, "",
            gettext(
                "The other coordinator signs in, in another browser or a private window, and "
                "approves."
            ),
            url_for("alerts.page"), gettext("Open the warnings"),
        ),
        Step(
            "arrive", gettext("It arrives"), found.warned, "",
            gettext("The phones that joined receive it within seconds."), phones, phone_words,
        ),
        Step(
            "exercise", gettext("Practise"), found.exercises > 0, "",
            gettext("Play a scripted attack with your team: everything is marked as exercise."),
            url_for("exercises.page"), gettext("Begin an exercise"),
        ),
    )  # fmt: skip


def _many(count: int) -> str:
    return f"{count:,}+" if count >= 1000 else str(count)
