"""How many people an incident harmed: ranges from distinct sources, whatever is merged or moved."""

import itertools
from datetime import datetime

import pytest
from sqlalchemy import select

from gateway.flow import sorting, tallying
from gateway.incidents.casualties import Claim, figures, reckon
from gateway.incidents.severity import recount, severity_of
from gateway.lists import casualties
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Casualty, Incident, Report, Subscriber
from gateway.terms.refusals import NotFound, Refused
from tests.dispatch.scenes import Scene

ONE, TWO, THREE, FOUR = (f"+25470000080{number}" for number in range(1, 5))
numbers = itertools.count(1)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)


def harmed(scene: Scene, incident_id: int) -> dict[str, tuple[int | None, int | None]]:
    with scene.runtime.database.reading() as session:
        found = figures(session, [incident_id])[incident_id]
    return {figure.kind: (figure.low, figure.high) for figure in found}


def grade(scene: Scene, incident_id: int) -> str:
    with scene.runtime.database.reading() as session:
        return figures(session, [incident_id])[incident_id][0].grade


def told(scene: Scene, phone: str, text: str, **facts: object) -> int:
    """A report that somebody wrote; its incident."""
    scene.later(minutes=1)
    scene.text(phone, text)
    with scene.runtime.database.writing() as session:
        report = session.scalars(select(Report).order_by(Report.id.desc())).first()
        assert report is not None
        for name, value in facts.items():
            setattr(report, name, value)
        assert report.incident_id is not None
        return report.incident_id


def apart(scene: Scene, *texts: str) -> list[int]:
    """An incident for each text, however alike they are."""
    found = []
    for text in texts:
        scene.later(days=4)
        found.append(told(scene, f"+2547000090{next(numbers):02}", text))
    assert len(set(found)) == len(texts)
    return found


def merge(scene: Scene, one: int, into: int) -> None:
    with scene.runtime.database.writing() as session:
        sorting.merge(session, one, into, scene.first, "the same attack", scene.now)


def set_range(scene: Scene, incident_id: int, low: int | None, high: int | None) -> None:
    with scene.runtime.database.writing() as session:
        tallying.set_range(
            session, incident_id, "killed", low, high, scene.first, "the nurse", scene.now
        )


def rank(scene: Scene, phone: str, reliability: str) -> None:
    with scene.runtime.database.writing() as session:
        index = scene.runtime.keys.index.of(phone)
        person = session.scalars(select(Subscriber).where(Subscriber.phone_index == index)).one()
        person.reliability = reliability


def test_what_a_report_says_is_kept_and_shown(scene: Scene) -> None:
    incident = told(scene, ONE, "gunmen attacked Moa, 20 to 30 killed and 40 families fled")
    assert harmed(scene, incident) == {"killed": (20, 30), "displaced": (160, 280)}
    with scene.runtime.database.reading() as session:
        lines = [line.words for line in casualties.of_incident(session, incident)]
    assert lines == ["20 to 30 killed", "160 to 280 displaced"]


def test_merging_three_killed_with_five_killed_gives_three_to_five(scene: Scene) -> None:
    one, into = apart(scene, "gunmen attacked Moa, 3 killed", "attack in Moa, 5 people killed")
    merge(scene, one, into)
    assert harmed(scene, into) == {"killed": (3, 5)}
    assert harmed(scene, one) == {}
    assert grade(scene, into) == "F4"  # they differ


def test_a_report_moved_back_restores_both(scene: Scene) -> None:
    one, into = apart(scene, "gunmen attacked Moa, 3 killed", "attack in Moa, 5 people killed")
    merge(scene, one, into)
    with scene.runtime.database.writing() as session:
        first = session.scalars(select(Report).order_by(Report.id)).first()
        assert first is not None
        own = sorting.move_report(session, first.id, None, scene.first, "not the same", scene.now)
        own_id = own.id
    assert harmed(scene, own_id) == {"killed": (3, 3)}
    assert grade(scene, own_id) == grade(scene, into) == "F6"
    assert harmed(scene, into) == {"killed": (5, 5)}


