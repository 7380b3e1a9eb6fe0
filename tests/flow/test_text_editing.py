"""Texts written over the shipped ones: what must stay in them, versions, and who sees them."""

import shutil
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.alerts import wording
from gateway.flow import text_editing
from gateway.flow.text_rules import checked
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import AuditRow, TemplateText, User
from gateway.terms.refusals import NotFound, Refused
from tests.make import make_user


@pytest.fixture
def admin(runtime: Runtime) -> User:
    with runtime.database.writing() as session:
        return make_user(session, "zawadi", "admin")


def write(
    runtime: Runtime, by: User, words: str, *, name: str = "status_clear", seen: int = 0
) -> int:
    with runtime.database.writing() as session:
        text_editing.keep(runtime, session, "en", name, words, by, runtime.clock(), seen=seen)
        last = text_editing.newest(session, "en", name)
        runtime.catch_up(session)
    assert last is not None
    return last.id


def clear() -> str:
    return wording.render("en", "status_clear", place="Moa")


def test_every_shipped_text_keeps_the_rules() -> None:
    for language in wording.languages():
        for name in sorted(wording.names()):
            words = wording.shipped_words(language, name)
            assert checked(language, name, words) == words, (language, name)


@pytest.mark.parametrize(
    ("name", "words", "why"),
    [
        ("status_clear", "   ", "empty"),
        ("status_clear", "Kept.", "The field {place} is missing"),
        ("status_clear", "Kept {place} {colour}.", "Nothing fills the field {colour}"),
        ("status_clear", "Kept {place.", "A brace is missing"),
        ("status_clear", "Kept {place!r}.", "the name of the field alone"),
        ("status_clear", "Kept {place} \ue000", "which phones do not show"),
        ("status_clear", "Kept {place}. " + "long " * 40, "SMS in GSM-7; 1 is the most"),
        ("status_clear", "Kept {place}. 🔥🔥🔥 " + "long " * 10, "SMS in UCS-2; 1 is the most"),
        ("status_clear", "x" * 601, "601 letters"),
        ("status_clear", "Kept {place}. Text FROBNICATE.", "does not understand FROBNICATE"),
        ("page_unseen", "{number} {hazard} {place} {minutes} {code}", "teaches TAKE"),
        ("ask_reply", "{question} Reply YES {number} or NO {number}.", "teaches UNSURE"),
        ("ack_neutral", "Thank you for the report.", "could betray who reported"),
        ("ask_attack", "Somebody told us of an attack at {place}?", "could betray who reported"),
        ("warning_attack", "{place}: attack by {source}. {action} until {until}",
         "{source} first"),
        ("exercise", "{text} EXERCISE ONLY.", "nothing behind it"),
        ("hazard_attack", "an attack of many armed men", "at most 26 letters"),
    ],
)  # fmt: skip
def test_what_a_text_needs_may_not_be_taken_away(name: str, words: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        checked("en", name, words)
    assert why in str(refused.value)


def test_versions_follow_each_other_and_an_old_one_can_hold_again(
    runtime: Runtime, admin: User
) -> None:
    shipped = clear()
    first = write(runtime, admin, "Your place is {place} now.")
    assert clear() == "Your place is Moa now."
    second = write(runtime, admin, "We know you at {place}.", seen=first)
    with runtime.database.writing() as session, pytest.raises(Refused, match="meanwhile"):
        text_editing.restore(
            runtime, session, "en", "status_clear", admin, runtime.clock(), seen=first
        )
    with runtime.database.writing() as session:
        text_editing.restore(
            runtime, session, "en", "status_clear", admin, runtime.clock(), seen=second
        )
        runtime.catch_up(session)
    assert clear() == shipped
    with runtime.database.writing() as session:
        text_editing.again(runtime, session, first, admin, runtime.clock(), seen=second + 1)
        runtime.catch_up(session)
    assert clear() == "Your place is Moa now."
    with runtime.database.reading() as session:
        rows = text_editing.versions(session, "en", "status_clear")
        assert [row.words is None for row in rows] == [False, True, False, False]
        acts = session.execute(select(AuditRow.act, AuditRow.subject, AuditRow.facts)).all()
    assert [row[0] for row in acts] == ["text.edit", "text.edit", "text.restore", "text.edit"]
    assert {row[1] for row in acts} == {"text en status_clear"}
    assert "place" not in str([row[2] for row in acts])  # no texts in the chain


def test_the_other_languages_and_unknown_ones_keep_their_texts(
    runtime: Runtime, admin: User
) -> None:
    swahili = wording.render("sw", "status_clear", place="Moa")
    write(runtime, admin, "Your place is {place} now.")
    assert wording.render("sw", "status_clear", place="Moa") == swahili
    assert wording.render("yo", "status_clear", place="Moa") == "Your place is Moa now."
    with runtime.database.writing() as session, pytest.raises(NotFound):
        text_editing.keep(
            runtime, session, "so", "status_clear", "{place}", admin, runtime.clock(), seen=0
        )


def test_no_text_insults_people(runtime: Runtime, admin: User) -> None:
    (slur, *_), *_ = runtime.lexicon.tables["hate"]["slurs"].phrases()
    with pytest.raises(Refused, match="insults people"):
        write(runtime, admin, f"{{place}} has no {slur} now.")


def test_a_row_that_no_longer_fits_leaves_the_shipped_text(runtime: Runtime) -> None:
    shipped = clear()
    with runtime.database.writing() as session:
        for words in ("broken {", "no field at all", "{place} {more}"):
            session.add(
                TemplateText(
                    language="en", name="status_clear", words=words, who="x", at=runtime.clock()
                )
            )
            session.flush()
            runtime.catch_up(session)
            assert clear() == shipped


def test_the_texts_of_one_gateway_are_not_those_of_another(
    runtime: Runtime, admin: User, migrated_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "other.db")
    url = f"sqlite:///{tmp_path / 'other.db'}"
    section = runtime.settings.database.model_copy(update={"url": url})
    other = build_runtime(runtime.settings.model_copy(update={"database": section}))
    shipped = clear()
    write(runtime, admin, "Your place is {place} now.")
    with other.database.reading() as session:
        other.catch_up(session)
    assert clear() == shipped
    other.database.close()


def test_another_process_takes_over_what_was_written(runtime: Runtime, admin: User) -> None:
    shipped = clear()
    write(runtime, admin, "Your place is {place} now.")
    forked = get_context("fork")
    mine, theirs = forked.Pipe()
    process = forked.Process(target=_read_elsewhere, args=(runtime.settings, theirs))
    process.start()
    assert mine.poll(30)
    assert mine.recv() == [shipped, "Your place is Moa now."]
    process.join(10)


def _read_elsewhere(settings: Settings, pipe: Any) -> None:
    """A worker that began before the text was written, and looks again."""
    wording.lay_over(None, {})
    worker = build_runtime(settings)
    found = [clear()]
    worker.catch_up_every(0)
    pipe.send([*found, clear()])
