"""What went wrong, in plain words, for those who type commands."""

from typing import TypeGuard

from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

from gateway.plumbing.crypto import KeyProblem
from gateway.plumbing.settings import SettingsError
from gateway.terms.refusals import Refused


def in_words(error: Exception) -> str | None:
    """What to tell the operator; None for an error of our own, which keeps its traceback."""
    if isinstance(error, SettingsError):
        problems = "\n".join(f"  {line}" for line in error.problems)
        return f"the settings have mistakes:\n{problems}"
    if isinstance(error, Refused | KeyProblem | ValueError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    if isinstance(error, OperationalError) or _is_none_of_ours(error):
        kind = type(error.orig).__name__
        return f"the database does not answer ({kind}); see `gateway check`"
    return None


def _is_none_of_ours(error: Exception) -> TypeGuard[DatabaseError]:
    """Whether the address names no database of ours: another kind of file, unknown options."""
    if isinstance(error, ProgrammingError):
        return error.statement is None  # not even connected
    return type(error) is DatabaseError
