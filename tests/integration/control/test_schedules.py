"""A shift calendar starts and stops a model by itself, and does not fight people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sightline.domain.lookout.schedules import Schedule
from sightline.workflow.control.schedules import follow_schedules
from tests.control_api import ControlApi

ONE = "/sightline/projects/castings/models/1"
# The world's clock begins on Saturday, 14 March 2026, 12:00 UTC.
SATURDAY = {"Days": ["sat"], "Start": "13:00", "End": "15:00"}
BODY = {"Timezone": "UTC", "MinInferenceUnits": 2, "Shifts": [SATURDAY]}


@pytest.fixture
def scheduled(api: ControlApi) -> ControlApi:
    api.prepare()
    answer = api.call("PUT", ONE + "/schedule", BODY)
    assert answer.status == 200, answer
    return api


def pass_time(api: ControlApi, hours: float) -> str:
    """Some time later, the minute's call has been made; the model's status."""
    api.world.now += timedelta(hours=hours)
    follow_schedules(api.world.work_deps)
    follow_schedules(api.world.work_deps)
    api.world.run_all()
    return str(api.world.describe()["Status"])


def test_a_model_runs_in_its_shift(scheduled: ControlApi) -> None:
    assert pass_time(scheduled, 0.5) == "TRAINED"
    assert pass_time(scheduled, 1) == "HOSTED"
    assert list(scheduled.world.hosting.running.values()) == [2]
    assert pass_time(scheduled, 1) == "HOSTED"
    assert pass_time(scheduled, 1) == "TRAINED"
    assert pass_time(scheduled, 7 * 24 - 2) == "HOSTED"


def test_people_may_stop_it_in_between(scheduled: ControlApi) -> None:
    pass_time(scheduled, 1.5)
    scheduled.world.stop()
    scheduled.world.run_all()
    assert pass_time(scheduled, 0.5) == "TRAINED"
    assert pass_time(scheduled, 2) == "TRAINED"


def test_a_model_that_is_just_starting_when_the_shift_ends_is_stopped(
    scheduled: ControlApi,
) -> None:
    world = scheduled.world
    pass_time(scheduled, 1.5)
    world.stop()
    world.run_all()
    world.start()
    world.now += timedelta(hours=2)
    follow_schedules(world.work_deps)
    assert world.describe()["Status"] == "STARTING_HOSTING"
    world.run_all()
    assert pass_time(scheduled, 0.02) == "TRAINED"


def test_a_calendar_is_read_changed_and_removed(scheduled: ControlApi) -> None:
    told = scheduled.call("GET", ONE + "/schedule").json["Schedule"]
    assert told == {"ProjectName": "castings", "ModelVersion": "1", **BODY}
    other = {**BODY, "MinInferenceUnits": 0}
    assert scheduled.call("PUT", ONE + "/schedule", other).status == 200
    assert scheduled.call("DELETE", ONE + "/schedule").status == 200
    gone = scheduled.call("GET", ONE + "/schedule")
    assert (gone.status, gone.headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
    assert pass_time(scheduled, 1.5) == "TRAINED"


def test_a_calendar_goes_with_its_model(scheduled: ControlApi) -> None:
    scheduled.world.delete_model()
    scheduled.world.run_all()
    assert not [kind for kind, *_ in scheduled.world.registry.records if kind is Schedule]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Timezone": None}, "Timezone is required"),
        ({"Timezone": "Mars"}, "is not one like Europe/Berlin"),
        ({"Shifts": []}, "Shifts must be an array with at least one entry"),
        ({"Shifts": [{"Days": "sat"}]}, "Shifts must be objects with Days, Start and End"),
        ({"Shifts": [{**SATURDAY, "Start": 13}]}, "Start must be a string"),
        ({"MinInferenceUnits": 6}, "MinInferenceUnits 6 must be 0 to 5"),
    ],
)
def test_a_wrong_calendar_is_refused(api: ControlApi, changes: dict[str, Any], words: str) -> None:
    api.prepare()
    answer = api.call("PUT", ONE + "/schedule", {**BODY, **changes})
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert words in answer.json["Message"]


def test_a_model_can_run_on_demand(api: ControlApi) -> None:
    api.prepare()
    answer = api.call("POST", ONE + "/start-on-demand")
    assert (answer.status, answer.json) == (202, {"Status": "STARTING_HOSTING"})
    api.world.run_all()
    assert api.world.describe()["Status"] == "HOSTED"
    assert list(api.world.hosting.running.values()) == [0]
