"""Phone numbers as E.164 strings."""

import phonenumbers


def normalise(raw: str, country: str) -> str | None:
    """The number as E.164 ("+254700000123"), or None for short codes, names and nonsense.

    `country` (ISO 3166 alpha-2) reads numbers that come without a prefix.
    """
    text = raw.strip()
    if not text or len(text) > 32:
        return None
    for candidate in (text, f"+{text}"):  # some companies leave the plus out
        try:
            parsed = phonenumbers.parse(candidate, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(parsed) and any(letter.isdigit() for letter in text):
            if any(letter.isalpha() for letter in text):
                return None  # "CALL-ME-NOW" parses as a number; a sender's name is not one
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None
