"""Every page there is, full of what hostile people write, in two languages and two sizes."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from gateway.store.tables import Place, User
from gateway.terms.geo import Position
from tests.browser.stage import DESK, PHONE, Stage, stage
from tests.chromium import needs_chromium
from tests.make import make_place, make_user
from tests.web.situation import Situation, hear, make_draft, make_situation
from tests.web.walking import Visitor

pytestmark = needs_chromium

HOSTILE = (
    'Armed men in Moa <img src=x onerror="window.hacked=1"><script>window.hacked=1</script>',
    "Armed men \u202e in Moa \u202d\u2066 ereht si eno oN \u2069\u200b\u200b\u200d\ufeff",
    "Armed men in Moa " + "a" * 10_000,
    "🔥" * 400 + " Armed men in Moa",
    '=HYPERLINK("http://example.org","Moa") armed men @SUM(1) +1 -1',
    "{{ 7*7 }} {% raw %} %(name)s armed men in Moa \" ' ` & &lt; ]]> -->",
    "armed men in Moa\r\n\r\n\ttabs\t\tand\n\n\n\n\n\n\n\n\n\n\nlines",
)
NAME = "<b onmouseover='window.hacked=1'>Moa</b> \u202eretsinis" + "n" * 200


@pytest.fixture
def shown(app: Flask, browser: Browser) -> Iterator[Stage]:
    with stage(app, browser) as shown:
        yield shown


@pytest.fixture
def situation(app: Flask) -> Situation:
    """The usual one, a village of a hostile name, and a report of each hostile text."""
    situation = make_situation(app)
    with situation.runtime.database.writing() as session:
        place: Place = make_place(session, NAME)
        place.lat += 0.01
    for number, text in enumerate(HOSTILE):
        hear(situation.runtime, f"+2547000006{number:02}", text)
    make_draft(situation)
    with situation.runtime.database.writing() as session:
        make_place(session, "Kipao", Position(-1.85, 40.1))
    for number, text in enumerate(HOSTILE):  # an open incident too
        hear(situation.runtime, f"+2547000007{number:02}", text.replace("Moa", "Kipao"))
    return situation


def test_every_page_stands_and_nothing_hostile_runs(
    app: Flask, shown: Stage, situation: Situation
) -> None:
    with situation.runtime.database.writing() as session:
        ruth = make_user(session, "ruth", "admin")
    addresses = pages_of(app, ruth)
    assert len(addresses) > 40
    faults: list[str] = []
    for language, size, name in (("en", DESK, "desk"), ("ar", PHONE, "phone")):
        page = shown.page(ruth, size, language)
        for address in addresses:
            page.goto(address)
            label = re.sub(r"\W+", "-", address).strip("-") or "first"
            faults += shown.faults(page, f"every-{label}-{name}-{language}")
            assert not _was_hacked(page), address
    assert faults + shown.complaints == []


def pages_of(app: Flask, user: User) -> list[str]:
    """The address of every page that an administrator can open, each number in it being 1."""
    visitor = Visitor(app, None, user)
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/static/", "/feeds/")):
            continue
        values = {name: _VALUES.get(name, 1) for name in rule.arguments}
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values)
        answer = visitor.get(address)
        if answer.status_code == 200 and answer.mimetype == "text/html" and "<html" in answer.text:
            found.append(address)
    return sorted(set(found))


_VALUES = {"hazard": "attack", "name": "help", "language": "en"}


def _was_hacked(page: Page) -> bool:
    return bool(page.evaluate("'hacked' in window"))
