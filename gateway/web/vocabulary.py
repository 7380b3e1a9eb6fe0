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
LEVELS = (N_("extreme"), N_("high"), N_("medium"), N_("low"))  # the worst that a witness tells
SORTS = (N_("urgent"), N_("newest"), N_("oldest"))
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
DELIVERIES = (  # kinds of what we send
    N_("alert"),
    N_("inquiry"),
    N_("reply"),
    N_("thanks"),
    N_("confirmation"),
    N_("page"),
    N_("chat"),
)
HARM = (N_("killed"), N_("injured"), N_("abducted"), N_("missing"), N_("displaced"))
FACTORS = (  # titles and lines of config/risk_factors.toml
    N_("Situations of armed conflict or other forms of instability"),
    N_("Fighting, unrest or an emergency: the ground on which atrocity crimes are committed."),
    N_("Record of serious violations of international human rights and humanitarian law"),
    N_("It happened here before, and those who did it were never held to account."),
    N_("Weakness of State structures"),
    N_(
        "Police, courts or officials are absent, unable, bought or on the side of those who attack."
    ),
    N_("Motives or incentives"),
    N_("What somebody would gain: land, water, cattle, mines, power, or revenge."),
    N_("Capacity to commit atrocity crimes"),
    N_("Arms, fighters, vehicles or money that make a large attack possible."),
    N_("Absence of mitigating factors"),
    N_("What could hold violence back is gone: watchers, helpers, elders, the network itself."),
    N_("Enabling circumstances or preparatory action"),
    N_("Somebody gets ready: arms are hidden, names listed, young men drilled, houses marked."),
    N_("Triggering factors"),
    N_("An event that can set off violence: a vote, a coup, a killed leader, a verdict."),
    N_("Intergroup tensions or patterns of discrimination against protected groups"),
    N_(
        "A national, ethnic, racial or religious group is shut out, threatened "
        "or set against another."
    ),
    N_("Signs of an intent to destroy in whole or in part a protected group"),
    N_("Talk or acts that aim at the end of a whole group, not only at its members (genocide)."),
    N_("Signs of a widespread or systematic attack against any civilian population"),
    N_("Not one attack but many, alike, over an area, and on civilians (crimes against humanity)."),
    N_("Signs of a plan or policy to attack any civilian population"),
    N_("Orders, meetings, pay or propaganda show that somebody organises it."),
    N_("Serious threats to those protected under international humanitarian law"),
    N_(
        "In war: the wounded, prisoners, camps, hospitals, schools or places "
        "of worship are attacked or used."
    ),
    N_("Serious threats to humanitarian or peacekeeping operations"),
    N_(
        "In war: aid workers, convoys, relief goods or peacekeepers are "
        "attacked, stopped or threatened."
    ),
)
CAMPAIGNS = (  # of alerts/reminders.py and lists/campaigns.py: kinds, rules, outcomes, refusals
    N_("The law on hate speech"), N_("How to report"), N_("Calm on election day"),
    N_("Focal points: is all quiet?"), N_("Words of tolerance"), N_("Checked: it was false"),
    N_("Once, as soon as it is approved"), N_("Once, on a day"), N_("Every day"),
    N_("On days of the week"), N_("On a day of the month"), N_("Before and on an election day"),
    N_("sent"), N_("waits for the end of the quiet hours"), N_("missed: it was too late"),
    N_("held: a warning holds there"), N_("Choose the day."), N_("Choose the election day."),
    N_("Choose the first day."), N_("Choose the last day: no campaign goes on for ever."),
)  # fmt: skip
WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"),
    N_("Sunday"),
)  # fmt: skip
EXERCISES = (  # stages of an after-action report, how one ended, keys of hazards as words
    N_("first report"), N_("seen"), N_("judged"), N_("drafted"), N_("looked at"),
    N_("first SMS handed over"), N_("delivered to half"), N_("delivered to nine in ten"),
    N_("played to its end"), N_("broken off"), N_("armed group"), N_("attack"), N_("abduction"),
    N_("gender based violence"), N_("roadblock"), N_("displacement"), N_("hate speech"),
    N_("rumour"), N_("all quiet"), N_("other"), N_("silence"),
)  # fmt: skip
POLICIES = (N_("off"), N_("neutral"), N_("full"), N_("auto"), N_("press"))
KINDS_OF_MESSAGES = (
    N_("report"), N_("command"), N_("answer"), N_("chat"), N_("notice"), N_("order"),
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
HARM = (N_("killed"), N_("injured"), N_("abducted"), N_("missing"), N_("displaced"))
ANSWERS = (N_("YES"), N_("NO"), N_("UNSURE"), N_("QUIET"), N_("TOLD"))
# How a report speaks of its place, and by what the place was found.
ROLES_OF_PLACES = (
    N_("at"), N_("from"), N_("near"), N_("passing"), N_("toward"), N_("name"), N_("sender"),
    N_("coordinates"), N_("spelling"), N_("landmark"), N_("coordinator"),
)  # fmt: skip
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
