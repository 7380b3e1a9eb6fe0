"""Reading place lists: good rows become entries, bad ones say what is wrong with them."""

import pytest

from gateway.understanding.aliases import useful_aliases
from gateway.understanding.gazetteer import Entry
from gateway.understanding.sources import BadRow, entries_from_rows

WOF = [
    {"wof_id": "1", "name": "Moa", "alt_names": "Mowa|Moas|Moat|Moäs|Моа", "placetype": "locality",
     "lat": "-2.35", "lon": "40.31", "region_id": "3", "county_id": "2", "population": ""},
    {"wof_id": "2", "name": "Tana River", "alt_names": "", "placetype": "county",
     "lat": "-1.5", "lon": "39.5", "region_id": "3", "county_id": "2", "population": "240075"},
    {"wof_id": "3", "name": "Coast", "alt_names": "", "placetype": "region",
     "lat": "-3", "lon": "39.6", "region_id": "3", "county_id": "", "population": "2.5e6"},
]  # fmt: skip


def test_parents_are_found_in_rows_of_any_order():
    for rows in (WOF, WOF[::-1]):
        moa = next(entry for entry in entries_from_rows(rows, "wof") if entry.name == "Moa")
        assert (moa.county, moa.region, moa.source_id) == ("Tana River", "Coast", "1")


def test_a_county_does_not_lie_in_itself():
    county, region = list(entries_from_rows(WOF, "wof"))[1:]
    assert (county.county, county.region, county.population) == ("", "Coast", 240_075)
    assert (region.region, region.population) == ("", 2_500_000)


def test_wards_are_read_with_their_county():
    row = {"county": "Tana River", "sub_county": "Garsen", "ward": "Kipini East", "lat": "-2.5",
           "lon": "40.5", "schools": "3"}  # fmt: skip
    (ward,) = entries_from_rows([row], "wards")
    assert (ward.name, ward.kind, ward.county) == ("Kipini East", "ward", "Tana River")
    assert ward.source_id == "Tana River/Garsen/Kipini East"


def test_plain_csv_needs_only_name_and_position():
    (entry,) = entries_from_rows([{"name": " Moa ", "lat": "-2.35", "lon": "40.31"}], "csv")
    assert (entry.name, entry.kind, entry.aliases) == ("Moa", "locality", ())


def test_plain_csv_keeps_all_its_own_aliases():
    row = {"name": "Moa", "lat": "-2.35", "lon": "40.31", "alt_names": "Mowa| The Old Ferry |"}
    (entry,) = entries_from_rows([row], "csv")
    assert entry.aliases == ("Mowa", "The Old Ferry")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"lat": "abc"}, "line 2: lat is 'abc', expected a number from -90 to 90"),
        ({"lat": "91"}, "line 2: lat is '91', expected a number from -90 to 90"),
        ({"lon": "nan"}, "line 2: lon is 'nan', expected a number from -180 to 180"),
        ({"lon": None}, "line 2: lon is '', expected a number from -180 to 180"),
        ({"name": " "}, "line 2: name is '', expected the name of a place"),
        ({"name": "123"}, "line 2: name is '123', expected the name of a place"),
        ({"name": "x" * 200}, "line 2: name has 200 characters, expected 120 at most"),
        ({"population": "many"}, "line 2: population is 'many', expected a whole number of people"),
        ({"population": "inf"}, "line 2: population is 'inf', expected a whole number of people"),
        ({"population": "-5"}, "line 2: population is '-5', expected a whole number of people"),
    ],
)
def test_a_bad_row_is_named_and_stops_nothing(wrong, reason):
    good = {"name": "Moa", "lat": "-2.35", "lon": "40.31"}
    bad, entry = entries_from_rows([good | wrong, good], "csv")
    assert bad == BadRow(2, reason)
    assert isinstance(entry, Entry)


def test_an_unknown_format_is_refused_at_once():
    with pytest.raises(ValueError, match="use csv, wof, wards"):
        entries_from_rows([], "shapefile")


@pytest.mark.parametrize(
    ("name", "others", "kept"),
    [
        ("Muvuko", ["Mubuko"], ("Mubuko",)),
        ("Kutus", ["Gutu", "Kutu", "Mucakuthi"], ("Gutu", "Kutu", "Mucakuthi")),
        ("Ndele", ["Ndélé", "נדלה"], ()),
        ("Moa", ["Dinornithidae", "Moas", "Moat", "Mowa", "Moa's"], ()),
        ("Wajir", ["Wajeer", "Vadžiras", "Ваджир", "واجیر", "وجير"], ("Wajeer", "واجیر", "وجير")),
        (
            "Keiyo",
            ["Keiyo District", "Wilaya ya Keiyo", "district de Keiyo", "Elgeyo-Marakwet"],
            (),
        ),
        ("Witu", ["x" * 60], ()),
        ("Witu", [""], ()),
    ],
)
def test_only_other_names_that_people_here_would_write_are_kept(name, others, kept):
    assert useful_aliases(name, others) == kept


def test_the_shipped_places_carry_no_encyclopedia_junk(kenya):
    assert kenya.exact(["moas"]) == []
    assert kenya.exact(["dinornithidae"]) == []
