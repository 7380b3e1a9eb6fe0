"""What the gateway says no to, in words a person can act on."""


class Refused(Exception):
    """The request cannot be done as asked; the message says why and what to do."""


class NotFound(Refused):
    """There is no such thing."""


class NotAllowed(Refused):
    """This person may not do that."""


def need_reason(reason: str) -> None:
    """Refuses a decision that does not say why."""
    if not reason.strip():
        raise Refused("Say why, in a few words: the next coordinator will need it.")
