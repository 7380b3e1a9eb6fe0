"""What the gateway says no to, in words a person can act on."""


class Refused(Exception):
    """The request cannot be done as asked; the message says why and what to do.

    `Refused("%(name)s is taken.", name=name)`: a door that speaks other languages translates the
    words before it puts the values in.
    """

    def __init__(self, words: str = "", **values: object) -> None:
        super().__init__(words % values if values else words)
        self.words, self.values = words, values


class NotFound(Refused):
    """There is no such thing."""


class NotAllowed(Refused):
    """This person may not do that."""


def need_reason(reason: str) -> None:
    """Refuses a decision that does not say why."""
    if not reason.strip():
        raise Refused("Say why, in a few words: the next coordinator will need it.")
