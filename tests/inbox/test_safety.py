"""Replies of warned people, as they type them in nine languages; news is never read as one."""

import tomllib

import pytest

from gateway.alerts import wording
from gateway.inbox.keywords import load
from gateway.inbox.safety import SafetyWords, Said
from gateway.inbox.vocabulary import Vocabulary
from gateway.plumbing.resources import config_file

LANGUAGES = ["en", "sw", "fr", "ar", "so", "am", "rw", "ha", "ln"]
KEYWORDS = load(LANGUAGES)

REPLIES = {
    "safe": "SAFE|safe.|I am safe|we're safe|We are all safe thank God|everyone is safe|am fine"
    "|salama|tuko salama|Niko salama hapa nyumbani|sote tuko salama asante|je vais bien"
    "|Nous sommes en sécurité|sains et saufs|انا بخير|نحن بخير الحمد لله|anina kwes"
    "|waan nabad qabnaa|ደህና ነን|ሁላችንም ደህና ነን|turi amahoro|tumeze neza|muna lafiya lau"
    "|lafiya|tozali malamu|SAFE SAFE",
    "help": "HELP|help!!|hepl|Help us|HELP ME PLEASE|please help us|save us|we need help now"
    "|we are trapped|we are not safe|SOS|msaada|MSAADA MSAADA|tusaidie haraka|tuokoeni"
    "|tuko hatarini|au secours|aidez-nous svp|À l'aide|nous sommes en danger|ساعدونا|النجدة"
    "|نحن في خطر"
    "|na badbaadi|caawin|khatar baan ku jirnaa|እርዱን|እርዳታ|mudutabare|turi mu kaga|ku taimake mu"
    "|taimako"
    "|salisa biso|tozali na likama",
    "moved": "MOVED|we moved|I have moved|we left home|nimehama|tumehama na watoto"
    "|je me suis déplacé|nous sommes partis|انتقلنا|waan guurnay|ተዛውረናል|twimutse|mun koma"
    "|tolongwe",
}
PLACED = [
    ("MOVED to Kipini", "moved", "Kipini"),
    ("We moved to Kipini yesterday", "moved", "Kipini"),
    ("moved with my family from Moa to Kipini", "moved", "Kipini"),
    ("tumehamia Kipini", "moved", "Kipini"),
    ("nous sommes partis à Kipini", "moved", "Kipini"),
    ("waan guurnay ilaa Kipini", "moved", "Kipini"),
    ("ተዛውረናል ወደ Kipini", "moved", "Kipini"),
    ("mun koma zuwa Kipini", "moved", "Kipini"),
    ("SAFE in Kaga Bandoro", "safe", "Kaga Bandoro"),
    ("tuko salama hapa Kipini", "safe", "Kipini"),
    ("help at Kipini", "help", "Kipini"),
    ("HELP Kipini", "help", "Kipini"),
    ("we moved to my sister", "moved", "my sister"),
    ("moved from Moa", "moved", ""),
]
CRIES = [
    "help us they are burning houses in Moa",
    "we need help because many people are wounded",
    "safe but we need help",
    "tusaidie watu wenye bunduki wako hapa karibu na mto",
    "au secours ils sont en train de tuer tout le monde ici",
]
NO_REPLIES = """
armed men moved to Moa|armed men at Moa|is it safe|safe?|Are we safe?|safe road to Moa is closed
we are safe but our neighbours were attacked|moved because armed men came|the army moved to Kipini
help is coming|help has arrived|Help from the Red Cross came|STOP|JOIN Moa|PLACE Kipini|INFO|MENU
watu wenye silaha Moa|des hommes armés à Moa|msaada wa chakula umefika|YES 4|NO|quiet|kimya|shwari
"""


@pytest.mark.parametrize("name", REPLIES)
def test_short_replies_are_understood_as_they_are_typed(name: str) -> None:
    for text in REPLIES[name].split("|"):
        assert KEYWORDS.parse_safety(text) == Said(name, led=False), text


@pytest.mark.parametrize(("text", "name", "place"), PLACED)
def test_a_place_may_follow(text: str, name: str, place: str) -> None:
    said = KEYWORDS.parse_safety(text)
    assert said is not None
    assert (said.name, said.place, said.more) == (name, place, False)


@pytest.mark.parametrize("text", CRIES)
def test_a_cry_is_heard_before_news_and_behind_safe(text: str) -> None:
    assert KEYWORDS.parse_safety(text) == Said("help", more=True)


@pytest.mark.parametrize(
    "text", [t for line in NO_REPLIES.split("\n") if line for t in line.split("|")]
)
def test_news_commands_and_answers_are_no_reply(text: str) -> None:
    assert KEYWORDS.parse_safety(text) is None


@pytest.mark.parametrize("text", ["moved 40 cows", "moved by force", "safe JOIN", "safe fire"])
def test_words_that_nothing_leads_are_for_the_list_of_places_to_judge(text: str) -> None:
    said = KEYWORDS.parse_safety(text)
    assert said is not None
    assert (said.led, said.place == "") == (False, False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_answer_to_safe_teaches_is_a_cry(language: str) -> None:
    word = wording.render(language, "reply_safe").rstrip(".። ").split()[-1]
    if language == "am":
        word = "እርዱኝ"
        assert word in wording.render(language, "reply_safe")
    said = load([language]).parse_safety(word)
    assert said is not None
    assert said.name == "help"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_replies(language: str) -> None:
    tables = tomllib.loads(config_file("keywords.toml").read_text(encoding="utf-8"))
    lists = {name for name, words in tables[language]["replies"].items() if words}
    assert lists == {"safe", "help", "moved", "toward", "away", "idle", "no_cry"}


def test_a_phrase_that_means_two_things_is_refused() -> None:
    tables = tomllib.loads(config_file("keywords.toml").read_text(encoding="utf-8"))
    tables["en"]["replies"]["help"].append("we left home")
    with pytest.raises(ValueError, match="'we left home' means two"):
        SafetyWords(tables, ["en"], Vocabulary(tables, ["en"]))
