"""10,000 warnings over two clouds and a phone; the first cloud errs, hangs and recovers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.servers import durable_postgresql
from tests.companies import Company, accounts, companies
from tests.fleet import FORGETFUL, Fleet, Outcome, fleet, longest_gap
from tests.processes import until

pytestmark = pytest.mark.soak
MESSAGES = 10_000
GAP_S, BACK_S = 10.0, 60.0
# Messages a second. The second cloud alone needs more than BACK_S for what the first leaves behind.
RATES = {"cloud_a": 150, "cloud_b": 50, "phone": 5}


@dataclass(frozen=True, slots=True)
class Stage:
    """How the companies behave for so many seconds; those that are not named are well."""

    seconds: float
    modes: Mapping[str, str]
    takes: float = 0.0  # which part of its messages a company that hangs takes


STAGES = (
    Stage(15, {}),
    Stage(25, {"cloud_a": "error500"}),
    Stage(20, {"cloud_a": "hang"}, takes=0.5),
    Stage(10, {"cloud_a": "hang", "cloud_b": "error500"}),  # only the phone is left
    Stage(0, {}),
)


def test_messages_go_another_way_and_come_back(tmp_path: Path) -> None:
    with durable_postgresql() as server, companies(len(RATES)) as found:
        roads = dict(zip(RATES, found, strict=True))
        environ = {"GATEWAY_DISPATCH__LEASE_S": "20"}
        for name, company in roads.items():
            company.behave(repeats="taken")
            environ |= accounts({"rate_per_second": RATES[name]}, **{name: company})
        with fleet(server.new_database(), tmp_path, FORGETFUL, **environ) as ours:
            _drill(ours, roads)


def _drill(ours: Fleet, roads: Mapping[str, Company]) -> None:
    ours.people(MESSAGES)
    ours.approve(ours.submitted())
    ours.start("scheduler", "scheduler")
    until(lambda: sum(company.count() for company in roads.values()), 60, "the first message")
    for stage in STAGES:
        for name, company in roads.items():
            mode = stage.modes.get(name, "ok")
            company.behave(mode, takes=stage.takes)
        well_at = time.monotonic()
        time.sleep(stage.seconds)
    ours.settled(240)
    outcome = ours.outcome(*roads.values())
    _judge(outcome, roads, well_at)


def _judge(outcome: Outcome, roads: Mapping[str, Company], well_at: float) -> None:
    by_road = {name: company.taken() for name, company in roads.items()}
    counts = {name: len(taken) for name, taken in by_road.items()}
    flow = [one.at for one in outcome.taken if one.reference not in outcome.doubtful]
    gap = longest_gap(flow)
    again = [one.at for one in by_road["cloud_a"] if one.at >= well_at]
    back = again[0] - well_at if again else None
    print(  # noqa: T201 (a soak prints its figures)
        f"\n{outcome}\nby {counts}, "
        f"longest gap {gap:.1f} s, cloud_a used again after "
        f"{'never' if back is None else f'{back:.1f} s'}, {flow[-1] - flow[0]:.0f} s in all"
    )
    assert outcome.lost == set()
    assert outcome.twice <= outcome.doubtful
    assert set(outcome.states) == {"submitted"}
    assert gap <= GAP_S
    assert back is not None
    assert back <= BACK_S
    assert len(by_road["phone"]) > 0
