"""A coordinator's browser, as far as a benchmark needs one: signs in, reads, sends forms."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

import requests

_TIMEOUT_S = 30


class Visitor:
    """One person with a session of their own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()

    def sign_in(self, name: str, password: str) -> None:
        """Opens the session; the account must not owe a new password."""
        landed = self.send("/signin", "/signin", name=name, password=password)
        assert not re.search(r"/(signin|password)", landed), f"{name} was not let in: {landed}"

    def read(self, path: str) -> str:
        """The HTML of a page that must open."""
        answer = self._session.get(self._url + path, timeout=_TIMEOUT_S)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
        return answer.text

    def look(self, path: str) -> str:
        """A fragment, asked for as the page's own script does."""
        answer = self._session.get(
            self._url + path, headers={"X-Requested-With": "fetch"}, timeout=_TIMEOUT_S
        )
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
        return answer.text

    def send(self, page: str, path: str, **fields: str) -> str:
        """Sends the form that `page` shows for `path`, filled in; returns where it leads."""
        return self.send_form(path, fields_of(self.read(page), path) | fields)

    def send_form(self, path: str, fields: Mapping[str, str]) -> str:
        """Sends fields that were read before; returns the address it leads to."""
        answer = self._session.post(
            self._url + path, data=fields, timeout=_TIMEOUT_S, allow_redirects=False
        )
        assert answer.status_code == 303, f"{path} answered {answer.status_code}"
        return answer.headers["Location"]


def fields_of(html: str, path: str) -> dict[str, str]:
    """The names and values in the form that posts to `path`, by its own address or a button's."""
    reader = _Forms()
    reader.feed(html)
    for addresses, fields in reader.forms:
        if path in addresses:
            return fields
    raise AssertionError(f"the page has no form that posts to {path}")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[set[str], dict[str, str]]] = []
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(({given.get("action", "")}, {}))
        elif self.forms:
            addresses, fields = self.forms[-1]
            addresses.add(given.get("formaction", ""))
            if tag in ("input", "textarea") and "name" in given:
                fields[given["name"]] = given.get("value", "")
                self._textarea = given["name"] if tag == "textarea" else None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self.forms[-1][1][self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = None
