"""What scripts say, in the language of the page: a small file that a browser keeps."""

import json
from functools import cache
from hashlib import sha256

from flask_babel import force_locale, gettext


def _words() -> dict[str, str]:
    """In `#` and `@` a script puts what it counts or names."""
    return {
        # refresh.js
        "now": gettext("just now"),
        "min": gettext("%(count)s min", count="#"),
        "h": gettext("%(count)s h", count="#"),
        "day": gettext("%(count)s day", count="#"),
        "days": gettext("%(count)s days", count="#"),
        "ago": gettext("%(span)s ago", span="#"),
        "in": gettext("in %(span)s", span="#"),
        "look": gettext("look"),
        "judge": gettext("judge"),
        "overdue": gettext("%(act)s now, overdue %(span)s", act="@", span="#"),
        "due": gettext("%(act)s now, overdue", act="@"),
        "leaves": gettext("in %(count)s s", count="#"),
        "leaving": gettext("now"),
        "lost": gettext("No contact since %(time)s. What you see may be old.", time="#"),
        "signed_out": gettext("You are signed out, so this page is no longer fresh."),
        "sign_in": gettext("Sign in"),
        # composer.js
        "counting": gettext("Counting…"),
        "not_counted": gettext(
            "No contact: these figures are for what stood here before. "
            "Keeping the draft counts again."
        ),
        # segments.js
        "sms": gettext("%(count)s SMS", count="#"),
        "sms_at_most": gettext("%(count)s SMS at most", count="#"),
        "left": gettext("%(count)s letters left", count="#"),
        "longer": gettext("These letters make it longer: %(letters)s", letters="#"),
    }


@cache
def script(language: str) -> str:
    """The file of a language: one global named `words`."""
    with force_locale(language):
        words = json.dumps(_words(), ensure_ascii=False, separators=(",", ":"))
    return f"window.words = {words};\n"


@cache
def mark(language: str) -> str:
    """Differs when the file does, so that browsers may keep it for ever."""
    return sha256(script(language).encode()).hexdigest()[:12]
