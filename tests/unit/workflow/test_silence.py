"""Which cameras are called silent, and what is measured of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.adapters.memory import MemoryCameraRegistry, MemoryMetrics
from sightline.domain.cameras import Camera
from sightline.domain.silence import silent_cameras
from sightline.workflow.silence import SilenceDeps, silence
from tests.examples import NOON

AFTER = timedelta(minutes=15)


def camera(
    name: str, seen: float | None, *, line: str = "press-1", facility: str = "north"
) -> Camera:
    """A camera that was last seen `seen` minutes ago."""
    at = None if seen is None else NOON - timedelta(minutes=seen)
    return Camera(name, line, facility, "castings", "0" * 64, NOON, last_seen_at=at)


def silent(*cameras: Camera) -> list[str]:
    return [c.camera_id for c in silent_cameras(cameras, now=NOON, after=AFTER)]


def test_a_camera_that_stops_while_its_neighbour_goes_on_is_silent() -> None:
    assert silent(camera("left", 20), camera("right", 1)) == ["left"]


def test_a_line_that_stands_still_is_not_silent() -> None:
    assert silent(camera("left", 20), camera("right", 16)) == []


def test_a_camera_alone_on_its_line_has_its_facility_for_neighbours() -> None:
    lone = camera("lone", 20, line="press-2")
    assert silent(lone, camera("right", 1)) == ["lone"]
    assert silent(lone, camera("far", 1, facility="south")) == []


def test_another_line_at_work_says_nothing_of_a_line_with_several_cameras() -> None:
    assert silent(camera("left", 20), camera("right", 20), camera("far", 1, line="press-2")) == []


@pytest.mark.parametrize(
    "out_of_use",
    [
        camera("left", None),
        camera("left", 24 * 60 + 1),
        replace(camera("left", 20), revoked_at=NOON),
    ],
    ids=["never seen", "not seen for a day", "revoked"],
)
def test_a_camera_out_of_use_is_not_silent(out_of_use: Camera) -> None:
    assert silent(out_of_use, camera("right", 1)) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3000)), max_size=12))
def test_a_silent_camera_always_has_a_working_one_in_its_facility(
    seen: list[tuple[int, int]],
) -> None:
    cameras = [
        camera(f"c{n}", ago, line=f"line-{where % 2}", facility=f"plant-{where // 2}")
        for n, (where, ago) in enumerate(seen)
    ]
    for found in silent_cameras(cameras, now=NOON, after=AFTER):
        assert found.last_seen_at is not None
        assert NOON - found.last_seen_at >= AFTER
        assert any(
            other.facility == found.facility and (NOON - other.last_seen_at) < AFTER
            for other in cameras
            if other.last_seen_at
        )


def test_their_number_is_told_also_when_it_is_none() -> None:
    metrics = MemoryMetrics()
    registry = MemoryCameraRegistry()
    deps = SilenceDeps(registry, metrics, lambda: NOON, AFTER)
    assert silence(deps) == []
    for known in (camera("left", 20), camera("right", 1)):
        registry.add(known)
    assert silence(deps) == ["left"]
    counted = [(values["SilentCameraCount"][0], at) for values, at in metrics.emitted]
    everything = {"Scope": "all"}
    assert counted == [(0, (everything,)), (1, (everything,)), (1, ({"Camera": "left"},))]
