"""Reasons that coordinators give most often, one press each; their own words are never worse."""

from collections.abc import Mapping, Sequence

from gateway.web.speech import N_

READY: Mapping[str, Sequence[str]] = {
    "verify": (
        N_("A trusted neighbour confirms it"),
        N_("Two independent reporters tell the same"),
        N_("The local authority confirms it"),
        N_("I spoke to a witness on the phone"),
        N_("A partner organisation confirms it"),
    ),
    "refute": (
        N_("A trusted neighbour says that it is not so"),
        N_("The local authority says that it is not so"),
        N_("An old event is told again"),
        N_("It is a rumour that was checked before"),
        N_("It is a test or a joke"),
    ),
    "unverifiable": (
        N_("Nobody near it answers"),
        N_("Too little is told to look for it"),
        N_("The place cannot be found"),
        N_("There is no network there since then"),
        N_("What is told contradicts itself"),
    ),
    "reopen": (
        N_("Somebody tells something new"),
        N_("It was judged by mistake"),
    ),
    "close": (
        N_("The danger has passed"),
        N_("They moved on, and another incident follows them"),
        N_("A neighbour says that all is calm"),
    ),
    "merge": (N_("They tell of the same event"),),
    "place": (
        N_("The reporter said so on the phone"),
        N_("Somebody who knows the area said so"),
        N_("The text names it"),
    ),
    "block": (
        N_("Sends false reports on purpose"),
        N_("Sends insults or advertising"),
        N_("The phone is in the wrong hands"),
    ),
}
