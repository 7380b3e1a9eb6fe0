"""The requests to a company whose forms the settings describe: addresses, bodies, headers."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.plumbing.clock import Clock
from gateway.providers.described.options import Described, headers_in
from gateway.providers.described.templates import Style, Template
from gateway.providers.errors import Rejected, Unreadable
from gateway.providers.reading import xml_of
from gateway.providers.talking import check_expiry, keyed, national, rebased, without_plus
from gateway.providers.values import Outgoing, ProviderConfig
from gateway.terms.gsm7 import encoding_of, transliterate

SETTINGS = ("username", "password", "api_key", "api_secret", "secret", "auth_token")
OF_A_MESSAGE = (
    *("text", "text_hex", "to", "to_no_plus", "to_national", "from", "from_no_plus", "id"),
    *("receipt_url", "coding", "priority", "valid_seconds", "valid_minutes", "expires"),
)
CONTENT_TYPES = {
    "urlencoded": "application/x-www-form-urlencoded",
    "json": "application/json",
    "xml": "text/xml; charset=utf-8",
    "text": "text/plain; charset=utf-8",
}
_STYLES: tuple[tuple[str, Style], ...] = (
    ("json", "json"),
    ("xml", "xml"),
    ("urlencoded", "form"),
    ("text/plain", "plain"),
)
_DAY_S = 86_400
_WORST = "\"'<&>\\\n{{ %"  # a text that breaks what is not escaped


@dataclass(frozen=True, slots=True)
class Request:
    """What goes over the wire."""

    method: str
    url: str = field(repr=False)
    body: bytes | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    auth: tuple[str, str] | None = field(repr=False)


class Form:
    """Fills the templates of one account; mistakes in them are added to ``options.problems``."""

    def __init__(self, config: ProviderConfig, options: Described, clock: Clock) -> None:
        self._config, self._options, self._clock = config, options, clock
        self._secrets = {name: config.options.get(name, "") for name in SETTINGS}
        self._charset = options.charset("charset")
        self._method = options.one_of("method", ("GET", "POST", "PUT"), "POST")
        self._url = self.address("send_url")
        written = options.text("content_type", "urlencoded")
        self._content_type = CONTENT_TYPES.get(written, written)
        self._body = self._read_body()
        self._headers = self._read_headers()
        basic = options.one_of("auth", ("none", "basic"), "none") == "basic"
        self._auth = (self._secrets["username"], self._secrets["password"]) if basic else None
        self._read_words()
        self._check()

    @property
    def names(self) -> frozenset[str]:
        """The places that are filled when something is sent."""
        return self._url.names | self._body.names | self._of_headers()

    def address(self, name: str) -> Template:
        """The template of an address; the empty one where the settings have none."""
        written = rebased(self._options.text(name), self._config)
        known = (*SETTINGS, *OF_A_MESSAGE, "since", "quick_replies")
        # RapidPro's templates are taken as they are; buttons are nothing that an SMS has.
        written = written.replace("{{quick_replies}}", "")
        found = self._options.filled(name, written, "query", known, self._charset)
        if written and not re.match(r"https?://[^/?#\s]+", found.pieces[0]):
            self._options.problems.append(f"{name}: begin with https:// (or http://) and the host")
        self._check_settings(found.names)
        return found

    def of(self, sms: Outgoing) -> Request:
        """The request that hands a message over; raises Rejected for an unusable or late text."""
        check_expiry(sms, self._clock())
        values = self._values(sms)
        body = _filled(self._body, values).encode(self._body.charset)
        headers = {name: _filled(one, values) for name, one in self._headers.items()}
        if body and "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = self._content_type
        return Request(self._method, _filled(self._url, values), body or None, headers, self._auth)

    def asking(
        self, address: Template, sms: Outgoing | None = None, since: datetime | None = None
    ) -> Request:
        """The GET that asks about a message, or about the account."""
        values = self._values(sms) if sms else dict.fromkeys(OF_A_MESSAGE, "") | self._secrets
        values["since"] = _iso(since) if since else ""
        headers = {name: _filled(one, values) for name, one in self._headers.items()}
        return Request("GET", _filled(address, values), None, headers, self._auth)

    def _read_body(self) -> Template:
        options, style = self._options, self._style()
        written = options.text("body").replace("{{quick_replies}}", "[]" if style == "json" else "")
        charset = "utf-8" if style in ("json", "xml") else self._charset
        return options.filled("body", written, style, (*SETTINGS, *OF_A_MESSAGE), charset)

    def _style(self) -> Style:
        for word, style in _STYLES:
            if word in self._content_type.lower():
                return style
        names = ", ".join(CONTENT_TYPES)
        self._options.problems.append(f"content_type: write {names}, or a type that names one")
        return "form"

    def _read_headers(self) -> dict[str, Template]:
        written = self._options.text("headers")
        authorization = self._options.text("send_authorization")  # RapidPro's older way
        try:
            pairs = json.loads(written) if written.startswith("{") else headers_in(written)
        except ValueError as error:
            self._options.problems.append(f"headers: {error}")
            return {}
        if authorization:
            pairs = {"Authorization": authorization, **pairs}
        known = (*SETTINGS, *OF_A_MESSAGE)
        return {
            str(name): self._options.filled("headers", str(value), "plain", known)
            for name, value in pairs.items()
        }

    def _read_words(self) -> None:
        options = self._options
        self._smart = options.one_of("encoding", ("D", "U", "S", "smart"), "D") in ("S", "smart")
        self._national = options.yes("use_national")
        self._validity_s = options.number("validity_seconds", _DAY_S, 30 * _DAY_S)
        self._coding = {
            "GSM-7": options.text("coding_gsm", "0"),
            "UCS-2": options.text("coding_unicode", "2"),
        }
        self._priority = {
            True: options.text("priority_urgent", "1"),
            False: options.text("priority_normal", "0"),
        }

    def _check(self) -> None:
        """What no option can see alone."""
        problems, inside = self._options.problems, self._url.names | self._body.names
        for place, others in (("text", ("text_hex",)), ("to", ("to_no_plus", "to_national"))):
            if not inside & {place, *others}:
                problems.append(f"body: write {{{{{place}}}}} into it or into send_url")
        if self._method == "GET" and self._body.pieces != ("",):
            problems.append('body: a GET has none; write method = "POST", or take the body out')
        if inside & {"from", "from_no_plus"} and not self._config.sender_id:
            problems.append("sender_id: {{from}} needs it")
        self._check_settings(self._body.names | self._of_headers())
        if self._auth:
            self._check_settings(frozenset({"username", "password"}))
        if not _stays_whole(self._body):
            kind = self._body.style.upper()
            problems.append(f"body: filled in it is no {kind}; look at its brackets and quotes")

    def _check_settings(self, names: frozenset[str]) -> None:
        for name in sorted(names & set(SETTINGS)):
            problem = f"{name}: it is used and not set"
            if not self._secrets[name] and problem not in self._options.problems:
                self._options.problems.append(problem)

    def _of_headers(self) -> frozenset[str]:
        return frozenset().union(*(one.names for one in self._headers.values()))

    def _values(self, sms: Outgoing) -> dict[str, str]:
        text = transliterate(sms.text) if self._smart else sms.text
        sender, local = self._config.sender_id, national(sms.to) or without_plus(sms.to)
        now = self._clock()
        ends = sms.expires_at or now + timedelta(seconds=self._validity_s)
        left_s = (ends - now).total_seconds()
        return self._secrets | {
            "text": text,
            "text_hex": text.encode("utf-16-be", "replace").hex(),
            "to": local if self._national else sms.to,
            "to_no_plus": without_plus(sms.to),
            "to_national": local,
            "from": sender,
            "from_no_plus": without_plus(sender),
            "id": sms.reference,
            "receipt_url": keyed(sms.receipt_url, self._config),
            "coding": self._coding[encoding_of(text)],
            "priority": self._priority[sms.urgent],
            "valid_seconds": str(max(60, round(left_s))),
            "valid_minutes": str(max(1, round(left_s / 60))),
            "expires": _iso(ends),
        }


def _filled(one: Template, values: Mapping[str, str]) -> str:
    try:
        return one.fill(values)
    except ValueError:  # its message quotes the text
        fault = Rejected("unusable-text")
    raise fault


def _stays_whole(body: Template) -> bool:
    """Whether even the worst text leaves it what it says it is."""
    filled = body.fill(dict.fromkeys(body.names, _WORST))
    try:
        if body.style == "json" and filled:
            json.loads(filled)
        if body.style == "xml" and filled:
            xml_of(filled.encode())
    except (ValueError, Unreadable):
        return False
    return True


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
