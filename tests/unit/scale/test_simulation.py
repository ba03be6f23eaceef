"""Nothing is lost, nothing exceeds its limit, and what can be caught up with is caught up with."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.domain.errors import InvalidError
from sightline.scale.simulation import TICK, Limits, Simulation, Site, Step

STEPS = {
    "ingest": Step(0.1, 1),
    "detect": Step(0.2, 3),
    "record": Step(0.1, 1),
    "notify": Step(0.1, 1),
}
LIMITS = Limits((1000, 500), (1000, 1000), 200, 100, STEPS)


@settings(max_examples=40, deadline=None)
@given(
    rate=st.floats(0.5, 2000),
    outage=st.floats(0, 300),
    concurrency=st.integers(1, 500),
    starts=st.integers(1, 2000),
    detect=st.integers(1, 300),
    seed=st.integers(0, 9),
)
def test_no_picture_is_lost_and_no_limit_exceeded(
    rate: float, outage: float, concurrency: int, starts: int, detect: int, seed: int
) -> None:
    steps = {**STEPS, "detect": replace(STEPS["detect"], limit=detect)}
    limits = Limits((1000, 500), (starts, starts), concurrency, 100, steps)
    simulation = Simulation(Site(rate, 20, outage), limits, seed=seed)
    for _ in range(300):
        simulation.step()
        out = simulation.outcome
        assert out.balanced()
        assert simulation.busy <= concurrency
        assert out.recorded + out.parked <= starts + starts * out.seconds
        assert min(out.at_cameras, out.waiting_events, out.under_way) >= 0
    assert out.made == pytest.approx(rate * (outage + out.seconds), abs=1)


@settings(max_examples=15, deadline=None)
@given(rate=st.floats(1, 60), outage=st.floats(0, 60), seed=st.integers(0, 9))
def test_a_backlog_drains_where_there_is_room_for_more(
    rate: float, outage: float, seed: int
) -> None:
    out = Simulation(Site(rate, 100, outage), LIMITS, seed=seed).run(120)
    assert out.drained_after is not None
    assert out.at_cameras + out.waiting_events <= rate * TICK + 1


def test_a_backlog_grows_where_cameras_send_less_than_they_make() -> None:
    out = Simulation(Site(50, 10, 60, sends=4), LIMITS).run(60)
    assert out.drained_after is None
    assert out.at_cameras == pytest.approx(50 * 60 + 10 * 60, abs=50)


def test_what_finds_no_instance_again_and_again_is_parked_and_counted() -> None:
    steps = {**STEPS, "detect": replace(STEPS["detect"], limit=2)}
    out = Simulation(Site(100, 100, 0), replace(LIMITS, steps=steps)).run(60)
    assert out.parked > 0.5 * out.made
    assert out.retried > out.parked


def test_an_unhurried_line_is_inspected_and_told_of() -> None:
    out = Simulation(Site(10, 4, 0, alert_share=0.5), LIMITS).run(600)
    assert out.recorded == pytest.approx(6000, abs=20)
    assert out.told == pytest.approx(3000, abs=150)
    assert (out.parked, out.at_cameras) == (0, 0)


def test_a_seed_makes_a_run_that_can_be_repeated() -> None:
    def play(seed: int) -> object:
        return Simulation(Site(333, 200, 30), LIMITS, seed=seed).run(60)

    assert play(1) == play(1)
    assert play(1) != play(2)


def test_a_site_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidError, match="Rates"):
        Site(0, 1, 0)
