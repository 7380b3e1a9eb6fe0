"""What the gateway says no to, in words a person can act on."""


class Refused(Exception):
    """The request cannot be done as asked; the message says why and what to do."""


class NotFound(Refused):
    """There is no such thing."""


class NotAllowed(Refused):
    """This person may not do that."""
