"""What leaves over a slow line, and what an https address adds."""

import gzip
import os
from pathlib import Path

from flask import Flask

from gateway.app import create_app
from gateway.runtime import build_runtime
from tests.make import make_incident, settings_for
from tests.web.walking import Visitor


def test_pages_are_packed_for_browsers_that_can_unpack(app: Flask, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        for _ in range(10):
            make_incident(session, now)
    visitor = Visitor(app, "viewer")
    plain = visitor.get("/situation/rows")
    packed = visitor.get("/situation/rows", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2


def test_a_packed_page_is_still_known_by_its_tag(app: Flask, now) -> None:
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now)
    visitor = Visitor(app, "viewer")
    tag = visitor.get("/situation/rows", headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    again = visitor.get(
        "/situation/rows", headers={"If-None-Match": tag, "Accept-Encoding": "gzip"}
    )
    assert again.status_code == 304


def test_static_files_are_packed(app: Flask) -> None:
    answer = app.test_client().get("/static/style.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b".button" in gzip.decompress(answer.data)
    answer.close()


def test_a_slow_line_keeps_no_file_open(app: Flask) -> None:
    answer = app.test_client().get("/static/style.css", headers={"Accept-Encoding": "gzip"})
    mine = Path("/proc/self/fd")
    opened = [os.readlink(one) for one in mine.iterdir() if one.is_symlink()]
    assert not [name for name in opened if name.endswith("style.css")]
    answer.close()


def test_https_makes_the_cookie_secure_and_stays(database_url: str, tmp_path) -> None:
    runtime = build_runtime(
        settings_for(database_url, tmp_path, GATEWAY_PUBLIC_URL="https://alert.example.org")
    )
    visitor = Visitor(create_app(runtime), None)
    answer = visitor.get("/signin", base_url="https://alert.example.org")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    runtime.database.close()


def test_forms_are_taken_over_https_without_a_referer(database_url: str, tmp_path) -> None:
    runtime = build_runtime(
        settings_for(database_url, tmp_path, GATEWAY_PUBLIC_URL="https://alert.example.org")
    )
    client = create_app(runtime).test_client()
    site = {"base_url": "https://alert.example.org"}
    token = client.get("/signin", **site).text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "name": "nobody", "password": "wrong"}
    assert client.post("/signin", data=form, **site).status_code == 401
    runtime.database.close()
