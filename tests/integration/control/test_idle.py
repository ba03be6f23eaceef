"""A running model that nobody asks is measured; nothing wakes up when there is nothing to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sightline.adapters.control_hosting import model_record
from sightline.domain.errors import UnavailableError
from sightline.domain.lookout.idle import Asked
from sightline.domain.lookout.models import Model
from sightline.domain.metrics import EVERYTHING
from sightline.workflow.control.wake import wake_up
from tests.control_api import ControlApi
from tests.control_world import PICTURE
from tests.examples import camera
from tests.integration.control.test_schedules import BODY, ONE

DETECT = {
    "ProjectName": "castings",
    "ModelVersion": "1",
    "Body": PICTURE,
    "ContentType": "image/png",
}


@pytest.fixture
def hosted(api: ControlApi) -> ControlApi:
    api.prepare(hosted=True)
    return api


def idle(api: ControlApi, minutes: float) -> float:
    """What the wake-up measures of all models after so many minutes."""
    api.world.now += timedelta(minutes=minutes)
    wake_up(api.world.work_deps)
    values, sets = api.world.metrics.emitted[-1]
    assert sets == (EVERYTHING,)
    return values["ModelIdleMinutes"][0]


def test_a_model_is_idle_until_it_is_asked(hosted: ControlApi) -> None:
    assert idle(hosted, 0) == 0
    assert idle(hosted, 59) == 59
    hosted.ok("DetectAnomalies", **DETECT)
    assert idle(hosted, 1) == 1
    by_model = ({"Project": "castings", "ModelVersion": "1"},)
    assert hosted.world.metrics.emitted[-2] == ({"ModelIdleMinutes": (1, "Count")}, by_model)


def test_that_it_was_asked_is_noted_once_a_minute(hosted: ControlApi) -> None:
    def noted() -> Asked:
        found = hosted.world.registry.get(Asked, "castings", "0000000001")
        assert found is not None
        return found

    hosted.ok("DetectAnomalies", **DETECT)
    first = noted()
    hosted.world.now += timedelta(seconds=59)
    hosted.ok("DetectAnomalies", **DETECT)
    assert noted() == first
    hosted.world.now += timedelta(seconds=1)
    hosted.ok("DetectAnomalies", **DETECT)
    assert noted().at == hosted.world.now


def test_a_picture_of_its_cameras_counts_while_it_serves_them(hosted: ControlApi) -> None:
    world = hosted.world
    model = world.registry.get(Model, "castings", "0000000001")
    assert model is not None
    known, _ = camera()
    seen = replace(known, last_seen_at=world.now + timedelta(minutes=20))
    world.cameras.add(seen)
    world.cameras.add(replace(seen, camera_id="elsewhere", project="boards"))
    assert idle(hosted, 30) == 30  # it is not said that this version serves them
    world.serving.put(model_record(model))
    assert idle(hosted, 0) == 10


def test_a_model_on_demand_costs_nothing_and_is_not_measured(api: ControlApi) -> None:
    api.prepare()
    assert api.call("POST", ONE + "/start-on-demand").status == 202
    api.world.run_all()
    wake_up(api.world.work_deps)
    assert api.world.metrics.emitted == []
    assert not api.world.wakeups.on


def test_wakeups_last_as_long_as_there_is_something_to_see_to(api: ControlApi) -> None:
    world = api.world
    api.prepare()
    assert world.wakeups.on  # jobs began them
    wake_up(world.work_deps)
    assert not world.wakeups.on
    world.start()
    assert world.wakeups.on
    wake_up(world.work_deps)
    assert world.wakeups.on  # a job waits
    world.run_all()
    wake_up(world.work_deps)
    assert world.wakeups.on  # a model runs
    world.stop()
    world.run_all()
    wake_up(world.work_deps)
    assert not world.wakeups.on
    assert api.call("PUT", ONE + "/schedule", BODY).status == 200
    assert world.wakeups.on
    wake_up(world.work_deps)
    assert world.wakeups.on  # a calendar is to be followed
    assert api.call("DELETE", ONE + "/schedule").status == 200
    wake_up(world.work_deps)
    assert not world.wakeups.on


def test_a_job_stored_while_the_wakeups_end_is_not_forgotten(api: ControlApi) -> None:
    world = api.world
    api.prepare()

    class Late:
        """Somebody stores a job, and is slower with the wake-up than the end of the wake-ups."""

        on = True

        def begin(self) -> None:
            self.on = True

        def end(self) -> None:
            world.start()
            self.on = False

    late = Late()
    wake_up(replace(world.work_deps, wakeups=late))
    assert late.on


def test_a_wakeup_that_cannot_be_asked_for_fails_no_call(api: ControlApi) -> None:
    class Broken:
        def begin(self) -> None:
            raise UnavailableError("EventBridge does not answer.")

        def end(self) -> None:
            raise AssertionError("nobody asked for that")

    api.prepare()
    api.world.deps = replace(api.world.deps, wakeups=Broken())
    assert api.world.start()["Status"] == "STARTING_HOSTING"
    api.world.run_all()
    assert api.world.describe()["Status"] == "HOSTED"
