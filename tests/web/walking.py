"""A visitor without scripts: signs in, opens pages, sends forms with their tokens."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.store.tables import User
from tests.make import make_user

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """Somebody with a role, or nobody when the role is None."""

    def __init__(self, app: Flask, role: str | None, user: User | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        self.user = user
        if role is not None and user is None:
            with app.extensions["gateway"].database.writing() as session:
                self.user = make_user(session, role, role)
        if self.user is not None:
            with self.client.session_transaction() as cookie:
                cookie["_user_id"] = f"{self.user.id}:{self.user.epoch}"

    def get(self, path: str, **options: Any) -> TestResponse:
        """Opens a page."""
        return self.client.get(path, **options)

    def read(self, path: str) -> str:
        """The HTML of a page that must open, without its tokens: chance may spell any word."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:500])
        return _TOKEN.sub('name="csrf_token" value=""', answer.text)

    def send(self, path: str, **fields: Any) -> TestResponse:
        """Sends a form with a fresh token, and does not follow where it leads."""
        page = self.get("/password" if self.user else "/signin").text
        found = _TOKEN.search(page)
        assert found, page[:500]
        return self.client.post(path, data={"csrf_token": found[1], **fields})

    def send_and_follow(self, path: str, **fields: Any) -> str:
        """The page to which the form leads."""
        answer = self.send(path, **fields)
        assert answer.status_code == 303, (path, answer.status_code, answer.text[:500])
        return self.read(answer.location)
