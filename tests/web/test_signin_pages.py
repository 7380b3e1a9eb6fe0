"""Signing in, being locked out, choosing a password, being signed out."""

from datetime import timedelta

import pytest
from flask import Flask

from gateway.flow import accounts
from gateway.store.tables import User
from tests.web.walking import Visitor

PASSWORD = "seven tired herons"


@pytest.fixture
def asha(app: Flask, now) -> User:
    return _add(app, now, "Asha", PASSWORD)[0]


def _add(app: Flask, now, name: str, password: str | None):
    gateway = app.extensions["gateway"]
    with gateway.database.writing() as session:
        return accounts.add_user(
            session, gateway.keys, name=name, role="coordinator", password=password,
            phone=None, country="KE", who="test", now=now,
        )  # fmt: skip


def test_the_right_password_opens_the_page_that_was_asked_for(app: Flask, asha: User) -> None:
    visitor = Visitor(app, None)
    answer = visitor.send("/signin", name="asha", password=PASSWORD, next="/incidents")
    assert answer.status_code == 303
    assert answer.location == "/incidents"
    assert "Asha" in visitor.read("/incidents")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_sign_in_never_leads_to_another_site(app: Flask, asha: User) -> None:
    answer = Visitor(app, None).send(
        "/signin", name="asha", password=PASSWORD, next="//evil.example"
    )
    assert answer.location == "/"


def test_wrong_name_and_wrong_password_read_the_same(app: Flask, asha: User) -> None:
    visitor = Visitor(app, None)
    wrong = visitor.send("/signin", name="asha", password="wrong password")
    nobody = visitor.send("/signin", name="nobody", password="wrong password")
    assert wrong.status_code == nobody.status_code == 401
    assert "The name or the password is wrong" in wrong.text
    assert "The name or the password is wrong" in nobody.text


def test_too_many_tries_lock_even_the_right_password(app: Flask, asha: User, now) -> None:
    gateway, visitor = app.extensions["gateway"], Visitor(app, None)
    for _ in range(gateway.settings.web.signin_attempts):
        visitor.send("/signin", name="asha", password="wrong password")
    answer = visitor.send("/signin", name="asha", password=PASSWORD)
    assert "Too many tries" in answer.text
    gateway.clock = lambda: now + timedelta(minutes=16)
    assert visitor.send("/signin", name="asha", password=PASSWORD).status_code == 303


def test_a_one_time_password_leads_to_a_new_one_before_anything_else(app: Flask, now) -> None:
    _, once = _add(app, now, "fresh", None)
    visitor = Visitor(app, None)
    visitor.user = None
    answer = visitor.send("/signin", name="fresh", password=once)
    assert answer.location == "/password"
    assert visitor.get("/incidents").location == "/password"
    token = visitor.get("/password").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "old": once, "new": PASSWORD, "again": PASSWORD}
    answer = visitor.client.post("/password", data=form)
    assert answer.location == "/", visitor.read("/password")
    assert visitor.get("/incidents").status_code == 200


def test_a_new_password_ends_the_other_sessions_only(app: Flask, asha: User) -> None:
    here, there = Visitor(app, None), Visitor(app, None)
    for visitor in (here, there):
        visitor.send("/signin", name="asha", password=PASSWORD)
        visitor.user = asha
    here.send("/password", old=PASSWORD, new="a new one, longer", again="a new one, longer")
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302


def test_a_disabled_account_is_out_at_once(app: Flask, now) -> None:
    visitor = Visitor(app, "coordinator")
    assert visitor.get("/").status_code == 200
    with app.extensions["gateway"].database.writing() as session:
        accounts.disable(session, visitor.user, "root", now)
    assert visitor.get("/").status_code == 302


def test_sign_out_ends_the_session(app: Flask) -> None:
    visitor = Visitor(app, "coordinator")
    assert visitor.send("/signout").location == "/signin"
    assert visitor.get("/").status_code == 302


def test_polling_does_not_keep_a_session_alive(app: Flask) -> None:
    visitor = Visitor(app, "coordinator")
    polled = visitor.get("/situation/rows", headers={"X-Requested-With": "fetch"})
    assert "Set-Cookie" not in polled.headers
    assert "Set-Cookie" in visitor.get("/").headers
