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
        # situation.js
        "map_lost": gettext("The map did not load. Everything stands in the rows too."),
        # signals.js
        "severe_one": gettext("1 severe report not seen"),
        "severe_many": gettext("%(count)s severe reports not seen", count="#"),
        "note_refused": gettext(
            "This browser refuses notifications. Allow them for this site in its settings."
        ),
        "press_once": gettext("Press anywhere once, so that this browser lets the page ring."),
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
        # basemap.js, map.js and its parts
        "map_in": gettext("Come closer"),
        "map_out": gettext("Go farther away"),
        "map_many": gettext("Incidents here: %(count)s. The worst: %(name)s.", count="#", name="@"),
        "map_show": gettext("Show on the map"),
        "map_open": gettext("Open"),
        "map_list": gettext("Back to the list"),
        "map_all": gettext("All of these weeks. Incidents: %(count)s.", count="#"),
        "map_on": gettext("%(day)s. Incidents: %(count)s.", day="@", count="#"),
        "map_week": gettext("Reports in week %(week)s: %(count)s.", week="@", count="#"),
        "map_weeks": gettext("Reports in all of these weeks: %(count)s.", count="#"),
        "map_play": gettext("Play the days"),
        "map_pause": gettext("Stop"),
        # triage.js
        "done_next": gettext(
            "Incident %(number)s: %(said)s Now incident %(next)s.", number="#", said="@", next="~"
        ),
        "done_last": gettext(
            "Incident %(number)s: %(said)s That was the last one here.", number="#", said="@"
        ),
        "sending": gettext("Sending…"),
        "done": gettext("Done."),
        "look_again": gettext("Look again"),
        "unsent": gettext(
            "No contact: this was not sent. It is kept here. Send it again as soon as you can."
        ),
        "send_again": gettext("Send it again"),
        "no_undo": gettext("There is nothing to undo."),
        "no_card": gettext("No contact: this incident cannot be shown. Try again."),
        "first_card": gettext("This is the first one."),
        "last_card": gettext("This is the last one."),
        "tick_first": gettext("Tick the incidents first."),
        "not_here": gettext("That cannot be done with this incident."),
        "keys_on": gettext("Keys are on."),
        "keys_off": gettext("Keys are off."),
        # placing.js
        "place_wait": gettext("The map is coming."),
        "place_put": gettext(
            "In the fields now: latitude %(lat)s, longitude %(lon)s. "
            "It counts once you set the place.",
            lat="#",
            lon="@",
        ),
        "place_lost": gettext(
            "The map did not load. Search the place, or type its latitude and longitude."
        ),
        # incident.js
        "h_min": gettext("%(hours)s h %(minutes)s min", hours="#", minutes="@"),
        "new_reports": gettext("New reports: %(count)s. Show them", count="#"),
        "new_answers": gettext("New answers came. Show them"),
        "open_as_page": gettext("Open it as a page"),
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
