"""What lists tell of many voices: sameness, denials, ways, origins; in few queries."""

import json
from datetime import timedelta

from sqlalchemy import event

from gateway.flow import sorting
from gateway.incidents.gathering import place_report
from gateway.lists import incidents, needs, reports, sameness, subscribers, timeline, ways
from gateway.lists.map import situation
from gateway.store.tables import Incident, Subscriber, Suggestion
from tests.lists.test_rows import HAZARDS, UTC_ZONE, make_report
from tests.make import MOA, make_incident, make_user


def suggest(session, now, report, incident, score=0.5, **facts) -> Suggestion:
    values = {"why": json.dumps(["near"]), "created_at": now}
    one = Suggestion(
        report_id=report.id, incident_id=incident.id, score=score, **(values | facts)
    )  # fmt: skip
    session.add(one)
    session.flush()
    return one


def two(session, keys, now) -> tuple[Incident, Incident]:
    """Each with one report, the second later and 2.2 km north."""
    one = make_incident(session, now, first_report_at=now)
    later = now + timedelta(minutes=20)
    other = make_incident(session, now, lat=MOA.lat + 0.02, first_report_at=later)
    for incident, phone in ((one, "+254700000101"), (other, "+254700000102")):
        report = make_report(session, keys, now, incident, phone)
        report.incident_id = None
        place_report(session, report, incident, "opened", "gateway", now)
    session.flush()
    return one, other


def likely(session, incident) -> list[tuple[int, str | None]]:
    return [(one.other.id, one.yes) for one in sameness.of_incident(session, incident)]


def test_both_sides_of_a_suggestion_know_of_it(session, keys, now) -> None:
    one, other = two(session, keys, now)
    (report,) = reports.of_incident(session, other.id, 1, UTC_ZONE).rows
    suggest(session, now, report.report, one, 0.62)
    (there,) = sameness.of_incident(session, one)
    (here,) = sameness.of_incident(session, other)
    assert (there.other, here.other, there.score) == (other, one, 0.62)
    assert (there.seconds_later, here.seconds_later) == (1200, -1200)
    assert round(there.away_m) == round(here.away_m) == 2224
    assert there.yes == here.yes == f"incident {other.id} is merged into {one.id}"
    assert sameness.beside(session, [one, other]) == {one.id: [other.id], other.id: [one.id]}
    assert needs.read(session, 0, HAZARDS).same == situation(session).same


def test_several_reports_make_one_line_of_the_likeliest(session, keys, now) -> None:
    one, other = two(session, keys, now)
    second = make_report(session, keys, now, other, "+254700000103")
    suggest(session, now, second, one, 0.9)
    (first,) = [row.report for row in reports.of_incident(session, other.id, 1, UTC_ZONE).rows][-1:]
    suggest(session, now, first, one, 0.4)
    (found,) = sameness.of_incident(session, one)
    assert (found.score, found.yes) == (
        0.9, f"report {second.id} moves from incident {other.id} into {one.id}",
    )  # fmt: skip


def test_what_cannot_be_decided_any_more_is_not_asked(session, keys, now) -> None:
    one, other = two(session, keys, now)
    (row,) = reports.of_incident(session, other.id, 1, UTC_ZONE).rows
    suggestion = suggest(session, now, row.report, one)
    one.state = "refuted"
    session.flush()
    assert likely(session, one) == likely(session, other) == []
    one.state, suggestion.state = "open", "dismissed"
    session.flush()
    assert likely(session, one) == likely(session, other) == []
    assert sameness.beside(session, [one, other]) == {}


def test_two_verified_incidents_are_not_merged_by_a_yes(session, keys, now) -> None:
    one, other = two(session, keys, now)
    (row,) = reports.of_incident(session, other.id, 1, UTC_ZONE).rows
    suggest(session, now, row.report, one)
    other.state = "verified"
    session.flush()
    assert likely(session, one) == [(other.id, f"incident {one.id} is merged into {other.id}")]
    one.state = "verified"
    session.flush()
    assert likely(session, one) == [(other.id, None)]


def test_a_suggestion_follows_merges_and_ends_where_both_are_one(session, keys, now) -> None:
    one, other = two(session, keys, now)
    third = make_incident(session, now)
    (row,) = reports.of_incident(session, other.id, 1, UTC_ZONE).rows
    suggest(session, now, row.report, one)
    asha = make_user(session, "asha")
    sorting.merge(session, one.id, third.id, asha, "same", now)
    assert [pair[0] for pair in likely(session, third)] == [other.id]
    assert [pair[0] for pair in likely(session, other)] == [third.id]
    assert sameness.beside(session, [third, other]) == {third.id: [other.id], other.id: [third.id]}
    sorting.merge(session, other.id, third.id, asha, "same", now)
    assert likely(session, third) == []
    assert sameness.beside(session, [third]) == {}
    found = {(one.incident_id, one.who) for one in sameness.swallowed_by(session, third.id)}
    assert found == {(one.id, "asha"), (other.id, "asha")}
    sorting.unmerge(session, one.id, asha, "not the same", now)
    assert [one.incident_id for one in sameness.swallowed_by(session, third.id)] == [other.id]


def test_an_exercise_is_no_choice_for_the_real_thing(session, keys, now) -> None:
    from gateway.store.tables import Exercise

    drill = Exercise(scenario="river", started_at=now)
    session.add(drill)
    session.flush()
    real, played = make_incident(session, now), make_incident(session, now, exercise_id=drill.id)
    assert incidents.choices(session, real) == incidents.choices(session, played) == []


