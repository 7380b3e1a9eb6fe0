"""What is told, how bad it is and to whom it was done; and what only sounds hateful."""

import pytest

from gateway.understanding.hate import hateful


@pytest.mark.parametrize(
    ("text", "harmed"),
    [
        ("gunmen attacked, 3 killed and 12 injured", {"killed": 3, "injured": 12}),
        ("they killed 5 people and took 2 girls", {"killed": 5, "abducted": 2}),
        ("watu watatu wameuawa na wengine kumi wamejeruhiwa", {"killed": 3, "injured": 10}),
        ("trois morts et douze blessés", {"killed": 3, "injured": 12}),
        ("three children are missing since the raid", {"missing": 3}),
        ("many people were killed", {"killed": None}),
        ("no one was killed", {}),
        ("nobody has been injured in the attack", {}),
        ("20 houses burned, 15 km from here", {}),
        ("all is calm", {}),
    ],
)
def test_who_was_harmed_is_counted(read, text, harmed):
    assert {one.state: one.count for one in read(text).casualties} == harmed, read(text).why


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (
            "60 gunmen on motorbikes are shooting at us now, 4 killed",
            "strangers seen near the well",
        ),
        ("wanachoma nyumba sasa hivi wengi wenye bunduki", "watu wenye silaha walionekana"),
        ("plus de 100 hommes armés tirent maintenant", "un homme armé est passé"),
    ],
)
def test_what_is_worse_has_a_higher_level(read, worse, better):
    order = ["low", "medium", "high", "extreme"]
    levels = [order.index(read(text).severity.level) for text in (worse, better)]
    assert levels[0] > levels[1]


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("armed men are in our village", "observation"),
        ("is it true that armed men are in Moa", "question"),
        ("the story of the attack in Moa is not true", "denial"),
        ("hakuna shambulio hapa", "denial"),
        ("please send us tents", "request"),
        ("nous avons besoin de tentes", "request"),
    ],
)
def test_asking_and_denying_are_told_from_observing(read, text, act):
    assert read(text).act == act, read(text).why


@pytest.mark.parametrize(
    "text",
    [
        "we must kill them all that tribe",
        "those people are cockroaches",
        "that tribe are snakes and must go back to their land",
        "the chief told youths to kill all the foreigners",
        "hao watu ni mende lazima tuwamalize wote",
        "il faut exterminer tous ces gens",
        "ces gens sont des cafards",
        "wageni warudi kwao",
    ],
)
def test_incitement_is_hate_speech(read, text):
    reading = read(text)
    assert "hate_speech" in reading.hazards, reading.why


@pytest.mark.parametrize(
    "text",
    [
        "there are cockroaches in my house",
        "they killed our people in Moa",
        "armed men attacked the herders",
        "snakes came out after the flood",
        "all the cattle were taken",
        "kuna mende jikoni",
        "des serpents dans le champ",
        "we must go home before night",
    ],
)
def test_the_same_words_of_other_things_are_not(read, text):
    assert "hate_speech" not in read(text).hazards, read(text).why


def test_no_reason_repeats_a_hateful_word(read, lexicon):
    text = "those people are cockroaches we must exterminate them all"
    told = " ".join(read(text).why)
    assert hateful(text.split(), lexicon)
    assert "cockroach" not in told
    assert "exterminate" not in told


@pytest.mark.parametrize(
    "text",
    [
        "thank you very much for your help yesterday God bless you",
        "please send me airtime of 50 bob I will refund tomorrow",
        "Forward this message to 10 people and God will bless you before midnight",
        "asante sana kwa msaada wenu mungu awabariki",
        "pata mkopo wa haraka bila riba, piga *555#",
        "merci beaucoup pour votre aide que dieu vous bénisse",
        "gagnez un téléphone en envoyant OUI au 1234",
        "is there any job vacancy there? I am a driver",
    ],
)
def test_small_talk_adverts_and_prayers_are_chat(read, text):
    assert read(text).kind == "chat", read(text).why


@pytest.mark.parametrize(
    "text",
    [
        "thank you but we have no food and the children are sick",
        "hello please help us we are trapped under the house",
        "good morning, armed men passed here",
        "asante, lakini majambazi wamerudi",
        "bonjour ils ont brûlé nos maisons",
        "hi, we lost our house and sleep in the street, nobody came",
    ],
)
def test_a_greeting_before_a_report_makes_it_no_chat(read, text):
    assert read(text).kind == "report", read(text).why
