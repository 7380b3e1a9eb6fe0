"""The gazetteer: places, their names, and where they came from."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.store.tables.base import Base, Id, Word


class Place(Base):
    """A named place of the deployment's countries."""

    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("country", "source", "source_id"),)

    id: Mapped[Id]
    country: Mapped[Word] = mapped_column(index=True)
    source: Mapped[Word]
    source_id: Mapped[str]
    name: Mapped[str] = mapped_column(index=True)
    kind: Mapped[Word]
    lat: Mapped[float]
    lon: Mapped[float]
    county: Mapped[str] = mapped_column(default="")
    region: Mapped[str] = mapped_column(default="")
    population: Mapped[int] = mapped_column(default=0)
    extent_m: Mapped[int] = mapped_column(default=0)  # how far it reaches, where its list says so
    aliases: Mapped[list["PlaceAlias"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="PlaceAlias.id"
    )


class PlaceAlias(Base):
    """Another name of a place, from its source or learnt from a coordinator."""

    __tablename__ = "place_aliases"
    __table_args__ = (UniqueConstraint("place_id", "name"),)

    id: Mapped[Id]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id", ondelete="CASCADE"))
    name: Mapped[str]
    source: Mapped[Word]


class PlaceMark(Base):
    """What coordinators know of a place that no list says, such as that it is unsafe."""

    __tablename__ = "place_marks"
    __table_args__ = (UniqueConstraint("place_id", "mark"),)

    id: Mapped[Id]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id", ondelete="CASCADE"))
    # unsafe: no question goes to people near it; controlled (by an armed group): no warning either
    mark: Mapped[Word]
    radius_m: Mapped[int]
    who: Mapped[Word]
    at: Mapped[datetime]


class PlaceLink(Base):
    """A tie between two places, kept once: what reaches one of them soon reaches the other."""

    __tablename__ = "place_links"
    __table_args__ = (UniqueConstraint("place_id", "other_id"),)

    id: Mapped[Id]
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id", ondelete="CASCADE"))  # the lower
    other_id: Mapped[int] = mapped_column(ForeignKey("places.id", ondelete="CASCADE"), index=True)
    tie: Mapped[Word]  # kin, market, school, road, faith or other
    who: Mapped[Word]
    at: Mapped[datetime]


class Border(Base):
    """The outline of a county, region or country, for the map alone."""

    __tablename__ = "borders"
    __table_args__ = (Index("ix_borders_country_level", "country", "level"),)

    id: Mapped[Id]
    country: Mapped[Word]
    level: Mapped[int]  # 0 country, 1 region, 2 county, 3 ward
    name: Mapped[str]
    source: Mapped[Word]
    south: Mapped[float]
    west: Mapped[float]
    north: Mapped[float]
    east: Mapped[float]
    rings: Mapped[list[Any]]  # each a flat list: longitude, latitude, longitude, latitude ...
