"""What coordinators write into a playbook is what the next warning says, and is audited."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.alerts.playbooks import shipped
from gateway.flow import alerting, playbook_editing, reaching, ticking
from gateway.flow.freezing import freeze
from gateway.flow.playbooks import fingerprint, gaps, playbook_of, room_for
from gateway.runtime import Runtime
from gateway.store.audit import verify
from gateway.store.tables import Alert, AuditRow, ChecklistTick, PlaybookLine, PlaybookStep, User
from gateway.terms.gsm7 import segments
from gateway.terms.refusals import NotFound, Refused
from tests.make import make_incident, make_subscriber, make_user

LINE = "Do not take the river road."


def edit(
    runtime: Runtime, session, by: User, now: datetime, *, steps: str | None = None, **lines: str
) -> None:
    """A form on which only these lines, and maybe the steps, were changed."""
    held = playbook_of(session, "attack")
    playbook_editing.edit(
        runtime, session, "attack", by, "after the drill", now, lines=lines,
        steps="\n".join(held.steps) if steps is None else steps, seen=fingerprint(held),
    )  # fmt: skip


def test_an_edited_line_changes_the_next_warning_and_restoring_it_the_one_after(
    runtime: Runtime, now: datetime
) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        incident = make_incident(session, now, state="verified", hazard="attack")
        edit(runtime, session, by, now, en="  Do not take the river\nroad ", steps="Call\n\nAsk")
        texts = {one.language: one.body for one in _drafted(runtime, session, incident, by, now)}
        assert LINE in texts["en"]
        assert shipped().of("attack").action["sw"] in texts["sw"]
        assert playbook_of(session, "attack").steps == ["Call", "Ask"]
        playbook_editing.restore(session, "attack", by, "it was for the drill", now)
        assert LINE not in _drafted(runtime, session, incident, by, now)[0].body
        assert playbook_of(session, "attack") == shipped().of("attack")
        rows = session.scalars(select(AuditRow).where(AuditRow.subject == "playbook attack")).all()
        assert [(row.act, row.reason) for row in rows] == [
            ("playbook.edit", "after the drill"), ("playbook.restore", "it was for the drill"),
        ]  # fmt: skip
        assert rows[0].facts == {"languages": ["en"], "steps": 2}
        assert verify(session).broken_at is None


def _drafted(runtime: Runtime, session, incident, by: User, now: datetime):
    return alerting.draft(runtime, session, incident.id, by, now).texts


def test_an_emptied_line_and_emptied_steps_are_the_shipped_ones_again(
    runtime: Runtime, now: datetime
) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        edit(runtime, session, by, now, en=LINE, sw="Kaa ndani.", steps="Call")
        edit(runtime, session, by, now, en=" \x07 ", sw="Kaa ndani.", steps=" \n ")
        rows = session.execute(select(PlaybookLine.language, PlaybookLine.action)).all()
        assert rows == [("sw", "Kaa ndani.")]
        assert session.scalars(select(PlaybookStep)).all() == []
        assert playbook_of(session, "attack").steps == shipped().of("attack").steps


def test_a_line_for_which_the_warning_has_no_room_is_refused_with_the_number(
    runtime: Runtime, now: datetime
) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        room = room_for(runtime, "attack", "en")
        edit(runtime, session, by, now, en="a" * (room.letters - 1) + ".")
        text = room.around.replace("{action}", playbook_of(session, "attack").action["en"])
        assert segments(text) == 2
        with pytest.raises(
            Refused, match=rf"has {room.letters + 1} letters; .* for {room.letters} "
        ):
            edit(runtime, session, by, now, en="a" * room.letters + ".")
        with pytest.raises(Refused, match="UCS-2"):
            edit(runtime, session, by, now, en="ቤት ይቆዩ " * 12)


def test_of_two_who_edit_at_once_the_second_is_told(runtime: Runtime, now: datetime) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        seen = fingerprint(playbook_of(session, "attack"))
        edit(runtime, session, by, now, en=LINE)
        with pytest.raises(Refused, match="Somebody changed this playbook"):
            playbook_editing.edit(
                runtime, session, "attack", by, "why", now, lines={"en": "X."}, steps="", seen=seen
            )
        for hazard in ("all_quiet", "flood"):
            with pytest.raises(NotFound):
                playbook_of(session, hazard)


def test_a_language_without_a_line_is_drafted_empty_and_cannot_leave(
    runtime: Runtime, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.flow import playbooks

    monkeypatch.setattr(playbooks, "shipped", lambda: _without_swahili())
    with runtime.database.writing() as session:
        by, other = make_user(session), make_user(session, "brian")
        make_subscriber(session, runtime.keys, "+254700000555")
        incident = make_incident(session, now, state="verified", hazard="attack")
        alert = alerting.draft(runtime, session, incident.id, by, now)
        assert [one.language for one in alert.texts if not one.body] == ["sw"]
        why = playbooks.why_not_drafted(session, alert)
        assert "no line in Swahili" in why["sw"]
        assert "attack: no line in Swahili" in gaps(runtime, session)
        with pytest.raises(Refused, match="The text in Swahili is missing"):
            alerting.submit(runtime, session, alert.id, by, 1, now)
        with pytest.raises(Refused, match="The text in Swahili is missing"):
            freeze(runtime, session, alert, other, now)
        edit(runtime, session, by, now, sw="Kaa ndani.")
        assert "attack: no line in Swahili" not in gaps(runtime, session)
        assert all(one.body for one in _drafted(runtime, session, incident, by, now))


def _without_swahili():
    from gateway.alerts.playbooks import Playbook, Shelf

    lines = {code: line for code, line in shipped().of("attack").action.items() if code != "sw"}
    return Shelf({"attack": Playbook(("Call",), lines)}, ())


def test_the_shipped_playbooks_leave_no_gap(runtime: Runtime) -> None:
    with runtime.database.reading() as session:
        assert gaps(runtime, session) == []


def test_a_changed_expiry_still_reaches_the_text_of_an_edited_playbook(
    runtime: Runtime, now: datetime
) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        edit(runtime, session, by, now, en="Be home by 19:00.")
        incident = make_incident(session, now, state="verified", hazard="attack")
        alert = alerting.draft(runtime, session, incident.id, by, now)
        alerting.edit(
            runtime, session, alert.id, by, 1, now, expires_at=now + timedelta(hours=2),
            texts={one.language: one.body for one in alert.texts},
        )  # fmt: skip
        english = next(one.body for one in alert.texts if one.language == "en")
        assert english.endswith("Be home by 19:00. Valid until 20:30.")


def test_the_preview_tells_what_each_language_takes(runtime: Runtime, now: datetime) -> None:
    account = runtime.settings.providers["simulator"].model_copy(
        update={"price": 0.05, "rate_per_second": 2.0}
    )
    runtime.settings = runtime.settings.model_copy(update={"providers": {"simulator": account}})
    with runtime.database.writing() as session:
        by = make_user(session)
        for number, language in enumerate(("en", "en", "sw", "so")):  # so: told in English
            make_subscriber(session, runtime.keys, f"+25470000090{number}", language=language)
        incident = make_incident(session, now, state="verified", hazard="attack")
        alert = alerting.draft(runtime, session, incident.id, by, now)
        found = reaching.preview(runtime, session, alert)
    shares = {share.language: share for share in found.shares}
    english, french = shares["en"], shares["fr"]
    assert (english.people, english.segments, english.encoding, english.sms) == (3, 2, "GSM-7", 6)
    assert (english.seconds, english.cost) == (3.0, pytest.approx(0.3))
    assert (french.people, french.sms, french.cost) == (0, 0, 0)
    assert found.sms == sum(share.sms for share in found.shares) == 8
    assert (found.seconds, found.cost) == (4.0, pytest.approx(0.4))
    with runtime.database.writing() as session:
        alert = session.get_one(Alert, alert.id)
        alert.texts[0].body = "x" * 161
        assert reaching.preview(runtime, session, alert).shares[0].segments == 2


def test_steps_are_ticked_once_and_unticked_again(runtime: Runtime, now: datetime) -> None:
    with runtime.database.writing() as session:
        first, second = make_user(session), make_user(session, "brian")
        incident = make_incident(session, now, hazard="attack")
        step = ticking.checklist(session, incident).items[1].words
        ticking.tick(session, incident.id, step, first, now)
        ticking.tick(session, incident.id, step, second, now + timedelta(minutes=1))
        done = [item for item in ticking.checklist(session, incident).items if item.who]
        assert [(item.words, item.who, item.at) for item in done] == [(step, "amina", now)]
        ticking.untick(session, incident.id, step, second, now)
        ticking.untick(session, incident.id, step, second, now)
        assert session.scalars(select(ChecklistTick)).all() == []
        acts = session.execute(select(AuditRow.act, AuditRow.who, AuditRow.facts)).all()
        assert [tuple(act) for act in acts] == [
            ("incident.step_done", "amina", {"step": 2}),
            ("incident.step_not_done", "brian", {"step": 2}),
        ]


def test_what_was_done_stays_when_the_playbook_is_rewritten(
    runtime: Runtime, now: datetime
) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        incident = make_incident(session, now, hazard="attack")
        step = ticking.checklist(session, incident).items[0].words
        ticking.tick(session, incident.id, step, by, now)
        edit(runtime, session, by, now, steps="Call the clinic")
        items = ticking.checklist(session, incident).items
        assert [(item.words, item.dropped) for item in items] == [
            ("Call the clinic", False), (step, True),
        ]  # fmt: skip
        with pytest.raises(Refused, match="changed meanwhile"):
            ticking.tick(session, incident.id, "Call nobody", by, now)


def test_a_step_is_taken_on_handed_on_and_let_go(runtime: Runtime, now: datetime) -> None:
    with runtime.database.writing() as session:
        first, second = make_user(session), make_user(session, "brian")
        viewer = make_user(session, "vera", "viewer")
        incident = make_incident(session, now, hazard="attack")
        step = ticking.checklist(session, incident).items[0].words
        ticking.hand(session, incident.id, step, first.id, first, now)
        with pytest.raises(Refused, match="amina took on that step meanwhile"):
            ticking.hand(session, incident.id, step, second.id, second, now)
        with pytest.raises(Refused, match="Choose a coordinator"):
            ticking.hand(session, incident.id, step, viewer.id, first, now, first.id)
        ticking.hand(session, incident.id, step, second.id, first, now, first.id)
        found = ticking.checklist(session, incident)
        assert [one.owner for one in found.items][:2] == ["brian", None]
        assert found.people == [(first.id, "amina"), (second.id, "brian")]
        ticking.let_go(session, incident.id, step, second, now)
        ticking.let_go(session, incident.id, step, second, now)
        acts = session.execute(select(AuditRow.act, AuditRow.who, AuditRow.facts)).all()
        assert [tuple(act) for act in acts] == [
            ("incident.step_taken", "amina", {"step": 1}),
            ("incident.step_handed", "amina", {"step": 1, "to": "brian"}),
            ("incident.step_let_go", "brian", {"step": 1}),
        ]


def test_there_is_no_checklist_where_there_is_nothing_to_do(
    runtime: Runtime, now: datetime
) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        for facts in ({"state": "closed", "hazard": "attack"}, {"hazard": "all_quiet"}):
            assert not ticking.checklist(session, make_incident(session, now, **facts)).items
        closed = make_incident(session, now, state="closed", hazard="attack")
        with pytest.raises(Refused, match="its checklist is closed"):
            ticking.tick(session, closed.id, "Call", by, now)
        with pytest.raises(NotFound):
            ticking.tick(session, 999, "Call", by, now)