def test_who_says_no_is_told_apart_wherever_they_stand(session, keys, now) -> None:
    one, other = two(session, keys, now)
    inside = make_report(
        session, keys, now, one, "+254700000103", stance="denies", contradicts_id=one.id
    )
    outside = make_report(
        session, keys, now, other, "+254700000104", hazard="all_quiet", contradicts_id=one.id
    )
    told = reports.of_incident(session, one.id, 1, UTC_ZONE).rows
    against = reports.against(session, one.id, UTC_ZONE)
    assert [row.report.id for row in against] == [outside.id, inside.id]  # the newest first
    assert inside.id not in [row.report.id for row in told]
    assert outside.id in [
        row.report.id for row in reports.of_incident(session, other.id, 1, UTC_ZONE).rows
    ]


def test_copies_stand_in_the_order_of_time(session, keys, now) -> None:
    incident = make_incident(session, now)
    first = make_report(session, keys, now, incident, "+254700000101")
    late = make_report(
        session, keys, now + timedelta(hours=2), incident, "+254700000102",
        copy_of_id=first.id, copy_kind="edited",
    )  # fmt: skip
    soon = make_report(
        session, keys, now + timedelta(hours=1), incident, "+254700000103",
        copy_of_id=first.id, copy_kind="exact",
    )  # fmt: skip
    (row,) = reports.of_incident(session, incident.id, 1, UTC_ZONE).rows
    assert [copy.report.id for copy in row.copies] == [soon.id, late.id]


def test_only_what_a_hand_took_out_last_can_be_put_back(session, keys, now) -> None:
    one, other = two(session, keys, now)
    asha = make_user(session, "asha")

    def origins(incident: Incident) -> list[int | None]:
        return [
            row.came_from for row in reports.of_incident(session, incident.id, 1, UTC_ZONE).rows
        ]

    assert origins(one) == [None]
    report = make_report(session, keys, now, one, "+254700000103")
    sorting.move_report(session, report.id, other.id, asha, "there", now)
    assert origins(other) == [one.id, None]
    sorting.merge(session, other.id, one.id, asha, "the same", now)
    assert origins(one) == [None, None, None]


def test_the_way_is_made_of_what_witnesses_saw(session, keys, now) -> None:
    incident = make_incident(session, now)
    seen = {"hazard": "armed_group", "precision_m": 500, "found_by": "name", "lon": MOA.lon}
    stops = (("Moa", 0.0, 0, {}), ("Kipao", 0.2, 60, {}), ("Hola", 0.4, 61, {}),
             ("Rumour", 0.9, 90, {"stance": "hearsay"}), ("Copy", 0.9, 95, {"copy_of_id": 1}),
             ("Home", 0.9, 99, {"found_by": "sender"}))  # fmt: skip
    for number, (name, north, minutes, facts) in enumerate(stops):
        values = seen | {"lat": MOA.lat + north, "place_name": name} | facts
        at = now + timedelta(minutes=minutes)
        make_report(session, keys, at, incident, f"+25470000010{number}", **values)
    still = make_incident(session, now)
    make_report(session, keys, now, still, "+254700000109", **seen, lat=MOA.lat)
    found = ways.ways(session, [incident.id, still.id])
    assert list(found) == [incident.id]
    way = found[incident.id]
    assert [leg.stop.name for leg in way] == ["Moa", "Kipao", "Hola"]
    assert [leg.metres and round(leg.metres / 1000) for leg in way] == [None, 22, 22]
    assert [leg.km_per_hour and round(leg.km_per_hour) for leg in way] == [None, 22, None]
    assert [leg.too_fast for leg in way] == [False, False, True]
    assert ways.ways(session, []) == {}


def test_the_timeline_tells_both_sides_of_what_was_sorted(session, keys, now) -> None:
    one, other = two(session, keys, now)
    asha = make_user(session, "asha")
    sorting.merge(session, one.id, other.id, asha, "same", now)
    sorting.unmerge(session, one.id, asha, "two", now + timedelta(minutes=1))

    def told(incident: Incident) -> list[tuple[str, str | None]]:
        steps = timeline.of(session, "incident", incident.id)
        return [(step.what, step.why) for step in steps]

    assert told(one) == [
        (f"merged into incident {other.id} (1 report)", "same"),
        (f"merge into incident {other.id} undone (1 report)", "two"),
    ]
    assert told(other) == [
        (f"incident {one.id} merged into this one (1 report)", "same"),
        (f"merge of incident {one.id} undone (1 report)", "two"),
    ]


def test_nobody_was_right_or_wrong_before_a_judgement(session, keys, now) -> None:
    incident = make_incident(session, now)
    report = make_report(session, keys, now, incident, "+254700000101")
    person = session.get_one(Subscriber, report.subscriber_id)
    assert subscribers.trust_in(session, person, now).words == "nothing of theirs was judged yet"
    incident.state = "refuted"
    session.flush()
    assert subscribers.trust_in(session, person, now).words == "0 right, 1 wrong so far"


def test_a_list_of_forty_incidents_costs_no_more_queries_than_of_two(session, keys, now) -> None:
    seen: list[str] = []

    def count(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    def queries() -> int:
        seen.clear()
        needs.read(session, 0, HAZARDS)
        situation(session)
        return len(seen)

    one, other = two(session, keys, now)
    (row,) = reports.of_incident(session, other.id, 1, UTC_ZONE).rows
    suggest(session, now, row.report, one)
    event.listen(session.get_bind(), "before_cursor_execute", count)
    few = queries()
    for number in range(40):
        incident = make_incident(session, now)
        report = make_report(session, keys, now, incident, f"+2547000005{number:02}")
        suggest(session, now, report, one)
    assert queries() == few
    event.remove(session.get_bind(), "before_cursor_execute", count)
