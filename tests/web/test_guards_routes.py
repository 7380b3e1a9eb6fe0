"""Every route declares its guard, and the guards hold."""

import pytest
from flask import Flask

from gateway.web import guards
from gateway.web.context import local_path
from tests.web.walking import Visitor


@pytest.fixture
def database_url(migrated_sqlite, tmp_path):  # routes are the same on both engines
    import shutil

    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


def test_every_route_declares_a_guard(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}
    assert {name for name in endpoints if guards.guard_of(app, name) is None} == set()


def test_only_these_pages_are_public(app: Flask) -> None:
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if guards.guard_of(app, rule.endpoint) == "public"
    }
    pages = {name for name in public if not name.startswith(("health.", "feeds."))}
    assert pages == {
        "signin.sign_in", "signin.sign_in_now", "phones.page", "phones.rows", "phones.send",
        "spoken.choose", "spoken.words",
    }  # fmt: skip


def test_every_form_needs_a_token(app: Flask) -> None:
    admin = Visitor(app, "admin")
    for rule in app.url_map.iter_rules():
        guard = guards.guard_of(app, rule.endpoint)
        if "POST" in (rule.methods or ()) and guard not in guards.MACHINES:
            numbers = dict.fromkeys(rule.arguments, 1)
            path = rule.rule.replace("<int:", "<")
            for name in numbers:
                path = path.replace(f"<{name}>", "1")
            path = path.split("<any(")[0] + ("verify" if "<any(" in path else "")
            answer = admin.client.post(path)
            assert answer.status_code == 400, path
            assert "open for too long" in answer.text


def test_a_route_without_guard_answers_nobody(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "open door")
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 500
    assert "open door" not in answer.text


def test_anonymous_visitors_are_led_to_the_sign_in(app: Flask) -> None:
    nobody = Visitor(app, None)
    answer = nobody.get("/incidents?state=open")
    assert answer.status_code == 302
    assert answer.location == "/signin?next=/incidents?state%3Dopen"


def test_anonymous_fragments_are_refused_without_redirect(app: Flask) -> None:
    answer = Visitor(app, None).get("/situation/rows", headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("viewer", "/", 200),
        ("viewer", "/incidents", 200),
        ("viewer", "/subscribers", 403),
        ("viewer", "/messages", 403),
        ("viewer", "/audit", 403),
        ("analyst", "/subscribers", 200),
        ("analyst", "/messages", 200),
        ("analyst", "/audit", 403),
        ("coordinator", "/audit", 200),
        ("admin", "/audit", 200),
    ],
)
def test_roles_open_what_is_theirs(app: Flask, role: str, path: str, status: int) -> None:
    assert Visitor(app, role).get(path).status_code == status


def test_an_analyst_cannot_judge(app: Flask) -> None:
    answer = Visitor(app, "analyst").send("/incidents/1/verify", reason="I want to")
    assert answer.status_code == 403
    assert "needs the role coordinator" in answer.text


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", None,
     "/a\n//evil.example", "/\t/evil.example"],
)  # fmt: skip
def test_links_never_lead_elsewhere(path: str | None) -> None:
    assert local_path(path, "/") == "/"


def test_local_links_are_kept() -> None:
    assert local_path("/incidents/3?page=2", "/") == "/incidents/3?page=2"
