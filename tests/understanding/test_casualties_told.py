"""How many people a text says were harmed or fled, in the ways each language says it."""

import pytest

from gateway.understanding.casualties import casualties
from gateway.understanding.folding import tokens
from gateway.understanding.lexicon import load
from gateway.understanding.scoring import weigh

TOLD = {
    "en": [
        ("40 families fled to the church in Garsen", {"displaced": (160, 280)}),
        ("between 20 and 30 people were killed in the attack", {"killed": (20, 30)}),
        ("20-30 killed, 5 injured", {"killed": (20, 30), "injured": (5, 5)}),
        ("more than 200 people displaced from Moa", {"displaced": (200, None)}),
        ("about 20 people were injured", {"injured": (18, 22)}),
        ("at least 3 killed and up to 10 abducted", {"killed": (3, None), "abducted": (None, 10)}),
        ("20 gunmen killed 3 people", {"killed": (3, 3)}),
        ("20 gunmen came, people fled", {"displaced": (None, None)}),
        ("the gunmen fled to the bush", {}),
        ("we fled at 3 in the night", {"displaced": (None, None)}),
        ("50 households arrived at the school", {"displaced": (200, 350)}),
        ("50 lorries arrived at the school", {}),
        ("5 or 6 men killed", {"killed": (5, 6)}),
        ("20 or more killed", {"killed": (20, None)}),
        ("houses burned and people killed", {"killed": (None, None)}),
        ("twenty to thirty people wounded", {"injured": (20, 30)}),
        ("3 families were killed", {"killed": (3, 21)}),
        ("they burned 12 houses and 60 people fled", {"displaced": (60, 60)}),
        ("nobody was killed but 1,200 people fled", {"displaced": (1200, 1200)}),
    ],
    "sw": [
        ("watu 200 wamekimbia", {"displaced": (200, 200)}),
        ("familia 40 zimekimbia kutoka Moa", {"displaced": (160, 280)}),
        ("familia 30 zimefika shule ya Witu", {"displaced": (120, 210)}),
        ("watu kati ya 20 na 30 wameuawa", {"killed": (20, 30)}),
        ("kati ya watu 20 na 30 wameuawa", {"killed": (20, 30)}),
        ("watu zaidi ya 50 wamejeruhiwa", {"injured": (50, None)}),
        ("zaidi ya familia 100 zimehama", {"displaced": (400, None)}),
        ("watu karibu 20 wametekwa", {"abducted": (18, 22)}),
        ("watu 10 hadi 15 wameuawa", {"killed": (10, 15)}),
        ("watu watatu au wanne wameuawa", {"killed": (3, 4)}),
        ("watu 3 wameuawa, familia 20 zimekimbia", {"killed": (3, 3), "displaced": (80, 140)}),
    ],
    "fr": [
        ("300 déplacés sont arrivés à Bunia", {"displaced": (300, 300)}),
        ("entre 20 et 30 morts", {"killed": (20, 30)}),
        ("plus de 200 familles déplacées à Bunia", {"displaced": (800, None)}),
        ("une vingtaine de blessés", {"injured": (18, 22)}),
        ("de 10 à 15 personnes tuées", {"killed": (10, 15)}),
        ("au moins 5 personnes enlevées", {"abducted": (5, None)}),
        ("environ 50 ménages ont fui", {"displaced": (180, 385)}),
        ("moins de 10 morts", {"killed": (None, 10)}),
        ("vingt à trente personnes ont été enlevées", {"abducted": (20, 30)}),
        ("50 familles ont quitté le village", {"displaced": (200, 350)}),
    ],
    "so": [
        ("40 qoys ayaa ka qaxay Baladweyne", {"displaced": (160, 280)}),
        ("in ka badan 20 qof ayaa dhintay", {"killed": (20, None)}),
        ("20 ilaa 30 qof ayaa dhaawacmay", {"injured": (20, 30)}),
        ("inta u dhaxaysa 20 iyo 30 qof ayaa la dilay", {"killed": (20, 30)}),
        ("ugu yaraan 5 qof ayaa la afduubay", {"abducted": (5, None)}),
        ("ku dhawaad 100 qof ayaa barakacay", {"displaced": (90, 110)}),
        ("200 oo qof ayaa qaxay", {"displaced": (200, 200)}),
        ("50 qoys ayaa soo gaadhay xerada", {"displaced": (200, 350)}),
    ],
    "ar": [
        ("مقتل 20 الى 30 شخص", {"killed": (20, 30)}),
        ("بين 20 و30 قتيل", {"killed": (20, 30)}),
        ("بين عشرين وثلاثين قتيل", {"killed": (20, 30)}),
        ("نزحت 40 اسرة من القرية", {"displaced": (160, 280)}),
        ("اكثر من 200 نازح", {"displaced": (200, None)}),
        ("اصيب حوالي 20 شخص", {"injured": (18, 22)}),
        ("على الاقل 5 قتلى و10 جرحى", {"killed": (5, None), "injured": (10, 10)}),
        ("وصلت 50 عائلة الى المدرسة", {"displaced": (200, 350)}),
        ("٢٠ قتيل", {"killed": (20, 20)}),
    ],
    "am": [
        ("40 ቤተሰቦች ሸሹ", {"displaced": (160, 280)}),
        ("200 ሰዎች ተፈናቀሉ", {"displaced": (200, 200)}),
        ("ከ20 እስከ 30 ሰዎች ተገደሉ", {"killed": (20, 30)}),
        ("ከ20 በላይ ሰዎች ተገደሉ", {"killed": (20, None)}),
    ],
    "rw": [
        ("imiryango 40 yahunze", {"displaced": (160, 280)}),
        ("abantu 200 bahunze", {"displaced": (200, 200)}),
        ("hagati ya 20 na 30 bishwe", {"killed": (20, 30)}),
    ],
    "ha": [
        ("iyalai 40 sun gudu", {"displaced": (160, 280)}),
        ("mutane 200 sun bar gidajensu", {"displaced": (200, 200)}),
        ("mutane 20 zuwa 30 aka kashe", {"killed": (20, 30)}),
    ],
    "ln": [
        ("mabota 40 bakimi mboka", {"displaced": (160, 280)}),
        ("bato 200 bakimi", {"displaced": (200, 200)}),
        ("bato 20 kino 30 bakufi", {"killed": (20, 30)}),
    ],
}
ROWS = [(language, *row) for language, rows in TOLD.items() for row in rows]


@pytest.mark.parametrize(("language", "text", "harmed"), ROWS)
@pytest.mark.parametrize("others", [(), tuple(TOLD)], ids=["alone", "among all"])
def test_who_was_harmed_is_a_range(language, text, harmed, others):
    lexicon = load((language, *(other for other in others if other != language)))
    words = tokens(text)
    denied = weigh(words, lexicon, frozenset()).denied
    found = casualties([token.word for token in words], lexicon, denied)
    assert {one.state: (one.low, one.high) for one in found} == harmed


@pytest.mark.parametrize(
    ("text", "count"),
    [("20 to 30 killed", 30), ("more than 20 killed", 20), ("40 families fled", 200)],
)
def test_the_number_told_is_kept_beside_its_range(read, text, count):
    (harm,) = read(text).casualties
    assert harm.count == count


def test_gunmen_are_counted_after_people_who_fled(read):
    assert read("people fled, 20 gunmen came to Moa").count == 20
