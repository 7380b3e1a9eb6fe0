"""The pages of administration without scripts: who may, what is refused, what comes back."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from gateway.flow.sending import Sender
from gateway.store import audit
from gateway.store.tables import AuditRow, Delivery, RotaShift, TemplateText, User
from gateway.web.admin import audit as audit_page
from tests.dispatch.scenes import Recorder
from tests.make import make_user
from tests.web.situation import NUMBERS, Situation, make_draft
from tests.web.walking import Visitor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OWN = ("/users", "/users/1", "/texts", "/texts/en/warning_attack", "/lexicons", "/keys")
READ = ("/administration", "/rota", "/policies", "/accounts", "/audit", "/playbooks/attack")
MOST_QUERIES = 12
HOSTILE = "<script>alert(1)</script>\u202e{x}" + "🔥" * 9000


@pytest.fixture
def admin(app: Flask, situation: Situation) -> Visitor:
    with situation.runtime.database.writing() as session:
        user = make_user(session, "zawadi", "admin")
        user.phone, user.phone_index = "+254700000199", situation.runtime.keys.index.of("x")
    return Visitor(app, None, user)


@contextmanager
def counted(situation: Situation) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn, _cursor, statement, *_rest):
        statements.append(statement)

    engine = situation.runtime.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def seen(html: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', html)
    assert found
    return found[1]


def row_of(situation: Situation, name: str) -> User:
    with situation.runtime.database.reading() as session:
        return session.scalars(select(User).where(User.name == name)).one()


def test_every_page_opens_shows_no_number_and_asks_little(
    admin: Visitor, situation: Situation
) -> None:
    make_draft(situation)
    for path in (*OWN, *READ, "/exercises", "/playbooks", "/accounts/figures", "/second-step"):
        with counted(situation) as statements:
            html = admin.read(path)
        assert not [number for number in NUMBERS if number in html], path
        assert len(statements) <= MOST_QUERIES, (path, statements)


def test_only_admins_set_up_and_coordinators_read_the_rest(app: Flask, admin: Visitor) -> None:
    coordinator = Visitor(app, "coordinator")
    for path in OWN:
        assert coordinator.get(path).status_code == 403, path
    for path in READ:
        html = coordinator.read(path)
    assert "/users" not in coordinator.read("/administration")
    assert 'action="/rota"' not in coordinator.read("/rota")
    for path in ("/users", "/users/1/role", "/rota", "/rota/restore", "/texts/en/help",
                 "/lexicons/add", "/accounts/test"):  # fmt: skip
        assert coordinator.send(path).status_code == 403, path
    assert html


def test_somebody_is_added_signs_in_and_loses_the_session_when_disabled(
    app: Flask, admin: Visitor, situation: Situation
) -> None:
    html = admin.send("/users", name="Juma", role="analyst", phone="").text
    once = re.search(r'class="once"><code>([a-z-]+)<', html)
    assert once
    assert once[1] not in admin.read("/users")
    juma = Visitor(app, None, row_of(situation, "Juma"))
    assert juma.get("/").location == "/password"
    number = row_of(situation, "Juma").id
    html = admin.send_and_follow(f"/users/{number}/role", role="coordinator")
    assert "from analyst to coordinator" in html
    assert "The account is disabled" in admin.send_and_follow(f"/users/{number}/close")
    assert juma.get("/").location.startswith("/signin")
    assert "may sign in again" in admin.send_and_follow(f"/users/{number}/open")
    fresh = admin.send(f"/users/{number}").text
    assert "for one sign-in" in fresh
    with situation.runtime.database.reading() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.subject == f"user {number}")).all()
    assert [row.act for row in rows] == [
        "user.add", "user.role", "user.disable", "user.enable", "user.reset",
    ]  # fmt: skip
    assert once[1] not in str([row.facts for row in rows])


def test_what_was_typed_of_a_new_account_comes_back(admin: Visitor) -> None:
    answer = admin.send("/users", name="zawadi", role="viewer")
    assert answer.status_code == 409
    assert "There is already an account named zawadi." in answer.text
    assert 'value="zawadi"' in answer.text
    answer = admin.send("/users", name="<b>x", role="viewer")
    assert "&lt;b&gt;x" in answer.text


def test_the_last_admin_stays(admin: Visitor, situation: Situation) -> None:
    number = row_of(situation, "zawadi").id
    html = admin.send_and_follow(f"/users/{number}/close")
    assert "Nobody disables their own account" in html
    assert "Nobody changes their own role" in admin.send_and_follow(
        f"/users/{number}/role", role="viewer"
    )


def test_a_shift_is_put_and_says_who_is_on_call_now(admin: Visitor, situation: Situation) -> None:
    html = admin.read("/rota")
    assert "all coordinators with a phone are called at once" in html
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    fields = {"person": ["asha", ""], "begins": "", "ends": "", "seen": seen(html)}
    html = admin.send_and_follow("/rota", **fields, day=days)
    assert "The rota of this page holds now" in html
    assert "at all hours" in html
    assert "every day" in html
    answer = admin.send("/rota", **(fields | {"begins": "18:00"}), day=["sat"])
    assert answer.status_code == 409
    answer = admin.send("/rota", **(fields | {"begins": "18:00", "seen": seen(html)}), day=["sat"])
    assert answer.status_code == 409
    assert "Give hours such as" in answer.text
    assert 'value="18:00"' in answer.text  # typed, and not lost
    situation.asha.disabled = True
    with situation.runtime.database.writing() as session:
        session.execute(update(User).where(User.name == "asha").values(disabled=True))
    assert "account disabled" in admin.read("/rota")
    html = admin.send_and_follow("/rota/restore", seen=seen(html))
    assert "The rota of the settings holds again" in html
    with situation.runtime.database.reading() as session:
        assert session.scalars(select(RotaShift)).all() == []


def test_policies_say_where_they_are_set_and_no_secret(
    app: Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_POLICY__APPROVALS", "1")
    html = admin.read("/policies")
    assert "set in the environment:</p>" not in html
    assert "GATEWAY_POLICY__APPROVALS" in html
    assert "set in the environment:" in html
    assert "s" * 40 not in html
    assert "not set" in html
    assert "21:00-06:00" in html


def test_a_text_is_tried_kept_and_used(admin: Visitor, situation: Situation) -> None:
    path = "/texts/en/status_clear"
    words = "{place} is calm, as far as we know. Stay careful all the same."
    version = seen(admin.read(path))
    tried = admin.send(path, words=words, seen=version, **{"try": "1"}).text
    assert "Moa is calm, as far as we know." in tried
    refused = admin.send(path, words=f"{HOSTILE} {words}", seen=version)
    assert refused.status_code == 409
    assert "<script>alert(1)" not in refused.text
    assert "&lt;script&gt;" in refused.text
    html = admin.send_and_follow(path, words=words, seen=version)
    assert "<del>" in html
    assert "<ins>" in html
    assert "changed here" in admin.read("/texts")
    assert "Somebody changed this text" in admin.send(path, words=words + ".", seen=version).text
    html = admin.send_and_follow(f"{path}/restore", seen=seen(html))
    assert "Take this one again" in html
    html = admin.send_and_follow(f"{path}/again", seen=seen(html), version_id="1")
    assert "This version holds again" in html
    with situation.runtime.database.reading() as session:
        assert len(session.scalars(select(TemplateText)).all()) == 3
    assert admin.get("/texts/en/nothing").status_code == 404
    assert admin.get("/texts/yo/help").status_code == 404


def test_a_phrase_is_tried_added_and_removed(admin: Visitor) -> None:
    fields = {"language": "en", "hazard": "armed_group", "phrase": "zorblat*"}
    html = admin.send("/lexicons/try", **fields, message="zorblats near Moa").text
    assert "With the phrase: <strong>Armed group approaching" in html.replace("\n", "")
    assert "would all be read as they were" in html
    assert 'value="zorblat*"' in html
    html = admin.send_and_follow("/lexicons/add", **fields)
    assert "<strong>zorblat*</strong>" in html
    assert admin.send("/lexicons/add", **(fields | {"phrase": HOSTILE})).status_code == 409
    word = re.search(r'name="word" value="(\d+)"', html)
    assert word
    assert "stays on record" in admin.send_and_follow("/lexicons/remove", word=word[1])


def test_a_test_message_goes_to_oneself_by_that_account_once_a_minute(
    app: Flask, admin: Visitor, situation: Situation
) -> None:
    runtime = situation.runtime
    plain = runtime.settings.providers["simulator"]
    runtime.settings = runtime.settings.model_copy(
        update={"providers": {"simulator": plain, "phone": plain}}
    )
    first, second = Recorder("simulator"), Recorder("phone")
    runtime.providers = dict(runtime.providers) | {"simulator": first, "phone": second}
    html = admin.send_and_follow("/accounts/test", account="phone")
    assert "on its way to your phone" in html
    assert "less than a minute ago" in admin.send_and_follow("/accounts/test", account="simulator")
    assert admin.send("/accounts/test", account="nobody").status_code == 404
    sender = Sender(runtime)
    sender.send_due()
    sender.close()
    assert [(sms.to, sms.text) for sms in second.sent] == [
        ("+254700000199", "Test of the gateway, account phone, 18:30")
    ]
    assert [sms.to for sms in first.sent if "Test" in sms.text] == []
    html = admin.read("/accounts")
    assert "the company has it, no receipt yet" in html
    with runtime.database.writing() as session:
        test = session.scalars(select(Delivery).where(Delivery.kind == "test")).one()
        test.state, test.settled_at = "delivered", test.created_at + timedelta(seconds=7)
        assert "+254" not in str(session.scalars(select(AuditRow.facts)).all())
    assert "delivered after 7.0 s" in admin.read("/accounts/figures")


def test_figures_that_read_as_before_cost_one_header(admin: Visitor) -> None:
    answer = admin.get("/accounts/figures")
    known = {"If-None-Match": answer.headers["ETag"]}
    assert admin.get("/accounts/figures", headers=known).status_code == 304


def test_the_audit_is_searched_by_subject_and_day(admin: Visitor, situation: Situation) -> None:
    admin.send("/users", name="Juma", role="viewer")
    with situation.runtime.database.writing() as session:
        for subject in ("incident 17", "incident 171"):
            audit.record(
                session, who="asha", act="incident.see", subject=subject,
                now=situation.runtime.clock() - timedelta(days=3),
            )  # fmt: skip
    html = admin.read("/audit?subject=incident+17")
    assert "incident 17<" in html
    assert "incident 171<" not in html
    assert "incident 171<" in admin.read("/audit?subject=incident")
    assert "incident 17<" in admin.read("/audit?begins=2026-03-07&ends=2026-03-07")
    assert "incident 17<" not in admin.read("/audit?begins=2026-03-08")
    assert "Nothing fits" in admin.read("/audit?who=nobody&begins=nonsense")


def test_the_audit_is_exported_without_reasons_and_formulas(
    admin: Visitor, situation: Situation
) -> None:
    with situation.runtime.database.writing() as session:
        audit.record(
            session, who="=cmd()", act="incident.see", subject="incident 17",
            now=situation.runtime.clock(), reason="a secret reason", facts={"a": "<b>"},
        )  # fmt: skip
    answer = admin.get("/audit.csv?act=incident.see")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["who"], row["subject"], row["facts"]) for row in rows] == [
        ("'=cmd()", "incident 17", '{"a": "<b>"}')
    ]
    assert "secret" not in answer.text
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_long_chain_is_checked_from_its_end_and_says_so(
    admin: Visitor, situation: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        admin.send("/users", name=f"person {number}", role="viewer")
    monkeypatch.setattr(audit_page, "MOST_CHECKED", 3)
    html = admin.send("/audit").text
    assert "The chain holds in its last 3 rows, from row 3 to row 5." in html
    with situation.runtime.database.writing() as session:
        session.execute(update(AuditRow).where(AuditRow.id == 4).values(who="nobody"))
    assert "The chain breaks at row 4" in admin.send("/audit").text
    with situation.runtime.database.writing() as session:
        session.execute(update(AuditRow).where(AuditRow.id == 4).values(who="zawadi"))
        session.execute(update(AuditRow).where(AuditRow.id == 1).values(who="nobody"))
    assert "The chain holds in its last 3 rows" in admin.send("/audit").text


def test_keys_are_named_and_never_shown(app: Flask, admin: Visitor) -> None:
    html = admin.read("/keys")
    assert "<code>t1</code>" in html
    secrets = app.extensions["gateway"].settings.keys
    for name in ("data", "index", "session"):
        secret = getattr(secrets, name).get_secret_value()
        assert secret.split(":")[-1] not in html
