"""Answers to questions are understood as people type them, and nothing else is taken for one."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.inbox.answers import MAX_ANSWER, Answer
from gateway.inbox.keywords import load

LANGUAGES = ["en", "sw", "fr", "ar", "so", "am", "rw", "ha", "ln"]
EVERY = load(LANGUAGES)

# What is sent, and what it says: y, n or u, the number, and the rest; "-" where it is no answer.
ROWS = {
    "en": """
YES 4 = y 4
4 yes = y 4
yes4 = y 4
Yes, 4 = y 4
YES no 4 = y 4
no. 4 = n 4
#4 NO = n 4
yez 4 = y 4
YES = y
No. = n
no = n
Yes please = y
Reply YES 4 = y 4
yes #4 thanks = y 4
yes number 4 = y 4
yes 4 I saw them near the river = y 4 I saw them near the river
yes I saw 4 = y 4
yes I saw 4 men = y - 4 men
yes they came from the hills = y - they came from the hills
yes yes 4 = y 4
not sure 4 = u 4
UNSUR 4 = u 4
I don't know = u
no i dont know 4 = u 4
no i have not seen = n
No, I haven't seen anything here = n
nothing = n
I did not see anything 4 = n 4
no 4 only herders = n 4 only herders
no water here = -
no they killed two people = -
yes all is calm = -
yes but not here 4 = -
yes 4 no 5 = -
yes no = -
unsure who killed them = -
armed men near the river = -
nothing to eat here = -
I saw smoke over Moa = -
I need help = -
4 = -
4 5 yes = -
good morning = -
""",
    "sw": """
NDIYO 4 = y 4
ndio4 = y 4
ndyo 4 = y 4
ndiyp 4 = y 4
Ndiyo nimeona = y
ndio nimeona 4 = y 4
ndiyo 4 wako karibu na mto = y 4 wako karibu na mto
4 ndiyo = y 4
HAPANA 4 = n 4
hapama 4 = n 4
la 4 = n 4
sijaona = n
hapana sijaona kitu = n
hatujaona chochote 4 = n 4
SIJUI 4 = u 4
sina uhakika = u
jibu ndiyo 4 = y 4
hapana hakuna maji = -
ndiyo hali ni shwari = -
ndiyo lakini sijui = -
watu wenye silaha Moa = -
nimeona moto kwa jirani = -
habari = -
""",
    "fr": """
OUI 4 = y 4
oui4 = y 4
Oui j'ai vu = y
oui, on a vu 4 = y 4
oui 4 ils sont au pont = y 4 ils sont au pont
4 oui = y 4
oui n° 4 = y 4
NON 4 = n 4
non merci = n
je n'ai rien vu = n
Non, je n'ai rien vu ici = n
rien 4 = n 4
PAS SUR 4 = u 4
pas sûr = u
je ne sais pas 4 = u 4
non pas ici les rebelles = -
oui tout est calme = -
oui mais rien ici = -
la route est coupée = -
la 4 est coupée = -
hommes armés à Obo = -
bonjour = -
""",
    "ar": """
نعم 4 = y 4
نعم ٤ = y 4
٤ نعم = y 4
نعم رأيتهم = y
ايوه شفتهم ٤ = y 4
نعم 4 عند النهر = y 4 عند النهر
aiwa 4 = y 4
لا 4 = n 4
لا لم أر شيئا = n
ما شفت حاجة = n
لا شيء ٤ = n 4
لا أعرف 4 = u 4
ما عارف = u
لست متأكد 4 = u 4
لا ماء هنا ولا طعام = -
نعم الوضع هادئ = -
مسلحين في القرية = -
هجوم 4 = -
مرحبا = -
""",
    "so": """
HAA 4 = y 4
haa4 = y 4
haa waan arkay = y
Haa, waan aragnay 4 = y 4
4 haa = y 4
haa 4 webiga ayay joogaan = y 4 webiga ayay joogaan
MAYA 4 = n 4
maya ma arag = n
maya ma arkin 4 = n 4
waxba ma jiraan = n
MA HUBO 4 = u 4
ma garanayo = u
maya biyo halkan = -
haa waa nabad = -
niman hubaysan ayaa socda = -
ma dhacday weerar = -
salaan = -
""",
    "am": """
