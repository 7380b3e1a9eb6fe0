"""The checks of a warning on its page: while it is written, when it is submitted, and after."""

import shutil
from pathlib import Path

import pytest
from flask import Flask

from gateway.lists import alerts
from gateway.store.tables import Alert
from tests.web.situation import Situation, make_draft
from tests.web.walking import Visitor

GOOD = "Community Alert: Armed men reported near Moa. Stay indoors. Until 00:30 11/03."
CLINIC = f"{GOOD} Clinic: 0700 010 123."
WHY = "it is the line of the clinic"


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:  # pages are the same on both
    shutil.copy(migrated_sqlite, tmp_path / "gateway.db")
    return f"sqlite:///{tmp_path}/gateway.db"


@pytest.fixture
def draft(situation: Situation) -> Alert:
    return make_draft(situation)


def form_of(alert: Alert, **changes: str) -> dict[str, str]:
    texts = {f"text_{text.language}": text.body for text in alert.texts}
    fixed = {"version": str(alert.version), "radius_km": "12", "expires": "2026-03-11T00:30"}
    return texts | fixed | changes


def kept(situation: Situation) -> Alert:
    with situation.runtime.database.reading() as session:
        return alerts.find(session, 1)


def test_the_page_of_a_draft_says_what_is_amiss_without_any_script(
    asha: Visitor, draft: Alert
) -> None:
    html = asha.read("/alerts/1")
    assert "Nothing found in the texts." in html
    assert 'href="/alerts/1/missed"' in html
    assert "Only one person we know of lives within 3 km" in asha.read("/alerts/1/missed")
    html = asha.send_and_follow("/alerts/1/edit", **form_of(draft, text_en=CLINIC))
    assert "1 thing to change before it can be submitted" in html
    assert "The English text holds a phone number" in html


def test_what_is_typed_is_checked_and_not_kept(
    asha: Visitor, draft: Alert, situation: Situation
) -> None:
    answer = asha.send("/alerts/1/preview", **form_of(draft, text_en="Armed men. Ask Mzee Barasa"))
    assert answer.status_code == 200
    assert "<html" not in answer.text
    for words in ("names no place: write where", "names a person", "Mzee Barasa"):
        assert words in answer.text
    assert kept(situation).version == 1


def test_a_refused_submission_keeps_the_text_and_asks_for_a_reason_that_the_approver_reads(
    asha: Visitor, bakari: Visitor, draft: Alert, situation: Situation
) -> None:
    refused = asha.send("/alerts/1/submit", **form_of(draft, text_en=CLINIC))
    assert refused.status_code == 409
    assert "It cannot leave yet: A phone number (English)." in refused.text
    assert 'name="because_number" form="draft"' in refused.text
    again = form_of(kept(situation), text_en=CLINIC, because_number=WHY)
    asha.send_and_follow("/alerts/1/submit", **again)
    assert kept(situation).state == "submitted"
    html = bakari.read("/alerts/1")
    assert WHY in html
    assert "asha sends it nevertheless" in html
    bakari.send_and_follow("/alerts/1/approve", version=str(kept(situation).version))
    assert "Sent nevertheless" in bakari.read("/alerts/1")


def test_a_reason_typed_for_a_text_that_is_refused_is_not_lost(asha: Visitor, draft: Alert) -> None:
    text = CLINIC.replace("near Moa", "")
    answer = asha.send("/alerts/1/submit", **form_of(draft, text_en=text, because_number=WHY))
    assert answer.status_code == 409
    assert f'value="{WHY}"' in answer.text


def test_a_slur_offers_no_reason(asha: Visitor, draft: Alert) -> None:
    text = GOOD.replace("Armed men", "Armed inyenzi")
    answer = asha.send("/alerts/1/preview", **form_of(draft, text_en=text))
    assert "This cannot be set aside" in answer.text
    assert "because_slur" not in answer.text


@pytest.mark.parametrize(
    "form",
    [
        {}, {"text_en": ""}, {"text_en": "x" * 100_000}, {"text_en": "\ud83d", "text_sw": "\udfff"},
        {"text_xx": "x", "expires": "never"}, {"expires": "9999-12-31T23:59"}, {"version": "-"},
        {"because_": "x", "because_number": "y" * 9_000}, {"text_en": "<script>alert(1)</script>"},
    ],
)  # fmt: skip
def test_rubbish_in_the_form_is_checked_like_any_text(
    asha: Visitor, draft: Alert, form: dict[str, str]
) -> None:
    fields = {name: value.encode("utf-8", "surrogatepass") for name, value in form.items()}
    answer = asha.send("/alerts/1/preview", **fields)
    assert answer.status_code == 200
    assert "<script" not in answer.text


def test_only_coordinators_check_and_only_warnings_that_are_there(
    app: Flask, asha: Visitor, draft: Alert
) -> None:
    assert Visitor(app, "viewer").send("/alerts/1/preview").status_code == 403
    assert asha.send("/alerts/99/preview").status_code == 404
