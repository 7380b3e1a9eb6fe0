"""Each button that sorts the voices of an event, and the one that undoes it."""

import gzip
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from gateway.store.tables import AuditRow, Incident, Report, Suggestion
from gateway.terms.geo import Position
from tests.make import make_place
from tests.web.situation import Situation, hear, make_situation
from tests.web.walking import Visitor

DENIAL = "all quiet in Moa, nothing to report"
POSTS = (
    "/incidents/1/merge", "/incidents/1/unmerge", "/incidents/1/split", "/reports/1/move",
    "/reports/1/put-back", "/suggestions/1/accept", "/suggestions/1/dismiss",
)  # fmt: skip


@pytest.fixture
def situation(app: Flask) -> Situation:
    """Incident 1 at Moa: a report, its copy and another witness; incident 2 at Hola."""
    with app.extensions["gateway"].database.writing() as session:
        make_place(session, "Hola", Position(-1.48256, 40.03341))
    made = make_situation(app)
    hear(made.runtime, "+254700000105", "armed men near Moa with motorbikes")
    hear(made.runtime, "+254700000106", "armed men near Hola market")
    return made


def standing(situation: Situation) -> dict[int, tuple[Any, ...]]:
    """The set of reports of each incident, its state, grade and counts."""
    with situation.runtime.database.reading() as session:
        held: dict[int, set[int]] = {}
        for report in session.scalars(select(Report)):
            held.setdefault(report.incident_id, set()).add(report.id)
        return {
            one.id: (
                one.state, held.get(one.id, set()), one.grade, one.reports, one.sources,
                one.contradictions, one.last_report_at,
            )
            for one in session.scalars(select(Incident))
        }  # fmt: skip


def acts(situation: Situation) -> list[str]:
    with situation.runtime.database.reading() as session:
        return list(session.scalars(select(AuditRow.act).order_by(AuditRow.id)))


def suggest(situation: Situation, report_id: int, incident_id: int, score: float = 0.62) -> None:
    with situation.runtime.database.writing() as session:
        session.add(
            Suggestion(
                report_id=report_id, incident_id=incident_id, score=score,
                why=json.dumps(["12 km apart"]), created_at=situation.runtime.clock(),
            )
        )  # fmt: skip


def set_all(situation: Situation, **values: Any) -> None:
    with situation.runtime.database.writing() as session:
        for name, value in values.items():
            setattr(session.get_one(Incident, 1), name, value)


def test_a_merge_is_shown_on_both_sides_and_undone_from_the_one_that_was_merged(
    asha: Visitor, situation: Situation
) -> None:
    before = standing(situation)
    html = asha.send_and_follow("/incidents/2/merge", into=1, reason="one group")
    assert "1 other incident was merged into it" in html
    html = asha.read("/incidents/1/correct")
    assert "Incident 2</a> · <strong>asha</strong>" in html
    assert "one group" in html
    html = asha.read("/incidents/2")
    assert '<a href="/incidents/1">Merged into incident 1; look there.</a>' in html
    assert "Undo the merge" in html
    assert 'action="/incidents/2/verify"' not in html
    html = asha.send_and_follow("/incidents/2/unmerge", reason="they are two")
    assert "has its reports back" in html
    assert standing(situation) == before
    assert acts(situation) == ["incident.merged", "incident.unmerged"]


def test_a_merge_is_undone_from_the_incident_that_swallowed_the_other(
    asha: Visitor, situation: Situation
) -> None:
    before = standing(situation)
    asha.send("/incidents/2/merge", into=1, reason="one group")
    assert 'action="/incidents/2/unmerge"' in asha.read("/incidents/1/correct")
    asha.send("/incidents/2/unmerge", reason="two")
    assert standing(situation) == before
    assert 'action="/incidents/2/unmerge"' not in asha.read("/incidents/1/correct")