አዎ 4 = y 4
አዎ ፬ = y 4
አዎ ፲፯ = y 17
፬ አዎ = y 4
አዎ አይቻለሁ = y
awo 4 = y 4
አዎ 4 ወንዙ አጠገብ ናቸው = y 4 ወንዙ አጠገብ ናቸው
አይ 4 = n 4
አይ አላየሁም = n
ምንም አላየሁም 4 = n 4
አላውቅም 4 = u 4
እርግጠኛ አይደለሁም = u
አይ ውሃ እዚህ የለም = -
አዎ ሁሉም ሰላም ነው = -
የታጠቁ ሰዎች መጡ = -
እውነት ነው ወይ = -
ሰላም = -
""",
    "rw": """
YEGO 4 = y 4
yego4 = y 4
Yego nabonye = y
yego twababonye 4 = y 4
4 yego = y 4
yego 4 bari ku mugezi = y 4 bari ku mugezi
OYA 4 = n 4
oya ntacyo nabonye = n
sinabonye 4 = n 4
oya rwose = n
SIMBIZI 4 = u 4
sinzi neza = u
simbzi 4 = u 4
oya amazi hano = -
yego ni amahoro = -
abantu bitwaje intwaro bateye = -
ni byo koko bateye = -
muraho = -
""",
    "ha": """
EH 4 = y 4
eh4 = y 4
Eh na gan su = y
eh mun gani 4 = y 4
4 eh = y 4
eh 4 suna bakin kogi = y 4 suna bakin kogi
A'A 4 = n 4
a'a ban gani ba = n
ban ga kowa ba 4 = n 4
babu komai = n
BAN SANI BA 4 = u 4
ban tabbata ba = u
a'a ruwa a nan = -
eh komai lafiya = -
babu ruwa a gari = -
mahara sun shigo gari = -
sannu = -
""",
    "ln": """
EE 4 = y 4
ee4 = y 4
Ee namoni = y
iyo tomoni 4 = y 4
4 ee = y 4
ee 4 bazali pene ya mai = y 4 bazali pene ya mai
TE 4 = n 4
te namoni eloko te = n
namoni te 4 = n 4
ee te = n
NAYEBI TE 4 = u 4
toyebi te = u
te mai awa = -
ee kimia ezali = -
ee 4 bazali te = -
namoni bato na minduki = -
bato na minduki bayei = -
mbote = -
""",
}
NAMES = {"y": "yes", "n": "no", "u": "unsure"}


def rows() -> list[tuple[str, str, Answer | None]]:
    return [
        (language, text, said(told))
        for language, block in ROWS.items()
        for text, told in (line.split(" = ") for line in block.strip().split("\n"))
    ]


def said(told: str) -> Answer | None:
    name, number, rest = [*told.split(" ", 2), "", ""][:3]
    if name == "-":
        return None
    return Answer(NAMES[name], int(number) if number.isdecimal() else None, rest)


@pytest.mark.parametrize(("language", "text", "answer"), rows())
def test_an_answer_is_understood_and_nothing_else_is(
    language: str, text: str, answer: Answer | None
) -> None:
    assert load([language]).parse_answer(text) == answer
    assert EVERY.parse_answer(text) == answer, "with every language on"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_tried_both_ways(language: str) -> None:
    own = [answer for code, _, answer in rows() if code == language]
    assert len(own) >= 12
    assert own.count(None) >= 4
    assert {answer.name for answer in own if answer} == set(NAMES.values())


def test_a_long_text_is_no_answer() -> None:
    assert EVERY.parse_answer("yes 4 " + "they came " * 10) is not None
    assert EVERY.parse_answer("yes 4 " + "they came " * 20) is None


def test_a_number_that_no_question_can_have_is_not_read() -> None:
    assert EVERY.parse_answer("no 0711000000000000") is None


@given(st.text(max_size=MAX_ANSWER + 10))
@example("\ud800 yes")
@example("yes ²")
@example("፼፼፼ አዎ")
@example("yes\u0301 4")
@example("\u200f")
@settings(max_examples=300)
def test_any_text_is_read_without_an_error(text: str) -> None:
    answer = EVERY.parse_answer(text)
    assert answer is None or answer.name in NAMES.values()


words = [word for block in ROWS.values() for word in block.replace(" = ", " ").split()]


@given(st.lists(st.sampled_from(words), max_size=8).map(" ".join))
@settings(max_examples=300)
def test_any_mixture_of_their_words_is_read_without_an_error(text: str) -> None:
    answer = EVERY.parse_answer(text)
    assert answer is None or answer.name in NAMES.values()
