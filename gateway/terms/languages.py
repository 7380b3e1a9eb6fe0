"""What the languages of texts are called in English."""

LANGUAGES = {
    "am": "Amharic", "ar": "Arabic", "en": "English", "es": "Spanish", "fr": "French",
    "ha": "Hausa", "ht": "Haitian Creole", "ln": "Lingala", "pt": "Portuguese",
    "rw": "Kinyarwanda", "sg": "Sango", "so": "Somali", "sw": "Swahili",
}  # fmt: skip


def language_name(code: str) -> str:
    """The English name, or the code in capitals where we know none."""
    return LANGUAGES.get(code, code.upper())
