"""The pages of playbooks, the checklist of an incident, the texts of a draft: without scripts."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from gateway.alerts.playbooks import shipped
from gateway.store.tables import PlaybookLine
from tests.templates import breakable_templates
from tests.web.situation import make_draft, make_situation
from tests.web.walking import Visitor


@pytest.fixture
def database_url(migrated_sqlite, tmp_path):  # pages are the same on both engines
    import shutil

    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def coordinator(app: Flask) -> Visitor:
    return Visitor(app, "coordinator")


def seen(visitor: Visitor, hazard: str = "attack") -> str:
    found = re.search(r'name="seen" value="(\w+)"', visitor.read(f"/playbooks/{hazard}"))
    assert found
    return found[1]


def test_a_line_is_edited_counted_and_put_back(app: Flask, coordinator: Visitor) -> None:
    assert "changed here" not in coordinator.read("/playbooks")
    html = coordinator.send_and_follow(
        "/playbooks/attack/edit", line_en="Keep off the river road", steps="Call\nAsk",
        reason="flood", seen=seen(coordinator),
    )  # fmt: skip
    assert "Keep off the river road.</textarea>" in html
    assert "2 SMS at most, GSM-7" in html
    assert "changed the line in English, the steps" in html
    assert "changed here" in coordinator.read("/playbooks")
    html = coordinator.send_and_follow("/playbooks/attack/restore", reason="the river fell")
    assert "Keep off the river road" not in html
    assert "put the shipped playbook back" in html


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"line_en": "x" * 190, "reason": "y"}, "has 191 letters"),
        ({"line_en": "Hide \ue000", "reason": "y"}, "a private letter (U+E000)"),
        ({"line_en": "Hide now", "reason": " "}, "Say why"),
        ({"line_en": "Hide now", "reason": "y", "seen": "old"}, "Somebody changed this playbook"),
        ({"steps": "x" * 161, "reason": "y"}, "Step 1 has 161 letters"),
    ],
)
def test_what_cannot_be_kept_comes_back_as_it_was_typed(
    app: Flask, coordinator: Visitor, fields: dict[str, str], words: str
) -> None:
    answer = coordinator.send("/playbooks/attack/edit", **({"seen": seen(coordinator)} | fields))
    assert answer.status_code == 409
    assert words in answer.text
    assert all(typed in answer.text for typed in fields.values())
    with app.extensions["gateway"].database.reading() as session:
        assert session.scalars(select(PlaybookLine)).all() == []


def test_who_only_reads_may_read_and_gets_no_form(app: Flask) -> None:
    viewer = Visitor(app, "viewer")
    html = viewer.read("/playbooks/attack")
    assert shipped().of("attack").steps[0] in html
    assert 'action="/playbooks' not in html
    assert viewer.send("/playbooks/attack/edit", reason="x", line_en="y").status_code == 403
    assert viewer.send("/playbooks/attack/restore", reason="x").status_code == 403
    assert viewer.send("/incidents/1/checklist", step="x", done="1").status_code == 403
    assert viewer.get("/playbooks/all_quiet").status_code == 404


def test_a_step_is_ticked_and_unticked_on_the_page_of_the_incident(app: Flask) -> None:
    make_situation(app)
    coordinator = Visitor(app, "coordinator")
    step = shipped().of("armed_group").steps[0]
    assert "0 of 8 done" in coordinator.read("/incidents/1")
    html = coordinator.send_and_follow("/incidents/1/checklist", step=step, done="1")
    assert "1 of 8 done" in html
    assert 'aria-pressed="true"' in html
    html = coordinator.send_and_follow("/incidents/1/checklist", step=step, done="0")
    assert "0 of 8 done" in html


def test_the_draft_says_what_it_takes_before_anybody_submits(app: Flask) -> None:
    make_draft(make_situation(app))
    html = Visitor(app, "coordinator").read("/alerts/1")
    assert re.search(r"English</th><td>2 SMS each .*?<td>2 SMS</td>", html)
    assert "At 50 SMS a second. Its price is not set." in " ".join(html.split())
    assert re.search(r"Swahili</th>.*?for nobody now", html)


def test_a_text_that_could_not_be_drafted_says_which_file_to_mend(
    app: Flask, tmp_path: Path
) -> None:
    with breakable_templates(tmp_path / "templates") as folder:
        (folder / "sw" / "warning_armed_group.txt").write_text("{source} {place} {action}")
        make_draft(make_situation(app))
        html = Visitor(app, "coordinator").read("/alerts/1")
    file = "templates/sms/sw/warning_armed_group.txt lacks the field {until}"
    assert f"We could not draft the text in Swahili: {file}" in html
    assert "Valid until" in html  # the others are there


def test_broken_letters_in_a_draft_are_named_and_nothing_typed_is_lost(app: Flask) -> None:
    make_draft(make_situation(app))
    coordinator = Visitor(app, "coordinator")
    texts = {f"text_{code}": f"Weerar {code}" for code in ("en", "sw", "fr")}
    texts["text_sw"] = "Shambulio \ue000 Moa"
    expires = re.search(r'name="expires"[^>]*value="([^"]+)"', coordinator.read("/alerts/1"))
    assert expires
    answer = coordinator.send(
        "/alerts/1/submit", version=1, radius_km="20", expires=expires[1], **texts
    )
    assert answer.status_code == 409
    assert "The text in Swahili holds a private letter (U+E000) in word 2" in answer.text
    assert all(typed in answer.text for typed in texts.values())