def test_ticked_reports_become_an_incident_and_are_put_back_by_one_press(
    asha: Visitor, situation: Situation
) -> None:
    before = standing(situation)
    assert re.search(r'name="report" value="3" form="sort"', asha.read("/incidents/1"))
    html = asha.send_and_follow("/incidents/1/split", report=["1"], reason="another group")
    assert "<h1>3 ·" in html
    assert standing(situation)[3][1] == {1, 2}  # the copy goes with its original
    assert "All its reports were taken out of" in html
    html = asha.send_and_follow("/incidents/3/merge", into=1, reason="a slip")
    assert standing(situation)[1] == before[1]
    assert acts(situation) == ["incident.split", "incident.merged"]


def test_a_report_taken_into_another_incident_goes_back_by_one_press(
    asha: Visitor, situation: Situation
) -> None:
    before = standing(situation)
    html = asha.send_and_follow("/incidents/1/split", report="3", into="2", reason="at Hola")
    assert "Undo: put it back to incident 1" in html
    html = asha.send_and_follow("/reports/3/put-back", reason="a slip")
    assert "Report 3 is back in this incident" in html
    assert standing(situation) == before
    assert acts(situation) == ["incident.split", "report.move"]


def test_nothing_ticked_is_said_in_plain_words(asha: Visitor, situation: Situation) -> None:
    html = asha.send_and_follow("/incidents/1/split", reason="x", back="/incidents/1")
    assert "Tick the reports" in html
    html = asha.send_and_follow(
        "/incidents/1/split", report=["x", "9" * 30], reason="x", back="/incidents/1"
    )
    assert "Tick the reports" in html


def test_a_report_alone_is_offered_no_boxes(asha: Visitor, situation: Situation) -> None:
    assert 'form="sort"' not in asha.read("/incidents/2")
    asha.send("/incidents/1/split", report="3", reason="another group")
    assert 'form="sort"' not in asha.read("/incidents/1")  # one report and its copy


def test_what_may_be_the_same_is_shown_on_both_pages_and_in_lists(
    asha: Visitor, situation: Situation
) -> None:
    suggest(situation, 4, 1)
    for path, other in (("/incidents/1", 2), ("/incidents/2", 1)):
        html = asha.read(path)
        assert "62 %" in html, path
        assert "12 km apart" in html, path
        assert f'id="same-{other}"' in html, path
        assert "101.6 km away" in html, path
    assert "incident 2 is merged into 1" in asha.read("/incidents/1")
    for path in ("/", "/situation/rows", "/incidents", "/map"):
        html = asha.read(path)
        assert html.count("maybe the same as 1<") == 1, path
        assert html.count("maybe the same as 2<") == 1, path


def test_a_yes_makes_one_of_two_and_is_undone(asha: Visitor, situation: Situation) -> None:
    suggest(situation, 4, 1)
    before = standing(situation)
    html = asha.send_and_follow("/suggestions/1/accept", reason="the chief says so")
    assert "They are the same now" in html
    assert standing(situation)[1][1] == {1, 2, 3, 4}
    assert "May be the same as" not in html
    asha.send("/incidents/2/unmerge", reason="two after all")
    assert standing(situation) == before
    assert acts(situation) == ["incident.merged", "incident.unmerged"]


def test_a_no_is_remembered_and_shown_as_done(asha: Visitor, situation: Situation) -> None:
    suggest(situation, 4, 1)
    before = standing(situation)
    answer = asha.send("/suggestions/1/dismiss", reason="two roads", back="/incidents/1")
    assert answer.location == "/incidents/1"
    for path, other in (("/incidents/1", 2), ("/incidents/2", 1)):
        assert "May be the same as" not in asha.read(path)
        html = asha.read(f"{path}/timeline")
        assert f"judged not the same as incident {other}" in html
        assert "two roads" in html
    assert standing(situation) == before
    assert "maybe the same" not in asha.read("/")


