"""What went wrong, in plain words, for those who type commands."""

from sqlalchemy.exc import OperationalError

from gateway.plumbing.crypto import KeyProblem
from gateway.plumbing.settings import SettingsError
from gateway.terms.refusals import Refused


def in_words(error: Exception) -> str | None:
    """What to tell the operator; None for an error of our own, which keeps its traceback."""
    if isinstance(error, SettingsError):
        problems = "\n".join(f"  {line}" for line in error.problems)
        return f"the settings have mistakes:\n{problems}"
    if isinstance(error, Refused | KeyProblem | ValueError | FileNotFoundError):
        return str(error)
    if isinstance(error, OperationalError):
        return f"the database does not answer ({type(error.orig).__name__}); see `gateway check`"
    return None
