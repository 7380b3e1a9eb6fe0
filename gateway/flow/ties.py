"""Ties between places: what happens in one soon concerns the other, however far it is."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.places import audit_place
from gateway.store.once import insert_once
from gateway.store.tables import Place, PlaceLink, User
from gateway.terms.refusals import NotFound, Refused, need_reason

TIES = ("kin", "market", "school", "road", "faith", "other")


def tie(
    session: Session,
    place_id: int,
    other_id: int,
    kind: str,
    by: User,
    reason: str,
    now: datetime,
) -> None:
    """Remembers that the two places hang together; the same both ways."""
    need_reason(reason)
    if kind not in TIES:
        raise Refused("Choose what ties the two places.")
    if place_id == other_id:
        raise Refused("That is the same place: a tie needs two.")
    low, high = sorted((place_id, other_id))
    for number in (low, high):
        if session.get(Place, number) is None:
            raise NotFound("There is no such place.")
    values = {"place_id": low, "other_id": high, "tie": kind, "who": by.name, "at": now}
    if insert_once(session, PlaceLink, values, on=("place_id", "other_id")) is None:
        raise Refused("These two places are tied already: remove that tie first.")
    audit_place(session, place_id, by, "place.tied", reason, now, to=other_id, tie=kind)


def untie(
    session: Session, place_id: int, link_id: int, by: User, reason: str, now: datetime
) -> None:
    """Forgets a tie."""
    need_reason(reason)
    link = session.scalar(select(PlaceLink).where(PlaceLink.id == link_id).with_for_update())
    if link is None or place_id not in (link.place_id, link.other_id):
        raise NotFound("There is no such tie any more.")
    other_id = link.other_id if link.place_id == place_id else link.place_id
    session.delete(link)
    audit_place(session, place_id, by, "place.untied", reason, now, to=other_id)