def test_the_second_to_decide_hears_who_was_first(asha: Visitor, situation: Situation) -> None:
    suggest(situation, 4, 1)
    asha.send("/suggestions/1/dismiss", reason="two roads")
    html = asha.send_and_follow("/suggestions/1/accept", reason="same", back="/incidents/1")
    assert "asha has decided this already" in html
    assert asha.send("/suggestions/99/accept", reason="x").status_code == 404


def test_the_queue_is_sent_anew_after_a_no(asha: Visitor, situation: Situation) -> None:
    suggest(situation, 4, 1)
    tag = asha.get("/situation/rows").headers["ETag"]
    asha.send("/suggestions/1/dismiss", reason="two roads")
    assert asha.get("/situation/rows", headers={"If-None-Match": tag}).status_code == 200


def test_who_says_no_stands_apart_and_leads_to_their_incident(
    asha: Visitor, situation: Situation
) -> None:
    hear(situation.runtime, "+254700000107", DENIAL)
    html = asha.read("/incidents/1")
    no = html[html.index('id="h-no"') : html.index('id="h-reports"')]
    assert DENIAL in re.sub("</?mark[^>]*>", "", no)
    assert '<a href="/incidents/3">in incident 3</a>' in no
    assert "says no" in no
    assert 'form="sort"' not in no  # it stands in another incident: nothing to take out here
    assert "1 contradicts" in html
    for path in ("/", "/incidents", "/incidents/1"):
        assert "1 against<" in asha.read(path), path


def test_doubt_is_written_not_only_coloured(asha: Visitor, situation: Situation) -> None:
    set_all(situation, coordinated=True)
    for path in ("/", "/incidents", "/incidents/1"):
        assert "maybe coordinated<" in asha.read(path), path


def test_letter_and_number_stand_apart_with_reasons(asha: Visitor, situation: Situation) -> None:
    html = asha.read("/incidents/1")
    assert re.search(r'Source</dt><dd><span class="grade">F</span> cannot be judged', html)
    assert re.search(r'Information</dt><dd><span class="grade">2</span> probably true', html)
    assert "<li>2 independent witnesses</li><li>1 copy, not counted</li>" in html


def test_the_copies_are_a_chain_from_the_first_sender_on(
    asha: Visitor, situation: Situation
) -> None:
    html = asha.read("/incidents/1")
    chain = html[html.index('class="copies"') :].partition("</details>")[0]
    assert "1 copy, one source" in chain
    entries = re.findall(r"<li>(.*?)</li>", chain, re.S)
    assert len(entries) == 2
    assert entries[0].startswith('<span class="dim">first sent by ')
    assert re.match(r'(sent on word for word|forwarded): <a href="/subscribers/', entries[1])


def test_a_judgement_is_one_clear_line_with_its_grade(asha: Visitor, situation: Situation) -> None:
    html = asha.send_and_follow("/incidents/1/verify", reason="the chief saw them")
    outcome = html[html.index("Outcome and times</h2>") :].partition("</ol>")[0]
    assert "<strong>verified</strong>" in outcome
    assert ">F2</abbr>" in outcome
    assert "asha" in outcome
    assert "the chief saw them" in outcome


def test_what_was_done_names_the_incidents(asha: Visitor, situation: Situation) -> None:
    asha.send("/incidents/2/merge", into=1, reason="one group")
    asha.send("/incidents/2/unmerge", reason="two")
    asha.send("/incidents/1/split", report="3", into="2", reason="at Hola")
    asha.send("/reports/3/put-back", reason="a slip")
    here, there = (asha.read(f"/incidents/{number}/timeline") for number in (1, 2))
    for words in (
        "incident 2 merged into this one (1 report)",
        "merge of incident 2 undone",
        "reports taken out into incident 2 (reports 3)",
        "report 3 moved here from incident 2",
    ):
        assert words in here, words
    for words in (
        "merged into incident 1 (1 report)",
        "merge into incident 1 undone",
        "taken out of incident 1 (reports 3)",
        "report 3 moved to incident 1",
    ):
        assert words in there, words


