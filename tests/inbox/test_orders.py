"""What coordinators order by SMS is understood, and only there: for others it is no command."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.inbox.keywords import load
from gateway.inbox.orders import MAX_ORDER, Order

LANGUAGES = ["en", "sw", "fr", "ar", "so", "am", "rw", "ha", "ln"]
EVERY = load(LANGUAGES)

ORDERS = [
    ("en", "TAKE 17", Order("take", 17, "")),
    ("en", "take17", Order("take", 17, "")),
    ("en", "Take #17.", Order("take", 17, "")),
    ("en", "TAEK 17", Order("take", 17, "")),
    ("en", "hello, TAKE 17 please", Order("take", 17, "")),
    ("en", "17 take", Order("take", 17, "")),
    ("en", "TAKE number 17 thanks", Order("take", 17, "")),
    ("en", "VERIFY 17 123456", Order("verify", 17, "123456")),
    ("en", "verify17 123456", Order("verify", 17, "123456")),
    ("en", "VERFY #17, 123456", Order("verify", 17, "123456")),
    ("en", "Verify 17 code 012 345", Order("verify", 17, "012345")),
    ("en", "17 verify 123456", Order("verify", 17, "123456")),
    ("en", "confirm 17 123456", Order("verify", 17, "123456")),
    ("en", "REFUTE 17 000001", Order("refute", 17, "000001")),
    ("en", "REFUT 17 123456", Order("refute", 17, "123456")),
    ("en", "refute 17", Order("refute", 17, "")),
    ("sw", "CHUKUA 17", Order("take", 17, "")),
    ("sw", "tafadhali thibitisha 17 123456", Order("verify", 17, "123456")),
    ("sw", "thibitsha 17 123456", Order("verify", 17, "123456")),
    ("sw", "kanusha 17 123456", Order("refute", 17, "123456")),
    ("fr", "je prends 17", Order("take", 17, "")),
    ("fr", "Vérifier n° 17 123456 svp", Order("verify", 17, "123456")),
    ("fr", "réfuter 17 123456", Order("refute", 17, "123456")),
    ("ar", "TAKE ١٧", Order("take", 17, "")),
    ("ar", "استلم ١٧", Order("take", 17, "")),
    ("ar", "تأكيد ١٧ ٠١٢٣٤٥", Order("verify", 17, "012345")),
    ("ar", "نفي 17 123456", Order("refute", 17, "123456")),
    ("so", "qaado 17", Order("take", 17, "")),
    ("so", "xaqiiji 17 123456", Order("verify", 17, "123456")),
    ("so", "beeni 17 123456", Order("refute", 17, "123456")),
    ("am", "ውሰድ ፲፯", Order("take", 17, "")),
    ("am", "አረጋግጥ 17 123456", Order("verify", 17, "123456")),
    ("am", "ውድቅ 17 123456", Order("refute", 17, "123456")),
    ("rw", "fata 17", Order("take", 17, "")),
    ("rw", "emeza 17 123456", Order("verify", 17, "123456")),
    ("rw", "hakana 17 123456", Order("refute", 17, "123456")),
    ("ha", "na dauka 17", Order("take", 17, "")),
    ("ha", "tabbatar 17 123456", Order("verify", 17, "123456")),
    ("ha", "karyata 17 123456", Order("refute", 17, "123456")),
    ("ln", "kamata 17", Order("take", 17, "")),
    ("ln", "ndimisa 17 123456", Order("verify", 17, "123456")),
    ("ln", "boya 17 123456", Order("refute", 17, "123456")),
]

OTHERS = """
TAKE|take|VERIFY|verify 123456 at Moa|refute|take 17 people to the hospital|they take 17 cows
take them|verify this|17|17 123456|they took 17|TAKE seventeen|verify 17 12ab56|false alarm at Moa
take 17 verify 18|TAKE 1234567890|taken|yes 17|no 17|stop|chukua watu 17|prends la route 17
wasomali 17|fata inzira 17|boya 17 bato|confirm|hello|men with guns at Moa 17
"""


@pytest.mark.parametrize(("language", "text", "order"), ORDERS)
def test_an_order_is_understood(language: str, text: str, order: Order) -> None:
    assert load([language]).parse_order(text) == order
    assert EVERY.parse_order(text) == order, "with every language on"


@pytest.mark.parametrize(("language", "text", "order"), ORDERS)
def test_an_order_is_no_command_of_anybody_else(language: str, text: str, order: Order) -> None:
    assert load([language]).parse(text) is None
    assert EVERY.parse(text) is None, order


@pytest.mark.parametrize("text", [one for line in OTHERS.split("\n") for one in line.split("|")])
def test_what_says_more_or_less_is_no_order(text: str) -> None:
    assert EVERY.parse_order(text) is None


def test_a_long_text_is_no_order() -> None:
    assert EVERY.parse_order("take 17" + " please" * 12) is None


@given(st.text(max_size=MAX_ORDER + 10))
@example("\ud800 take 17")
@example("take ²")
@example("፼ take")
@settings(max_examples=300)
def test_any_text_is_read_without_an_error(text: str) -> None:
    order = EVERY.parse_order(text)
    assert order is None or order.name in ("take", "verify", "refute")