def test_a_copy_claims_nothing_of_its_own(scene: Scene) -> None:
    text = "gunmen attacked the market in Moa this morning and they killed 4 people"
    incident = told(scene, ONE, text)
    assert told(scene, TWO, f"Fwd: {text}") == incident
    assert harmed(scene, incident) == {"killed": (4, 4)}
    assert grade(scene, incident) == "F6"
    with scene.runtime.database.reading() as session:
        (figure,) = figures(session, [incident])[incident]
    assert len(figure.sources) == 1


def test_a_sender_who_writes_again_corrects_himself(scene: Scene) -> None:
    incident = told(scene, ONE, "gunmen attacked Moa, 3 killed")
    assert told(scene, ONE, "attack in Moa: now we count 6 killed") == incident
    assert harmed(scene, incident) == {"killed": (6, 6)}


def test_the_best_class_of_sources_makes_the_range(scene: Scene) -> None:
    incident = told(scene, ONE, "gunmen attacked Moa, 3 killed")
    assert told(scene, TWO, "gunmen attack in Moa, 12 dead") == incident
    rank(scene, ONE, "B")
    assert harmed(scene, incident) == {"killed": (3, 3)}
    with scene.runtime.database.reading() as session:
        (line,) = casualties.of_incident(session, incident)
    assert line.words == "3 killed (up to 12 by weaker sources)"


def test_hearsay_weighs_less_and_denials_and_questions_nothing(scene: Scene) -> None:
    incident = told(scene, ONE, "gunmen attacked Moa, 3 killed")
    assert told(scene, TWO, "gunmen attack in Moa, 9 dead", stance="hearsay") == incident
    assert told(scene, THREE, "gunmen attack at Moa, 40 dead", stance="asks") == incident
    assert told(scene, FOUR, "attack by gunmen in Moa 50 killed", stance="denies") == incident
    with scene.runtime.database.reading() as session:
        (figure,) = figures(session, [incident])[incident]
    assert (figure.low, figure.high, figure.widest) == (3, 3, 9)


def test_a_coordinators_range_holds_and_the_newest_of_them(scene: Scene) -> None:
    incident = told(scene, ONE, "gunmen attacked Moa, 3 killed")
    set_range(scene, incident, 4, 6)
    scene.later(minutes=1)
    set_range(scene, incident, 5, 5)
    assert told(scene, TWO, "gunmen attack in Moa, 9 dead") == incident
    assert harmed(scene, incident) == {"killed": (5, 5)}
    with scene.runtime.database.reading() as session:
        (figure,) = figures(session, [incident])[incident]
        assert session.query(Casualty).filter(Casualty.incident_id == incident).count() == 2
        acts = session.scalars(select(AuditRow).where(AuditRow.act == "incident.casualties")).all()
    assert figure.sources == ("coordinator amina",)
    assert acts[0].facts == {"kind": "killed", "low": 4, "high": 6}
    assert {act.reason for act in acts} == {"the nurse"}


def test_without_numbers_the_reports_count_again(scene: Scene) -> None:
    incident = told(scene, ONE, "gunmen attacked Moa, 3 killed")
    set_range(scene, incident, 7, None)
    assert harmed(scene, incident) == {"killed": (7, None)}
    scene.later(minutes=1)
    set_range(scene, incident, None, None)
    assert harmed(scene, incident) == {"killed": (3, 3)}


def test_ranges_of_two_coordinators_meet_when_incidents_are_merged(scene: Scene) -> None:
    one, into = apart(scene, "gunmen attacked Moa", "attack in Moa")
    set_range(scene, one, 8, 8)
    set_range(scene, into, 2, 2)
    scene.later(minutes=1)
    merge(scene, one, into)
    assert harmed(scene, into) == {"killed": (2, 8)}
    scene.later(minutes=1)
    set_range(scene, into, 6, 7)
    assert harmed(scene, into) == {"killed": (6, 7)}


