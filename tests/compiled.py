"""What libraries make of our statements and addresses is made once in a test run.

SQLAlchemy compiles statements for each engine and Werkzeug addresses for each app, and most tests
have a database and an app of their own: a third of their time went into making the same anew.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from gateway.plumbing.crypto import KeyProblem, Keys
from gateway.store.database import Database

_STATEMENTS = 10_000  # more than all tests have
_kept: dict[bool, tuple[Keys, Dialect, Any]] = {}  # by whether it is SQLite


def keep(database: Database) -> None:
    """From now on databases of this kind with these keys share what was compiled for this one."""
    _kept[database.is_sqlite] = database.keys, database.engine.dialect, LRUCache(_STATEMENTS)


def share(database: Database) -> None:
    """Lets a database that was just opened use what was kept."""
    found = _kept.get(database.is_sqlite)
    if found is None or not _same(found[0], database.keys):
        return  # what was compiled seals with the keys of its dialect
    for engine in (database.engine, database._at_once):
        engine.dialect, engine._compiled_cache = found[1:]


def _same(ours: Keys, theirs: Keys) -> bool:
    if ours.chain != theirs.chain or theirs.sealer.has_old:
        return False
    try:
        return theirs.sealer.open(ours.sealer.seal("a", "b.c"), "b.c") == "a"
    except KeyProblem:
        return False


_build = Rule._compile_builder
_builders: dict[Any, Callable[..., tuple[str, str]]] = {}


def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Stands in for what Werkzeug writes, by the parts of the address, which decide it."""
    if rule.defaults:
        return _build(rule, append_unknown)
    key = append_unknown, rule.rule, tuple(rule._trace)
    if key not in _builders:
        _builders[key] = _build(rule, append_unknown)
    return _builders[key]
