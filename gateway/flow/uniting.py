"""Makes two entries of one place into one: whatever hangs on the other hangs on the kept one."""

from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from gateway.flow import newcomers
from gateway.flow.correcting import held, living_in, move_people, note
from gateway.flow.marking import CONTROLLED
from gateway.flow.places import knows
from gateway.incidents.neighbours import UNSAFE
from gateway.runtime import Runtime
from gateway.store import gazetteer
from gateway.store.audit import record
from gateway.store.once import insert_once
from gateway.store.place_lists import REMOVED
from gateway.store.tables import (
    Alert,
    AlertReply,
    Incident,
    Place,
    PlaceAlias,
    PlaceLink,
    PlaceMark,
    Report,
    Subscriber,
    Subscription,
    User,
)
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import Refused, need_reason
from gateway.understanding.entries import AREAS

FARTHEST_M = 30_000  # lists differ by some kilometres about where a village is
_UNDER_WAY = ("draft", "submitted", "approved", "live")


def merge(
    runtime: Runtime,
    session: Session,
    place_id: int,
    into_id: int,
    by: User,
    reason: str,
    now: datetime,
) -> Place:
    """The first is removed and the second kept: its people, incidents, names and marks move."""
    need_reason(reason)
    if place_id == into_id:
        raise Refused("That is the same place: choose the other entry.")
    both = {one: held(session, one) for one in sorted((place_id, into_id))}
    gone, kept = both[place_id], both[into_id]
    _check(session, gone, kept)
    _move_names(session, gone, kept)
    _move_subscriptions(session, gone, kept)
    _move_references(session, gone, kept)
    _move_marks(session, gone, kept)
    _move_ties(session, gone, kept)
    note(session, gone.id, REMOVED, by, now)
    gazetteer.touch(session, now, by.name)
    newcomers.warn_all(runtime, session, living_in(session, kept), now)
    for one, act, other in (
        (gone, "place.merged_into", kept.id),
        (kept, "place.took_in", gone.id),
    ):
        record(
            session, who=by.name, act=act, subject=f"place {one.id}", now=now,
            facts={"place": other}, reason=reason,
        )  # fmt: skip
    return kept


def _check(session: Session, gone: Place, kept: Place) -> None:
    if gone.country != kept.country or (gone.kind in AREAS) or (kept.kind in AREAS):
        raise Refused("Only two places of one country can be merged, no counties or regions.")
    away = distance_m(Position(gone.lat, gone.lon), Position(kept.lat, kept.lon))
    if away > FARTHEST_M:
        raise Refused(
            "These two lie %(km)s km apart: they are hardly one place. If one of them lies wrong, "
            "correct its position first.",
            km=round(away / 1000),
        )
    for alert in session.scalars(select(Alert).where(Alert.state.in_(_UNDER_WAY))):
        spots = (*alert.zone.spots, *alert.zone.without_places)
        if any(spot.place_id == gone.id for spot in spots):
            raise Refused(
                "Warning W%(number)s is under way and names this place. Merge when it is over.",
                number=alert.id,
            )


def _move_names(session: Session, gone: Place, kept: Place) -> None:
    names = session.scalars(select(PlaceAlias.name).where(PlaceAlias.place_id == gone.id)).all()
    for name in dict.fromkeys((gone.name, *names)):
        if not knows(session, kept, name):
            session.add(PlaceAlias(place_id=kept.id, name=name, source=gazetteer.LEARNT))
            session.flush()


def _move_subscriptions(session: Session, gone: Place, kept: Place) -> None:
    """Who joined both has joined the kept one once."""
    both = select(Subscription.subscriber_id).where(Subscription.place_id == kept.id)
    here = Subscription.place_id == gone.id
    quietly = {"synchronize_session": False}
    session.execute(
        delete(Subscription).where(here, Subscription.subscriber_id.in_(both)),
        execution_options=quietly,
    )
    session.execute(
        update(Subscription).where(here).values(place_id=kept.id), execution_options=quietly
    )


def _move_references(session: Session, gone: Place, kept: Place) -> None:
    for table in (Subscriber, Incident, Report, Alert, AlertReply):
        session.execute(
            update(table)
            .where(table.place_id == gone.id)
            .values(place_id=kept.id)
            .execution_options(synchronize_session=False)
        )
    move_people(session, kept)


def _move_marks(session: Session, gone: Place, kept: Place) -> None:
    """What one of them is marked as, both are, as far around as the wider mark says."""
    for mark in session.scalars(
        select(PlaceMark).where(
            PlaceMark.place_id == gone.id, PlaceMark.mark.in_((UNSAFE, CONTROLLED))
        )
    ).all():
        own = session.scalar(
            select(PlaceMark).where(PlaceMark.place_id == kept.id, PlaceMark.mark == mark.mark)
        )
        if own is None:
            mark.place_id = kept.id
        else:
            own.radius_m = max(own.radius_m, mark.radius_m)
            session.delete(mark)
    session.flush()


def _move_ties(session: Session, gone: Place, kept: Place) -> None:
    for link in session.scalars(
        select(PlaceLink).where(or_(PlaceLink.place_id == gone.id, PlaceLink.other_id == gone.id))
    ).all():
        other = link.other_id if link.place_id == gone.id else link.place_id
        session.delete(link)
        session.flush()
        if other != kept.id:
            low, high = sorted((other, kept.id))
            values = {"place_id": low, "other_id": high, "tie": link.tie}
            values |= {"who": link.who, "at": link.at}
            insert_once(session, PlaceLink, values, on=("place_id", "other_id"))
