"""Words that come from data and are said on pages: listed here for the catalogues.

`speech.spoken` and the filters of `formats` translate them where they are shown.
"""

from gateway.web.speech import N_

STATES = (
    N_("open"), N_("verified"), N_("refuted"), N_("unverifiable"), N_("merged"), N_("closed"),
    N_("received"), N_("processed"), N_("failed"), N_("proposed"), N_("asked"), N_("withdrawn"),
    N_("answered"), N_("expired"), N_("draft"), N_("submitted"), N_("discarded"), N_("approved"),
    N_("live"), N_("cancelled"), N_("queued"), N_("claimed"), N_("unknown"), N_("delivered"),
    N_("pending"), N_("subscribed"), N_("stopped"), N_("blocked"),
)  # fmt: skip
ROLES = (N_("viewer"), N_("analyst"), N_("coordinator"), N_("admin"))
MACHINES = (N_("incident"), N_("alert"), N_("message"), N_("delivery"), N_("subscriber"))
SEVERITIES = (N_("Extreme"), N_("Severe"), N_("Moderate"), N_("Minor"), N_("Unknown"))
LANGUAGES = (
    N_("English"), N_("Swahili"), N_("French"), N_("Arabic"), N_("Somali"), N_("Amharic"),
    N_("Kinyarwanda"), N_("Hausa"), N_("Lingala"),
)  # fmt: skip
HAZARDS = (  # the labels of config/hazards.toml
    N_("Armed group approaching"),
    N_("Attack"),
    N_("Abduction"),
    N_("Gender-based violence"),
    N_("Roadblock"),
    N_("People fleeing"),
    N_("Hate speech"),
    N_("Rumour to check"),
    N_("All quiet"),
    N_("Other report"),
    N_("Unusual silence"),
)
AREAS = (N_("elsewhere"), N_("no home place"), N_("home not known"))
REPLIES = (N_("ask for help"), N_("safe"), N_("moved"), N_("sent"))
HATE = (
    N_("a message that threatens people"),
    N_("a slur for a group"),
    N_("a dehumanising word for a group"),
    N_("a call against people named as less than human"),
    N_("a call for violence against all of a group"),
    N_("violence called for against a group"),
    N_("a call to drive a group out"),
)
