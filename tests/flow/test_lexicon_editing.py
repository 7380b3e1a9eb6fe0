"""Words of a region: they count from the next message on, in every process, until removed."""

import pytest
from sqlalchemy import select

from gateway.flow import lexicon_editing, take_in
from gateway.runtime import Runtime, build_runtime
from gateway.store import own_words
from gateway.store.tables import AuditRow, Message, Report, User
from gateway.terms.refusals import NotFound, Refused
from tests.make import make_place, make_user
from tests.web.situation import hear

SAYS = "the zorblats are near Moa now"


@pytest.fixture
def admin(runtime: Runtime) -> User:
    with runtime.database.writing() as session:
        make_place(session)
        return make_user(session, "zawadi", "admin")


def add(runtime: Runtime, by: User, phrase: str = "zorblat*", hazard: str = "armed_group") -> int:
    with runtime.database.writing() as session:
        lexicon_editing.add(runtime, session, "en", hazard, phrase, by, runtime.clock())
        runtime.catch_up(session)
        return own_words.words(session)[-1].id


def hazards(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(Report.hazard).order_by(Report.id)))


def test_a_word_counts_for_the_next_message_until_it_is_removed(
    runtime: Runtime, admin: User
) -> None:
    hear(runtime, "+254700000101", SAYS)
    word = add(runtime, admin)
    hear(runtime, "+254700000102", SAYS)
    with runtime.database.writing() as session:
        lexicon_editing.remove(session, word, admin, runtime.clock())
        runtime.catch_up(session)
    hear(runtime, "+254700000103", SAYS)
    assert hazards(runtime) == ["other", "armed_group", "other"]
    with runtime.database.reading() as session:
        (kept,) = own_words.words(session)
        acts = session.scalars(select(AuditRow.act).order_by(AuditRow.id)).all()
    assert (kept.phrase, kept.removed) == ("zorblat*", True)
    assert [act for act in acts if act.startswith("word.")] == ["word.add", "word.remove"]


def test_a_second_runtime_on_the_same_database_takes_the_word_over(
    runtime: Runtime, admin: User
) -> None:
    worker = build_runtime(runtime.settings, clock=runtime.clock)
    add(runtime, admin)
    worker.catch_up_every(0)
    hear(worker, "+254700000102", SAYS)
    assert hazards(runtime) == ["armed_group"]
    worker.database.close()


def test_trying_a_phrase_shows_what_would_change_and_changes_nothing(
    runtime: Runtime, admin: User
) -> None:
    for number in range(3):
        hear(runtime, f"+25470000010{number}", SAYS)
    hear(runtime, "+254700000109", "all is quiet in Moa")
    with runtime.database.reading() as session:
        trial = lexicon_editing.try_out(
            runtime, session, "en", "armed_group", "zorblats", "zorblats came to Moa"
        )
        assert session.scalars(select(Message.state).distinct()).all() == ["processed"]
    assert trial.before is not None
    assert trial.after is not None
    assert (trial.before.hazard, trial.after.hazard) == ("other", "armed_group")
    assert (trial.looked_at, dict(trial.changes)) == (4, {("other", "armed_group"): 3})
    assert take_in.process_waiting(runtime, 10) == 0
    assert hazards(runtime)[:3] == ["other"] * 3


@pytest.mark.parametrize(
    ("language", "hazard", "phrase", "why"),
    [
        ("xx", "attack", "zorblat", "does not have this language"),
        ("en", "silence", "zorblat", "no such hazard"),
        ("en", "attack", "ab", "at least 3 letters"),
        ("en", "attack", "12345", "at least 3 letters"),
        ("en", "attack", "one two three four five six seven", "at most 6 words"),
        ("en", "attack", "zor*blat", "A star stands"),
        ("en", "attack", "zorblat a*", "with a star"),
        ("en", "attack", "zorblat !!!", "has letters"),
        ("en", "attack", "the", "Nearly every message"),
        ("en", "attack", "attacked", "shipped list has this phrase"),
    ],
)
def test_what_would_harm_more_than_help_is_refused(
    runtime: Runtime, admin: User, language: str, hazard: str, phrase: str, why: str
) -> None:
    with runtime.database.writing() as session, pytest.raises(Refused, match=why):
        lexicon_editing.add(runtime, session, language, hazard, phrase, admin, runtime.clock())


def test_a_phrase_stands_there_once_and_is_removed_once(runtime: Runtime, admin: User) -> None:
    word = add(runtime, admin)
    with pytest.raises(Refused, match="there already"):
        add(runtime, admin, "ZORBLAT*")
    with runtime.database.writing() as session:
        lexicon_editing.remove(session, word, admin, runtime.clock())
    with runtime.database.writing() as session, pytest.raises(NotFound):
        lexicon_editing.remove(session, word, admin, runtime.clock())
    add(runtime, admin)
