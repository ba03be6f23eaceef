"""Functions: their settings, their code, their time."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.policies.resource import of
from infra.stack import build
from sightline.domain.errors import NotFoundError
from sightline.settings.analytics import AnalyticsSettings, DailySettings
from sightline.settings.base import Settings
from sightline.settings.control import ControlDetectSettings, ControlJobSettings, ControlSettings
from sightline.settings.pipeline import (
    DetectSettings,
    DigestSettings,
    IngestSettings,
    NotifySettings,
    RecordSettings,
    SilenceSettings,
    StreamSettings,
)
from sightline.workflow.notify import LEASE
from tests.infra.conftest import ROOT, environment, settings_of
from tests.infra.recorder import Recording, one, record

ENTRY_POINTS: dict[str, type[Settings]] = {
    "detect": DetectSettings,
    "record": RecordSettings,
    "notify": NotifySettings,
    "digest": DigestSettings,
    "silence": SilenceSettings,
    "daily": DailySettings,
    "stream": StreamSettings,
    "control-job": ControlJobSettings,
    "control-detect": ControlDetectSettings,
}


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_a_function_gets_exactly_the_settings_that_it_reads(name: str, prod: Recording) -> None:
    variables = environment(prod, name)
    assert sorted(variables) == sorted(ENTRY_POINTS[name].variables())
    assert ENTRY_POINTS[name].from_env(variables)


def test_the_ingest_service_gets_exactly_the_settings_that_it_reads(prod: Recording) -> None:
    variables = prod.outputs["ingestEnvironment"]
    assert sorted(variables) == sorted(IngestSettings.variables())
    assert IngestSettings.from_env(variables).images_bucket == prod.outputs["imagesBucket"]


def test_the_analytics_service_gets_exactly_the_settings_that_it_reads(prod: Recording) -> None:
    variables = prod.outputs["analyticsEnvironment"]
    assert sorted(variables) == sorted(AnalyticsSettings.variables())
    settings = AnalyticsSettings.from_env(variables)
    assert settings.athena_workgroup == prod.outputs["athenaWorkgroup"]
    assert settings.unload_to.startswith(f"s3://{prod.outputs['queryResultsBucket']}/results/")
    assert settings.unload_to.endswith("/")


def test_the_control_service_gets_exactly_the_settings_that_it_reads(prod: Recording) -> None:
    variables = prod.outputs["controlEnvironment"]
    assert sorted(variables) == sorted(ControlSettings.variables())
    settings = ControlSettings.from_env(variables)
    job = one(prod, "lambda.Function", "control-job").outputs["name"]
    assert settings.control_job_function == job
    assert settings.control_detect_function.startswith(
        one(prod, "lambda.Function", "control-detect").outputs["name"] + ":"
    )


def test_the_function_that_runs_jobs_knows_itself_and_whom_it_keeps_ready(prod: Recording) -> None:
    job, alias = environment(prod, "control-job"), one(prod, "lambda.Alias", "control-detect")
    assert (
        job["CONTROL_JOB_FUNCTION"] == one(prod, "lambda.Function", "control-job").outputs["name"]
    )
    assert job["CONTROL_DETECT_ALIAS"] == alias.outputs["name"]
    assert job["CONTROL_DETECT_FUNCTION"] == alias.inputs["functionName"]
    assert alias.inputs["functionVersion"] == "1"
    assert one(prod, "lambda.Function", "control-detect").inputs["publish"] is True


def test_a_training_has_all_the_time_there_is_and_is_not_repeated_by_lambda(
    prod: Recording,
) -> None:
    job = one(prod, "lambda.Function", "control-job")
    assert job.inputs["timeout"] == 900
    assert job.inputs["ephemeralStorage"] == {"size": 10240}
    config = one(prod, "lambda.FunctionEventInvokeConfig", "control-job").inputs
    assert config["maximumRetryAttempts"] == 0
    queue = one(prod, "sqs.Queue", "control-failures")
    assert config["destinationConfig"]["onFailure"]["destination"] == queue.arn


def test_jobs_are_asked_for_every_minute(prod: Recording) -> None:
    rule = one(prod, "cloudwatch.EventRule", "control-job")
    assert rule.inputs["scheduleExpression"] == "rate(1 minute)"
    target = one(prod, "cloudwatch.EventTarget", rule.name).inputs
    assert target["arn"] == one(prod, "lambda.Function", "control-job").arn
    permission = one(prod, "lambda.Permission", rule.name).inputs
    assert permission["sourceArn"] == rule.arn


@pytest.mark.parametrize(("asked", "given"), [(60, 60), (1800, 420)])
def test_the_daily_digest_has_time_for_both_of_its_queries(
    asked: int, given: int, run: Callable[..., Recording]
) -> None:
    recording = run(settings_of("prod", querySeconds=asked))
    assert environment(recording, "daily")["RUN_SECONDS"] == str(given)
    assert 2 * given < one(recording, "lambda.Function", "daily").inputs["timeout"] <= 900


def test_every_function_has_a_handler_of_its_own_name(prod: Recording) -> None:
    functions = {f.name: f for f in of(prod.resources, "lambda.Function")}
    assert functions.keys() == ENTRY_POINTS.keys()
    for name, function in functions.items():
        module = name.replace("-", "_")
        assert function.inputs["handler"] == f"{module}.handler"
        assert (ROOT / "services" / "workflow" / f"{module}.py").is_file()


def test_code_is_kept_under_the_hash_of_its_content(prod: Recording, artifacts: Path) -> None:
    digest = hashlib.sha256((artifacts / "detect.zip").read_bytes())
    function = one(prod, "lambda.Function", "detect").inputs
    assert function["s3Key"] == f"functions/detect-{digest.hexdigest()}.zip"
    assert function["sourceCodeHash"] == base64.b64encode(digest.digest()).decode()
    assert one(prod, "lambda.Function", "record").inputs["s3Key"].startswith("functions/workflow-")


def test_a_missing_package_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="make package"):
        record(lambda: build(settings_of("dev"), tmp_path), stack="dev")


def test_notify_ends_before_its_claim_on_an_alert_does(prod: Recording) -> None:
    timeout = one(prod, "lambda.Function", "notify").inputs["timeout"]
    assert timeout < LEASE.total_seconds()


def test_notify_is_retried_for_longer_than_a_dead_claim_lasts(prod: Recording) -> None:
    definition = json.loads(
        one(prod, "sfn.StateMachine", "inspection-workflow").inputs["definition"]
    )
    (retry,) = [r for r in definition["States"]["Notify"]["Retry"] if r["MaxAttempts"]]
    assert "JitterStrategy" not in retry
    waits = [
        retry["IntervalSeconds"] * retry["BackoffRate"] ** n for n in range(retry["MaxAttempts"])
    ]
    assert sum(waits) > LEASE.total_seconds()


def test_concurrency_is_reserved_only_on_request(
    prod: Recording, run: Callable[..., Recording]
) -> None:
    reserved = run(settings_of("dev", detectConcurrency=20))
    name = "reservedConcurrentExecutions"
    assert one(reserved, "lambda.Function", "detect").inputs[name] == 20
    assert not [f for f in of(prod.resources, "lambda.Function") if name in f.inputs]
