"""Lists of places as others publish them: GeoNames dumps, GeoJSON, health sites."""

import json

import pytest

from gateway.understanding.entries import Entry
from gateway.understanding.sources import FORMATS, BadRow, NotAList, Skipped, read_list

MOA = "-2.35162", "40.31707"


def geonames(**wanted: str) -> str:
    row = {
        "id": "184433", "name": "Moa", "ascii": "Moa", "others": "", "lat": MOA[0], "lon": MOA[1],
        "class": "P", "code": "PPL", "country": "KE", "cc2": "", "admin1": "02", "admin2": "11",
        "admin3": "", "admin4": "", "population": "0", "elevation": "", "dem": "7",
        "timezone": "Africa/Nairobi", "modified": "2012-01-18",
    }  # fmt: skip
    return "\t".join((row | wanted).values()) + "\n"


COUNTY = geonames(id="2", name="Tana River County", **{"class": "A", "code": "ADM2"})
REGION = geonames(id="3", name="Coast", admin2="", **{"class": "A", "code": "ADM1"})


def entries(text: str, form: str, country: str = "KE") -> list[Entry]:
    return [found for found in read_list(text, form, country) if isinstance(found, Entry)]


def feature(geometry: object, **properties: object) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


POINT = {"type": "Point", "coordinates": [40.31707, -2.35162]}


def test_a_geonames_place_lies_in_its_county_and_region_wherever_these_stand():
    for text in (geonames() + COUNTY + REGION, REGION + COUNTY + geonames()):
        moa = next(entry for entry in entries(text, "geonames") if entry.name == "Moa")
        assert (moa.county, moa.region, moa.kind) == ("Tana River", "Coast", "locality")
        assert (moa.lat, moa.lon, moa.source_id) == (-2.35162, 40.31707, "184433")


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        ({"code": "PPLA2"}, "town"),
        ({"population": "12000"}, "town"),
        ({"class": "S", "code": "HSP"}, "health site"),
        ({"class": "S", "code": "MKT"}, "market"),
        ({"class": "S", "code": "BDG"}, "bridge"),
        ({"class": "H", "code": "STM"}, "river"),
    ],
)
def test_the_kinds_of_geonames_are_told_in_our_words(wanted, kind):
    assert entries(geonames(**wanted), "geonames")[0].kind == kind


@pytest.mark.parametrize(
    "wanted",
    [{"country": "TZ"}, {"class": "P", "code": "PPLH"}, {"class": "T", "code": "CNYN"}],
)
def test_other_countries_and_what_nobody_names_are_left_out(wanted):
    (found,) = read_list(geonames(**wanted), "geonames", "KE")
    assert isinstance(found, Skipped)


def test_a_bad_line_of_geonames_is_named_and_stops_nothing():
    found = list(
        read_list("only\tthree\tcells\n" + geonames(lat="abc") + geonames(), "geonames", "KE")
    )
    assert [type(one) for one in found] == [BadRow, BadRow, Entry]
    assert found[0].reason == "line 1: has 3 columns, a GeoNames dump has 19"
    assert found[1].reason.startswith("line 2: latitude is 'abc'")


def test_a_point_of_geojson_is_a_place_with_its_properties():
    text = collection(feature(POINT, name="Moa", kind="village", population=350, alt_names="Mowa"))
    (moa,) = entries(text, "geojson")
    assert (moa.lat, moa.lon, moa.kind) == (-2.35162, 40.31707, "village")
    assert (moa.population, moa.aliases) == (350, ("Mowa",))


def test_an_outline_reaches_as_far_as_it_is_wide():
    square = [[[40.0, -2.0], [40.2, -2.0], [40.2, -2.2], [40.0, -2.2], [40.0, -2.0]]]
    (ward,) = entries(
        collection(feature({"type": "Polygon", "coordinates": square}, name="W", kind="ward")),
        "geojson",
    )
    assert (round(ward.lat, 1), round(ward.lon, 1)) == (-2.1, 40.1)
    assert 11_000 < ward.extent_m < 17_000


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"place": "town"}, "town"),
        ({"amenity": "clinic"}, "health site"),
        ({"amenity": "marketplace"}, "market"),
        ({"man_made": "bridge"}, "bridge"),
    ],
)
def test_the_tags_of_openstreetmap_are_told_in_our_words(tags, kind):
    assert entries(collection(feature(POINT, name="X", **tags)), "geojson")[0].kind == kind


@pytest.mark.parametrize(
    "wrong",
    [
        feature(None, name="Moa", kind="village"),
        feature({"type": "Point", "coordinates": [500, 0]}, name="Moa", kind="village"),
        feature({"type": "Point", "coordinates": "here"}, name="Moa", kind="village"),
        feature({"type": "Point"}, name="Moa", kind="village"),
        "no feature",
        None,
    ],
)
def test_a_bad_feature_is_numbered_and_stops_nothing(wrong):
    good = feature(POINT, name="Moa", kind="village")
    bad, entry = read_list(collection(wrong, good), "geojson", "KE")
    assert isinstance(bad, BadRow)
    assert bad.reason.startswith("feature 1: ")
    assert isinstance(entry, Entry)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("{", "geojson"),
        ('{"type": "Feature"}', "geojson"),
        ("[" * 100_000, "geojson"),
        ("name,lat,lon\nMoa,-2,40\n", "geojson"),
        (geonames(), "csv"),
        ("a,b\n1,2\n", "csv"),
    ],
)
def test_a_text_of_another_kind_is_refused_whole(text, form):
    with pytest.raises(NotAList):
        list(read_list(text, form, "KE"))


def test_health_sites_of_a_country_are_read():
    text = (
        "country,admin1,name,type,lat,lon\n"
        "KE,Tana River,Moa Dispensary,Dispensary,-2.35,40.31\n"
        "UG,Kaabong,Elsewhere Clinic,Clinic,3.5,34.1\n"
    )
    found = entries(text, "health")
    assert [(entry.name, entry.kind) for entry in found] == [("Moa Dispensary", "health site")]


def test_every_format_refuses_nothing_at_all():
    for form in FORMATS:
        with pytest.raises(NotAList):
            list(read_list("", form, "KE"))
