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
KINDS_OF_MESSAGES = (
    N_("report"), N_("command"), N_("answer"), N_("chat"), N_("notice"), N_("order"),
)  # fmt: skip
KINDS_OF_DELIVERIES = (
    N_("inquiry"), N_("reply"), N_("thanks"), N_("confirmation"), N_("page"),
)  # fmt: skip
ANSWERS = (N_("yes"), N_("no"), N_("unsure"), N_("quiet"), N_("told"))
CONSENTS = (N_("joined"), N_("started"))
KINDS_OF_PLACES = (
    N_("village"), N_("town"), N_("locality"), N_("neighbourhood"), N_("ward"), N_("county"),
    N_("region"), N_("country"), N_("district"), N_("province"), N_("macroregion"),
    N_("localadmin"), N_("borough"), N_("market"), N_("school"), N_("campus"), N_("church"),
    N_("mission"), N_("mosque"), N_("bridge"), N_("health site"), N_("police"), N_("barracks"),
    N_("well"), N_("dam"), N_("border post"),
)  # fmt: skip
TIES = (N_("kin"), N_("market"), N_("school"), N_("road"), N_("faith"), N_("other"))
