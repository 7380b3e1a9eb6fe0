"""Lists of places come in whole or not at all, as often as one likes."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.flow.importing import Outcome, bring_in
from gateway.flow.place_list import read_file
from gateway.flow.places import add_alias
from gateway.runtime import Runtime
from gateway.store.tables import Place
from gateway.terms.refusals import Refused
from tests.make import make_subscriber

HEADER = "id,name,lat,lon,kind,alt_names\n"
MOA, HOLA, WITU = (
    "1,Moa,-2.35,40.31,village,Mowa\n",
    "2,Hola,-1.48,40.03,town,\n",
    "3,Witu,-2.39,40.44,town,\n",
)


@pytest.fixture
def bring(runtime: Runtime, tmp_path: Path):
    def brought(rows: str, *, country: str = "KE", name: str = "", **more: bool) -> Outcome:
        file = tmp_path / "places.csv"
        file.write_text(HEADER + rows, encoding="utf-8")
        listed = read_file(file, country, "csv", name=name)
        with runtime.database.writing() as session:
            return bring_in(session, listed, who="test", now=runtime.clock(), **more)

    return brought


def names(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as session:
        return sorted(session.scalars(select(Place.name)))


def test_the_same_list_twice_changes_nothing(runtime: Runtime, bring) -> None:
    first, second = bring(MOA + HOLA), bring(MOA + HOLA)
    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert (second.added, second.changed, second.unchanged) == (0, 0, 2)
    assert names(runtime) == ["Hola", "Moa"]


def test_a_newer_list_changes_adds_and_keeps_what_it_dropped(runtime: Runtime, bring) -> None:
    bring(MOA + HOLA)
    outcome = bring(HOLA.replace("-1.48", "-1.49") + WITU)
    assert (outcome.added, outcome.changed, outcome.gone) == (1, 1, 1)
    assert names(runtime) == ["Hola", "Moa", "Witu"]


def test_pruning_removes_only_what_nothing_refers_to(runtime: Runtime, bring) -> None:
    bring(MOA + HOLA + WITU)
    with runtime.database.writing() as session:
        hola = session.scalars(select(Place).where(Place.name == "Hola")).one()
        make_subscriber(session, runtime.keys, "+254700000301", place_id=hola.id)
    outcome = bring(MOA, prune=True)
    assert (outcome.removed, outcome.in_use) == (1, 1)
    assert names(runtime) == ["Hola", "Moa"]


def test_bad_rows_are_named_the_others_come_in_and_nothing_is_pruned(
    runtime: Runtime, bring
) -> None:
    bring(MOA + HOLA)
    outcome = bring(MOA + "4,Nowhere,99,999,village,\n", prune=True)
    assert [bad.reason for bad in outcome.bad] == [
        "line 3: lat is '99', expected a number from -90 to 90"
    ]
    assert names(runtime) == ["Hola", "Moa"]


def test_a_learnt_name_survives_a_newer_list(runtime: Runtime, bring) -> None:
    bring(MOA)
    with runtime.database.writing() as session:
        moa = session.scalars(select(Place)).one()
        add_alias(session, moa.id, "Mowa Beach", "coordinator", "amina", runtime.clock())
    bring(MOA.replace("Mowa", "Moha"))
    with runtime.database.reading() as session:
        entry = runtime.gazetteer(session).exact(["mowa", "beach"])[0].entry
        assert set(entry.aliases) == {"Mowa Beach", "Moha"}
        assert entry.priority > 0


def test_a_list_of_another_country_is_refused(runtime: Runtime, bring) -> None:
    here = "".join(f"{n},Here {n},{-2 - n / 100},40.3,village,\n" for n in range(30))
    there = "".join(f"{n},There {n},{12 - n / 100},8.5,village,\n" for n in range(100, 130))
    bring(here)
    with pytest.raises(Refused, match="Is --country right"):
        bring(there, name="other")
    assert len(names(runtime)) == 30
    assert bring(there, name="other", anywhere=True).added == 30


def test_another_list_with_the_same_ids_is_refused_unless_named(runtime: Runtime, bring) -> None:
    bring("".join(f"{n},Here {n},{-2 - n / 100},40.3,village,\n" for n in range(9)))
    others = "".join(f"{n},Other {n},{1 + n / 100},36.3,village,\n" for n in range(9))
    with pytest.raises(Refused, match="--name"):
        bring(others)
    assert bring(others, name="second").added == 9


def test_a_failure_halfway_leaves_the_places_as_they_were(
    runtime: Runtime, bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(MOA)
    monkeypatch.setattr("gateway.flow.importing.record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bring(MOA + HOLA + WITU)
    with runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Place)) == 1
