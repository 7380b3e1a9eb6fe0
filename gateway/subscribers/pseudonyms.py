"""Names such as Heron-42 by which people are known wherever their number must not be."""

import secrets
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Subscriber

# Birds, quiet animals, trees and plants. None that serves as an insult or as the name of an armed
# group (no lion, leopard, snake, hyena, cockroach, ape, dog, pig, rat or donkey), and none that
# people bear (no Robin, Lily or Jasmine).
NAMES = tuple(
    """
    Acacia Agave Albatross Alder Aloe Apricot Ash Aspen Avocet Bamboo Banyan Baobab Barbet
    Bateleur Beech Begonia Birch Bluebird Bluethroat Boxwood Brambling Bulbul Bunting Bushbuck
    Bustard Canary Canna Cassia Cedar Chaffinch Cherry Chestnut Clover Coral Cormorant Coucal
    Courser Crane Crossbill Curlew Cypress Dabchick Darter Dikdik Dipper Dolphin Dove Dragonfly
    Drongo Dunlin Ebony Egret Eland Elm Falcon Fern Fig Finch Firefly Firefinch Flamingo
    Flycatcher Francolin Gannet Gazelle Gerbera Gerenuk Ginkgo Giraffe Godwit Goldfinch Grebe
    Greenshank Grosbeak Guava Gull Hammerkop Hawthorn Heron Hibiscus Hoopoe Hornbill Ibis Impala
    Ironwood Jacana Jacaranda Juniper Kestrel Kingfisher Kite Kittiwake Klipspringer Kudu
    Lapwing Larch Lark Lavender Lilac Linden Linnet Lotus Magnolia Mahogany Mallow Mango
    Mangrove Manatee Maple Marigold Mimosa Moringa Moorhen Neem Nightjar Nuthatch Oak Oleander
    Orchid Oribi Oriole Osprey Oryx Ostrich Oxpecker Palm Papaya Papyrus Partridge Pelican
    Petrel Pigeon Pine Pintail Pipit Pitta Plover Pochard Poplar Primrose Puffin Quail Quince
    Redstart Reedbuck Roller Rosewood Ruff Saffron Sage Sandgrouse Sandpiper Seagull Shearwater
    Shoveler Shrike Siskin Skylark Snipe Sorrel Sparrow Spoonbill Spruce Starling Stilt Stork
    Sunbird Sunflower Swallow Swan Swift Sycamore Tamarind Tamarisk Teak Teal Tern Thrush Topi
    Tulip Turaco Turtle Verbena Wagtail Walnut Warbler Waterbuck Waxbill Weaver Wheatear
    Whimbrel Whinchat Widgeon Willow Wisteria Woodpecker Wren Wryneck Yarrow Zebra
    """.split()  # noqa: SIM905 (a list of two hundred quoted words is unreadable)
)
_FEWEST_DIGITS = 2
_TRIES = 8


def fresh(session: Session) -> str:
    """A pseudonym that nobody bears; random, so that no number can be worked out from it."""
    for digits in count(_FEWEST_DIGITS):
        candidates = {_random(digits) for _ in range(_TRIES)}
        borne = session.scalars(
            select(Subscriber.pseudonym).where(Subscriber.pseudonym.in_(candidates))
        )
        free = sorted(candidates - set(borne))
        if free:
            return secrets.choice(free)
    raise AssertionError("numbers do not end")


def many(session: Session, count: int) -> list[str]:
    """That many pseudonyms that nobody bears, each once."""
    digits, free = _FEWEST_DIGITS, set[str]()
    while len(free) < count:
        candidates = {_random(digits) for _ in range(count - len(free) + _TRIES)} - free
        borne = session.scalars(
            select(Subscriber.pseudonym).where(Subscriber.pseudonym.in_(candidates))
        )
        fresh_ones = candidates - set(borne)
        free |= fresh_ones
        if len(fresh_ones) < len(candidates) // 2:  # most are taken: one digit more
            digits += 1
    return sorted(free)[:count]


def _random(digits: int) -> str:
    number = secrets.randbelow(9 * 10 ** (digits - 1)) + 10 ** (digits - 1)
    return f"{secrets.choice(NAMES)}-{number}"
