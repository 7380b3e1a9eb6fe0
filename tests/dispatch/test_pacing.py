"""No faster than the company takes, on a clock of our own."""

from gateway.dispatch.pacing import Pacer


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def _pacer(rate: float) -> tuple[Pacer, Clock]:
    clock = Clock()
    return Pacer(rate, monotonic=lambda: clock.now, sleep=clock.sleep), clock


def test_the_first_leaves_at_once_and_the_others_at_the_rate() -> None:
    pacer, clock = _pacer(2.0)
    times = []
    for _ in range(5):
        pacer.wait()
        times.append(clock.now - 100)
    assert times == [0, 0.5, 1.0, 1.5, 2.0]


def test_rest_saves_up_no_burst() -> None:
    pacer, clock = _pacer(1.0)
    pacer.wait()
    clock.sleep(60)
    pacer.wait()
    pacer.wait()
    assert clock.now == 161


def test_a_pause_holds_everything_and_never_shortens_another() -> None:
    pacer, clock = _pacer(10.0)
    pacer.pause(30)
    pacer.pause(1)
    pacer.wait()
    assert clock.now == 130
