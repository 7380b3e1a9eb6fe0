"""A time as whole seconds since 1970 inside a query, the same on both engines."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class epoch_s(FunctionElement[int]):
    """Seconds of a time, cut to whole ones; NULL where there is none."""

    type = BigInteger()
    inherit_cache = True


@compiles(epoch_s, "sqlite")
def _in_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(epoch_s, "postgresql")
def _in_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    inside = compiler.process(element.clauses, **options)
    return f"CAST(floor(date_part('epoch', {inside})) AS BIGINT)"