def test_the_way_it_went_is_a_list_and_a_sketch(asha: Visitor, situation: Situation) -> None:
    asha.send("/incidents/2/merge", into=1, reason="the same men")
    with situation.runtime.database.writing() as session:
        session.get_one(Report, 4).received_at += timedelta(hours=2)
    html = asha.read("/incidents/1")
    way = html[html.index('id="h-track"') :].partition("</section>")[0]
    assert re.findall(r"<bdi>(\w+)</bdi>", way) == ["Moa", "Hola"]
    assert "101.6 km, 51 km/h" in way
    assert "<polyline" in way
    assert " style=" not in way
    assert '<polyline class="way"' in asha.read("/map")


def test_what_no_group_can_travel_is_marked(asha: Visitor, situation: Situation) -> None:
    asha.send("/incidents/2/merge", into=1, reason="the same men")
    html = asha.read("/incidents/1")
    assert "too fast for one group?" in html
    assert "km/h" not in html


def test_how_often_somebody_was_right_is_for_coordinators(
    app: Flask, asha: Visitor, situation: Situation
) -> None:
    asha.send("/incidents/1/verify", reason="the chief saw them")
    with situation.runtime.database.reading() as session:
        person = session.get_one(Report, 1).subscriber_id
    assert "1 right, 0 wrong so far" in asha.read(f"/subscribers/{person}")
    assert "wrong so far" not in Visitor(app, "analyst").read(f"/subscribers/{person}")


def test_sorting_is_for_coordinators_only(app: Flask, situation: Situation) -> None:
    suggest(situation, 4, 1)
    before = standing(situation)
    analyst = Visitor(app, "analyst")
    for path in POSTS:
        answer = analyst.send(path, into="2", report="3", reason="x")
        assert answer.status_code == 403, path
    assert standing(situation) == before
    html = analyst.read("/incidents/1")
    assert "May be the same as" in html
    for path in ("/suggestions/", "/split", "/unmerge", "put-back"):
        assert f'action="{path}' not in html
        assert not re.search(rf'action="[^"]*{path}', html)


def test_viewers_see_doubts_but_no_words_of_reports(app: Flask, situation: Situation) -> None:
    suggest(situation, 4, 1)
    hear(situation.runtime, "+254700000107", DENIAL)
    html = Visitor(app, "viewer").read("/incidents/1")
    assert "1 against<" in html
    assert "62 %" in html
    for words in (DENIAL, "12 km apart", "motorbikes"):
        assert words not in html


def test_every_act_without_a_reason_is_refused_in_plain_words(
    asha: Visitor, situation: Situation
) -> None:
    suggest(situation, 4, 1)
    before = standing(situation)
    for path in POSTS:
        html = asha.send_and_follow(path, into="2", report="3", reason=" ", back="/incidents/1")
        assert "Say why" in html, path
    assert standing(situation) == before


def test_forty_reports_cost_no_more_queries_than_four(asha: Visitor, situation: Situation) -> None:
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    def queries() -> int:
        seen.clear()
        asha.read("/incidents/1")
        return len(seen)

    suggest(situation, 4, 1)
    event.listen(situation.runtime.database.engine, "before_cursor_execute", count)
    few = queries()
    for number in range(40):
        words = "armed men near Moa" if number % 2 else "armed men with guns are walking near Moa"
        hear(situation.runtime, f"+2547000004{number:02}", f"{words}, {number} of them")
    assert standing(situation)[1][3] > 40
    assert queries() == few
    event.remove(situation.runtime.database.engine, "before_cursor_execute", count)


def test_thirty_reports_are_a_small_page(asha: Visitor, situation: Situation) -> None:
    for number in range(30):
        hear(situation.runtime, f"+2547000004{number:02}", f"armed men near Moa, {number} of them")
    html = asha.read("/incidents/1")
    assert len(gzip.compress(html.encode(), 6)) < 14_000
