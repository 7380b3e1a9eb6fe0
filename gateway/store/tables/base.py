"""The base of all tables: naming convention and the types that annotations stand for."""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

from gateway.store.columns import UtcTime

Id = Annotated[
    int,
    mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
]
Word = Annotated[str, mapped_column(String(64))]
Fingerprint = Annotated[str, mapped_column(String(64))]


class Base(DeclarativeBase):
    """Every row class of the gateway."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own protocol)
        datetime: UtcTime(),
        int: BigInteger().with_variant(Integer, "sqlite"),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }
