"""The errors of accounts in words for coordinators."""

import re

from flask_babel import gettext

from gateway.web.speech import N_

_WORDS = {
    "no-connection": N_("it cannot be reached"),
    "timeout": N_("it does not answer in time"),
    "connection-lost": N_("the line breaks while it answers"),
    "unreadable-answer": N_("its answers cannot be read"),
    "waits-for-its-phone": N_("its phone does not ask for messages"),
    "unusable-request": N_("an address or a key of its settings is wrong"),
    "no-answer": N_("it does not answer"),
    "no-receipts": N_("it says no more what became of our messages"),
    "ProviderDown": N_("it is out of order"),
    "HandoverUnknown": N_("it does not say whether it took a message"),
    "Throttled": N_("it asks us to slow down"),
    "Misconfigured": N_("its settings or the account itself must be repaired"),
    "Rejected": N_("it refuses our messages"),
    "BadRecipient": N_("it refuses the numbers"),
}
STATES = {
    "well": N_("works"),
    "failing": N_("fails"),
    "probing": N_("is being tried again"),
    "silent": N_("is silent"),
}
_STATUS = re.compile(r"http-(\d{3})")
_NO_KEY = N_("it does not accept our key")
_STATUS_WORDS = {"401": _NO_KEY, "403": _NO_KEY}


def error_words(error: str | None) -> str:
    """Why an account fails; a company's own code stands as it is, for its page in the docs."""
    if not error:
        return str(gettext("the reason was not kept"))
    kind, _, code = error.partition(" ")
    parts = [kind, code] if code else [kind]
    found = [_of(part) for part in parts]
    return "; ".join(dict.fromkeys(one for one in found if one))


def _of(word: str) -> str:
    if word in _WORDS:
        return str(gettext(_WORDS[word]))
    if status := _STATUS.fullmatch(word):
        number = status[1]
        if number in _STATUS_WORDS:
            return str(gettext(_STATUS_WORDS[number]))
        if number >= "400":
            return str(gettext("it answers with error %(number)s", number=number))
        return str(gettext("it answers %(number)s", number=number))
    return str(gettext("its code %(code)s", code=word))
