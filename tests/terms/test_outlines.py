"""Outlines lose corners that no eye misses, and keep the others."""

from math import cos, pi, sin

from gateway.terms.outlines import Pair, simplified, thinned

METRE = 1 / 111_195  # in degrees of latitude
SQUARE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]


def test_corners_on_a_line_go_and_those_off_it_stay():
    noisy = [
        *((step / 100, (step % 2) * 50 * METRE) for step in range(100)),
        *SQUARE[1:],
    ]
    found = simplified(noisy, 100)
    assert found[0] == found[-1] == noisy[0]
    assert len(found) <= 6
    assert set(SQUARE) <= set(found)
    bay = [*SQUARE[:1], (0.5, 300 * METRE), *SQUARE[1:]]
    assert (0.5, 300 * METRE) in simplified(bay, 100)


def test_a_circle_is_as_round_as_its_tolerance():
    ring = circle(5_000, radius_m=20_000)
    found = simplified(ring, 100)
    assert 20 < len(found) < 60  # a chord of an arc of 200 m off spans about 11 degrees
    assert set(found) <= set(ring)


def test_too_many_corners_make_it_coarser_and_specks_go_but_for_the_longest():
    main, speck = circle(5_000, radius_m=20_000), circle(30, radius_m=20)
    found = thinned([speck, main], 1, most=40)
    assert len(found) == 1
    assert len(found[0]) <= 40
    assert thinned([speck], 100, most=40) == [speck]


def test_a_hundred_thousand_corners_are_no_deeper_than_ten():
    wild = [(step / 1e5, (step % 2) * METRE * 500) for step in range(100_000)]
    assert simplified([*wild, wild[0]], 5_000)


def circle(corners: int, radius_m: float) -> list[Pair]:
    ring = [
        (
            cos(2 * pi * at / corners) * radius_m * METRE,
            sin(2 * pi * at / corners) * radius_m * METRE,
        )
        for at in range(corners)
    ]
    return [*ring, ring[0]]
