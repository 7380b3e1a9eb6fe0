"""Which county or region an incident counts in."""

from gateway.store.tables import Incident, Place
from gateway.understanding.entries import AREAS, Entry
from gateway.understanding.gazetteer import Gazetteer

_FAR_DEGREES = 1.0  # a place farther away says nothing of the county


def area_of(place: Place | None, incident: Incident, gazetteer: Gazetteer) -> str | None:
    """The county of the incident's place, else of the nearest place, else the region."""
    if place is not None and place.county:
        return place.county
    if place is not None and place.kind in AREAS:  # its point says nothing of a county in it
        return place.name
    near = _nearest(incident, gazetteer)
    if near is not None:
        return near.county
    return (place.region or None) if place is not None else None


def _nearest(incident: Incident, gazetteer: Gazetteer) -> Entry | None:
    lat, lon = incident.lat, incident.lon
    if lat is None or lon is None:
        return None
    near = (
        entry
        for entry in gazetteer.entries()
        if entry.county and abs(entry.lat - lat) < _FAR_DEGREES
    )

    def away(entry: Entry) -> float:
        return (entry.lat - lat) ** 2 + (entry.lon - lon) ** 2

    best = min(near, key=away, default=None)
    return best if best is not None and away(best) < _FAR_DEGREES**2 else None
