"""The dry run of a sign-up sheet: each bad row is named, and numbers are not readable."""

import shutil
from pathlib import Path

import pytest

from gateway.flow import sheet_rows
from gateway.flow.sheet_judging import masked
from gateway.runtime import Runtime
from gateway.store.tables import User
from gateway.terms.refusals import Refused
from tests.flow.paper import GOOD, check, make_village


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """Reading a sheet asks nothing of an engine that the other one could answer otherwise."""
    shutil.copy(migrated_sqlite, tmp_path / "gateway.db")
    return f"sqlite:///{tmp_path}/gateway.db"


@pytest.fixture
def amina(runtime: Runtime) -> User:
    return make_village(runtime)


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (",Moa,sw,,no,yes", "phone", "no phone number"),
        ("Asha,Moa,sw,,no,yes", "phone", "Compare it with the paper"),
        ("12345,Moa,sw,,no,yes", "phone", "Compare it with the paper"),
        ("2.547E+11,Moa,sw,,no,yes", "phone", "rounded"),
        ('"=HYPERLINK(""http://x"")",Moa,sw,,no,yes', "phone", "Compare"),
        ("0700000102,,sw,,no,yes", "place", "no place"),
        ("0700000102,Xyzzyqqq,sw,,no,yes", "place", "Xyzzyqqq"),
        ("0700000102,Tana River,sw,,no,yes", "place", "Tana River"),
        ("0700000102,Shella,sw,,no,yes", "place", "2 places"),
        ("0700000102,Moa,Klingon,,no,yes", "language", "Klingon"),
        ("0700000102,Moa,sw,,perhaps,yes", "focal_point", "neither yes nor no"),
        ("0700000102,Moa,sw,,no,", "consent", "Nobody noted"),
        ("0700000102,Moa,sw,,no,no", "consent", "Nobody noted"),
        ("0700000102,Moa,sw,,no,2026-02-31", "consent", "no such day"),
        ("0700000102,Moa,sw,,no,01.12.2027", "consent", "not come yet"),
        ("0700000102,Moa,sw,,no,yes,more", "", "more cells"),
        ('0700000102,"Moa,sw,,no,yes\nx', "", "never closed"),
        (f"0700000102,{'M' * 300},sw,,no,yes", "", "far too long"),
    ],
)
def test_a_bad_row_is_named_with_what_is_wrong(
    runtime: Runtime, amina: User, row: str, column: str, says: str
) -> None:
    checked = check(runtime, GOOD, row)
    assert [one.row for one in checked.good] == [2]
    (fault,) = checked.faults
    assert (fault.row, fault.column, fault.kind) == (3, column, "bad")
    assert says in str(fault.why)
    assert "0700000102" not in fault.shown


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Namba ya simu;Kijiji;Lugha", "0700 000 101;moa, tana river;kiswahili"),
        ("Téléphone\tVillage\tLangue", "254700000101\tMOA\tswahili"),
        ("رقم الهاتف,القرية,اللغة", "'+254700000101,Moa,sw"),
        ("\ufeffPhone number,Name,Location,Remarks", '="+254700000101",Asha,Moa,tall'),
    ],
)
def test_columns_are_known_by_many_names(
    runtime: Runtime, amina: User, head: str, row: str
) -> None:
    checked = check(runtime, row, head=head)
    assert [(one.phone, one.place.name) for one in checked.good] == [("+254700000101", "Moa")]
    assert checked.good[0].language in ("sw", None)


def test_names_are_not_kept_and_the_sheet_reads_the_same_without_them(
    runtime: Runtime, amina: User
) -> None:
    checked = check(runtime, GOOD, "", "1,Moa,sw,Asha,,yes,far,too,many")
    assert checked.sheet.had_names
    assert "Asha" not in checked.sheet.text
    again = check(
        runtime,
        *checked.sheet.text.splitlines()[1:],
        head="phone,place,language,focal_point,consent",
    )
    assert again.fingerprint == checked.fingerprint
    assert [fault.row for fault in again.faults] == [4] == [fault.row for fault in checked.faults]


def test_numbers_are_masked() -> None:
    assert masked("+254700000101") == "+2547••••••01"
    assert "Asha" not in masked("Asha 0700000101")
    assert masked("") == ""


def test_an_unclear_place_is_chosen(runtime: Runtime, amina: User) -> None:
    first = check(runtime, "0700000101,Shella,sw,,,yes")
    lamu = next(one for one in first.places[0].places if one.county == "Lamu")
    assert not first.good
    chosen = check(runtime, "0700000101,Shella,sw,,,yes", n0=lamu.id)
    assert [one.place.county for one in chosen.good] == ["Lamu"]


def test_what_is_no_sheet_is_refused(runtime: Runtime, amina: User) -> None:
    for head in ("place,language", "phone,language", "0700000101,Moa"):
        with pytest.raises(Refused, match="first row"):
            check(runtime, GOOD, head=head)
    with pytest.raises(Refused, match="nothing in this sheet"):
        check(runtime, head=" \n ")
    with pytest.raises(Refused, match="5001 rows"):
        check(runtime, *[GOOD] * 5001)
    with pytest.raises(Refused, match="larger than 200 kB"):
        check(runtime, *[f"{GOOD}{'.' * 60}"] * 2000)
    with pytest.raises(Refused, match="as CSV"):
        sheet_rows.decoded(b"PK\x03\x04 rest")
    assert sheet_rows.decoded("lieu: Kétou".encode("latin-1")) == ("lieu: Kétou", True)
    assert sheet_rows.decoded("lieu: Kétou".encode("utf-8-sig")) == ("lieu: Kétou", False)
