"""What people see of models before they start and stop them: versions, costs, changed verdicts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sightline.domain import times
from sightline.domain.errors import InvalidError
from sightline.domain.lookout.hosts import EndpointHost
from sightline.domain.lookout.models import ModelStatus
from sightline.workflow.control.schedules import follow_schedules
from tests.control_api import ControlApi
from tests.examples import NOON, model
from tests.lookout_examples import model as a_model

MODELS = "/sightline/models"
ONE = "/sightline/projects/castings/models/1"
PICTURES = ONE + "/evaluation/pictures"


def versions(api: ControlApi) -> Any:
    (project,) = api.call("GET", MODELS + "?project=castings").json["Projects"]
    return project


def test_a_project_shows_its_versions_newest_first(api: ControlApi) -> None:
    api.prepare()
    api.world.model()
    project = versions(api)
    assert (project["ProjectName"], project["Datasets"]) == ("castings", ["train"])
    second, first = project["Models"]
    assert (second["ModelVersion"], second["Status"]) == ("2", "TRAINING")
    assert (second["Performance"], second["EvaluatedAt"]) == (None, None)
    assert first["Performance"] == {"Precision": 0.9, "Recall": 1.0, "F1Score": 0.95}
    assert (first["TrainingImages"], first["TestingImages"]) == (30, 30)
    assert first["EvaluatedAt"] == times.to_wire(NOON)


def test_what_runs_costs_by_unit_and_hour_from_its_start_to_its_end(api: ControlApi) -> None:
    api.prepare()
    assert versions(api)["Models"][0]["UsdPerHour"] == 0
    api.world.start(units=3)
    api.world.now += timedelta(hours=2)
    api.world.run_all()
    api.world.serving.put(model())
    project = versions(api)
    (running,) = project["Models"]
    assert (running["Status"], running["MinInferenceUnits"]) == ("HOSTED", 3)
    assert running["UsdPerHour"] == pytest.approx(0.09)
    assert running["RunningSince"] == times.to_wire(NOON)
    assert project["Serving"] == "1"
    api.world.stop()
    assert versions(api)["Models"][0]["UsdPerHour"] == pytest.approx(
        0.09
    )  # it is billed until then
    api.world.run_all()
    (stopped,) = versions(api)["Models"]
    assert (stopped["UsdPerHour"], stopped["RunningSince"]) == (0, None)


def test_a_version_that_was_hosted_past_control_is_known_to_serve(api: ControlApi) -> None:
    api.world.project()
    api.world.serving.put(model(version="2026-03-14"))
    project = versions(api)
    assert (project["Serving"], project["Models"]) == ("2026-03-14", [])


def test_a_start_that_failed_is_not_shown_as_running(api: ControlApi) -> None:
    api.prepare()
    api.world.hosting.error = InvalidError("no capacity")
    api.world.start()
    api.world.run_all()
    (failed,) = versions(api)["Models"]
    assert (failed["Status"], failed["StatusMessage"]) == ("HOSTING_FAILED", "no capacity")
    assert (failed["UsdPerHour"], failed["RunningSince"]) == (0, None)


def test_what_is_started_on_demand_costs_nothing_by_the_hour_and_may_have_a_ceiling(
    api: ControlApi,
) -> None:
    api.prepare()
    answer = api.call("POST", ONE + "/start-on-demand", {"MaxInferenceUnits": 2})
    assert answer.status == 202, answer
    (running,) = versions(api)["Models"]
    assert (running["MinInferenceUnits"], running["MaxInferenceUnits"]) == (0, 2)
    assert running["UsdPerHour"] == 0
    assert running["RunningSince"] is not None


def test_a_version_shows_its_calendar(api: ControlApi) -> None:
    api.prepare()
    assert versions(api)["Models"][0]["Schedule"] is None
    shifts = [{"Days": ["mon", "fri"], "Start": "22:00", "End": "06:00"}]
    body = {"Timezone": "Europe/Berlin", "MinInferenceUnits": 2, "Shifts": shifts}
    assert api.call("PUT", ONE + "/schedule", body).status == 200
    assert versions(api)["Models"][0]["Schedule"] == body


def test_what_a_calendar_has_started_costs_from_then_on(api: ControlApi) -> None:
    api.prepare()
    shifts = [{"Days": ["sat"], "Start": "13:00", "End": "15:00"}]  # it is Saturday, noon
    body = {"Timezone": "UTC", "MinInferenceUnits": 2, "Shifts": shifts}
    api.call("PUT", ONE + "/schedule", body)
    api.world.now += timedelta(hours=1, minutes=5)
    follow_schedules(api.world.work_deps)
    (running,) = versions(api)["Models"]
    assert running["RunningSince"] == times.to_wire(api.world.now)
    assert running["UsdPerHour"] == pytest.approx(0.06)


def test_projects_come_in_pages_and_unchanged_ones_are_not_sent_again(api: ControlApi) -> None:
    for number in range(25):
        api.world.project(f"p{number:02}")
    first = api.call("GET", MODELS)
    assert [one["ProjectName"] for one in first.json["Projects"]] == [
        f"p{number:02}" for number in range(20)
    ]
    rest = api.call("GET", f"{MODELS}?cursor={first.json['NextCursor']}").json
    assert [one["ProjectName"] for one in rest["Projects"]] == [
        f"p{number:02}" for number in range(20, 25)
    ]
    assert rest["NextCursor"] is None
    assert rest["Units"] == {"UsdPerHour": 0.03, "PricesOf": "us-east-1, 2025", "Max": 5}
    tag = first.headers["ETag"]
    assert api.call("GET", MODELS, If_None_Match=tag).status == 304
    api.world.project("p00a")
    assert api.call("GET", MODELS, If_None_Match=tag).status == 200


def test_a_project_that_is_not_there_is_not_found(api: ControlApi) -> None:
    assert api.call("GET", MODELS + "?project=nobody").status == 404


def test_pictures_that_another_threshold_calls_otherwise_are_shown_nearest_first(
    api: ControlApi,
) -> None:
    api.prepare()  # normal ones score 0, anomalous ones 2, but for the first of all
    api.call("PUT", ONE + "/threshold", {"Threshold": 0.5})
    found = api.call("GET", PICTURES + "?low=0.5&high=2.5&limit=100").json["Images"]
    assert {(one["Label"], one["Score"]) for one in found} == {("anomaly", 2.0)}
    assert len(found) == 9
    assert found[0]["PictureUrl"].endswith("?signed")
    assert api.call("GET", PICTURES + "?low=0.5&high=2").json == {"Images": []}
    nearest = api.call("GET", PICTURES + "?low=-1&high=3&limit=1").json["Images"]
    assert [one["Score"] for one in nearest] == [0.0]


@pytest.mark.parametrize("query", ["", "?low=0", "?low=nan&high=1", "?low=0&high=1&limit=101"])
def test_what_is_no_range_is_refused(api: ControlApi, query: str) -> None:
    api.prepare()
    answer = api.call("GET", PICTURES + query)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")


def test_what_an_endpoint_costs_is_not_known_here(api: ControlApi) -> None:
    package = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/parts"
    host = EndpointHost.of("castings", "1", package=package, instance="ml.c5.large", prefix="p")
    price = api.world.deps.unit_price
    assert price.per_hour(a_model(status=ModelStatus.HOSTED, host=host, min_units=2)) is None
    assert price.per_hour(a_model(status=ModelStatus.TRAINED, host=host)) == 0
