"""The errors of accounts in words for coordinators."""

import re

_WORDS = {
    "no-connection": "it cannot be reached",
    "timeout": "it does not answer in time",
    "connection-lost": "the line breaks while it answers",
    "unreadable-answer": "its answers cannot be read",
    "waits-for-its-phone": "its phone does not ask for messages",
    "unusable-request": "an address or a key of its settings is wrong",
    "no-answer": "it does not answer",
    "no-receipts": "it says no more what became of our messages",
    "ProviderDown": "it is out of order",
    "HandoverUnknown": "it does not say whether it took a message",
    "Throttled": "it asks us to slow down",
    "Misconfigured": "its settings or the account itself must be repaired",
    "Rejected": "it refuses our messages",
    "BadRecipient": "it refuses the numbers",
}
_STATUS = re.compile(r"http-(\d{3})")
_STATUS_WORDS = {"401": "it does not accept our key", "403": "it does not accept our key"}


def error_words(error: str | None) -> str:
    """Why an account fails; a company's own code stands as it is, for its page in the docs."""
    if not error:
        return "the reason was not kept"
    kind, _, code = error.partition(" ")
    parts = [kind, code] if code else [kind]
    found = [_of(part) for part in parts]
    return "; ".join(dict.fromkeys(one for one in found if one))


def _of(word: str) -> str:
    if word in _WORDS:
        return _WORDS[word]
    if status := _STATUS.fullmatch(word):
        number = status[1]
        if number in _STATUS_WORDS:
            return _STATUS_WORDS[number]
        return f"it answers with error {number}" if number >= "400" else f"it answers {number}"
    return f"its code {word}"