def test_over_two_merges_a_coordinators_range_comes_along(scene: Scene) -> None:
    one, two, three = apart(scene, "gunmen attacked Moa", "attack in Moa", "shooting in Moa")
    set_range(scene, one, 8, 9)
    merge(scene, one, two)
    merge(scene, two, three)
    assert harmed(scene, three) == {"killed": (8, 9)}
    with scene.runtime.database.reading() as session:
        rows = list(casualties.with_columns(session, [{"id": n} for n in (one, two, three)]))
    assert [row["killed_low"] for row in rows] == [None, None, 8]


@pytest.mark.parametrize(
    ("kind", "low", "high", "reason"),
    [("killed", 5, 3, "counted"), ("eaten", 1, 1, "counted"), ("killed", 1, 1, " "),
     ("killed", 10**9, None, "counted")],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    scene: Scene, kind: str, low: int, high: int | None, reason: str
) -> None:
    incident = scene.incident()
    with scene.runtime.database.writing() as session, pytest.raises(Refused):
        tallying.set_range(session, incident, kind, low, high, scene.first, reason, scene.now)


def test_nothing_is_set_on_what_is_not_there_or_merged(scene: Scene) -> None:
    one, into = apart(scene, "gunmen attacked Moa", "attack in Moa")
    merge(scene, one, into)
    for incident, refusal in ((one, Refused), (99, NotFound)):
        with pytest.raises(refusal):
            set_range(scene, incident, 1, 1)


def claims(*ends: tuple[int | None, int | None], rank: str = "0F") -> list[Claim]:
    return [Claim("killed", *end, f"Heron-{number}", rank) for number, end in enumerate(ends)]


@pytest.mark.parametrize(
    ("ends", "low", "high", "grade"),
    [
        ([(3, 3)], 3, 3, "F6"),
        ([(3, 3), (3, 3)], 3, 3, "F2"),
        ([(3, 5), (4, 4), (4, None)], 3, None, "F1"),
        ([(3, 3), (9, 9)], 3, 9, "F4"),
        ([(20, None)], 20, None, "F6"),
        ([(None, 20), (3, 3)], 3, 20, "F2"),
        ([(None, None), (3, 3)], 3, 3, "F6"),
        ([(None, None)], None, None, "F6"),
    ],
)
def test_ends_and_grade(ends, low, high, grade) -> None:
    figure = reckon(claims(*ends))
    assert (figure.low, figure.high, figure.grade) == (low, high, grade)


def test_however_many_say_it_nothing_is_added_up() -> None:
    figure = reckon(claims(*[(3, 3)] * 50, (5, 5)))
    assert (figure.low, figure.high) == (3, 5)


def test_a_reliable_source_alone_is_possibly_true() -> None:
    assert reckon(claims((3, 3), rank="0B")).grade == "B3"


def test_the_worst_that_a_witness_tells_is_the_severity(scene: Scene) -> None:
    incident = told(scene, ONE, "armed men near Moa")
    mild = scene.incidents()[0].severity
    worse = "gunmen attack in Moa now with rifles, shooting at us, 4 killed, 3 abducted"
    assert told(scene, TWO, worse) == incident
    assert (mild, scene.incidents()[0].severity) == ("low", "extreme")
    with scene.runtime.database.writing() as session:
        last = session.scalars(select(Report).order_by(Report.id.desc())).first()
        assert last is not None
        last.stance = "hearsay"
        session.flush()
        recount(session, session.get_one(Incident, incident))
    assert scene.incidents()[0].severity == "low"


def test_levels_are_ordered_and_others_are_ignored() -> None:
    assert severity_of(["low", None, "high", "odd", "medium"]) == "high"
    assert severity_of([None]) is None
