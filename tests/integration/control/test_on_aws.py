"""The composition as it is deployed: tables and buckets emulated, the detector real."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import os
import subprocess
import sys
import zipfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from moto import mock_aws
from PIL import Image

from sightline.adapters.aws.control_functions import found_in
from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.adapters.control_hosting import RegistryHosting, model_record
from sightline.adapters.control_memory import MemoryJobStarter
from sightline.adapters.edge_packager import EdgePackager
from sightline.bootstrap import control
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.records import S3Object
from sightline.domain.models import HostingStatus
from sightline.settings.control import (
    ControlDetectSettings,
    ControlJobSettings,
    ControlSettings,
)
from sightline.workflow.control.jobs import run_job
from sightline.workflow.control.ports import Found
from tests.api import ROOT
from tests.control_api import ControlApi, service
from tests.integration.adapters.test_control_ports import buckets, control_table
from tests.lookout_parts import RED, SIZE, part, put_dataset

CASTINGS = {"ProjectName": "castings"}
ONE = {**CASTINGS, "ModelVersion": "1"}
TRAIN = {**CASTINGS, "DatasetType": "train"}


def settings(kind: Any, **known: str) -> dict[str, str]:
    """An environment with everything that a settings class asks for."""
    names = {
        "control_table": "control",
        "models_table": "models",
        "models_bucket": "sightline-models",
        "control_job_function": "control-job",
        "control_detect_function": "control-detect",
        "control_detect_alias": "live",
        "wakeup_rule": "control-job",
        "metrics_namespace": "Sightline/test",
        "training_budget": "fast",
        "endpoint_role_arn": "off",
        "endpoint_prefix": "off",
        "model_keys": "off",
        "cameras_table": "cameras",
        "inspections_table": "inspections",
        "topic_arn": "arn:aws:sns:eu-west-1:123456789012:alerts",
        "user_pool_id": "eu-west-1_people",
        "silent_after_minutes": "15",
        "unit_usd_hour": "0.03",
        "training_usd_hour": "0.18",
        "detecting_usd_hour": "0.1",
        "prices_of": "us-east-1, 2025",
        "account_id": "123456789012",
        "region_name": "eu-west-1",
    }
    wanted = {name.lower() for name in kind.variables()}
    return {
        name: str(value)
        for name, value in kind.to_env(
            **{k: v for k, v in {**names, **known}.items() if k in wanted}
        ).items()
    }


class DirectDetectHost:
    """Calls the detection function's handler with the very event that it gets on AWS."""

    def __init__(self, handler: Any) -> None:
        self.handler = handler

    def detect(
        self, model: Model, picture: bytes, source: S3Object | None, *, mapped: bool = False
    ) -> Found:
        assert model.artifact is not None
        event: dict[str, Any] = {
            "model": asdict(model_record(model)),
            "colours": dict(model.artifact.colours),
            "mapped": mapped,
        }
        if source:
            event["source"] = asdict(source)
        else:
            event["picture"] = base64.b64encode(picture).decode()
        return found_in(json.loads(json.dumps(self.handler(json.loads(json.dumps(event)), None))))


class Components:
    """Greengrass, which takes everything."""

    def create(self, name: str, version: str, recipe: str) -> str:
        assert json.loads(recipe)["ComponentName"] == name
        return f"arn:aws:greengrass:eu-west-1:123456789012:components:{name}:versions:{version}"


@contextmanager
def deployed(work: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ControlApi, Any]]:
    """The service and a function that runs what waits."""
    with mock_aws():
        control_table()
        client = buckets("pictures", "sightline-models", "out")
        boto3.client("dynamodb").create_table(
            TableName="models",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "project", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "project", "AttributeType": "S"}],
        )
        for name, value in settings(ControlDetectSettings).items():
            monkeypatch.setenv(name, value)
        starter = MemoryJobStarter(deque())
        built = control.control(settings(ControlSettings))
        jobs = control.control_job(settings(ControlJobSettings))
        # The emulated Lambda knows no provisioned concurrency; test_control_hosting has its own.
        serving = RegistryHosting(DynamoModelRegistry("models", boto3.client("dynamodb")))
        packager = EdgePackager(
            S3ArtifactStore("sightline-models", client, work / "fetched"),
            jobs.objects,
            Components(),
        )
        work_deps = replace(jobs, jobs=starter, work=work, hosting=serving, packager=packager)
        detect = _load(ROOT / "services/workflow/control_detect.py")
        deps = replace(built, jobs=starter, host=DirectDetectHost(detect.handler))
        api = ControlApi(work)
        service.use(lambda: deps)
        yield api, lambda: starter.run_all(lambda job_id: run_job(job_id, work_deps))
        assert client


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"function_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("masks", [False, True], ids=["classification", "segmentation"])
def test_pictures_become_a_model_that_finds_defects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, masks: bool
) -> None:
    with deployed(tmp_path, monkeypatch) as (api, run_all):
        client = boto3.client("s3")
        put_dataset(client, "pictures", "all.manifest", masks=masks)
        api.ok("CreateProject", **CASTINGS)
        place = {"Bucket": "pictures", "Key": "all.manifest"}
        source = {"GroundTruthManifest": {"S3Object": place}}
        api.ok("CreateDataset", **TRAIN, DatasetSource=source)
        run_all()
        told = api.ok("DescribeDataset", **TRAIN)["DatasetDescription"]
        assert told["ImageStats"]["Total"] == 30, told
        api.ok("CreateModel", **CASTINGS, OutputConfig={"S3Location": {"Bucket": "out"}})
        run_all()
        model = api.ok("DescribeModel", **ONE)["ModelDescription"]
        assert model["Status"] == "TRAINED", model["StatusMessage"]
        assert model["Performance"]["F1Score"] > 0.8
        written = client.get_object(**model["EvaluationManifest"])["Body"].read().decode()
        assert len(written.splitlines()) == 30
        assert f1_of(written) == pytest.approx(model["Performance"]["F1Score"])
        api.ok("StartModel", **ONE, MinInferenceUnits=1)
        run_all()
        serving = DynamoModelRegistry("models", boto3.client("dynamodb")).get("castings")
        assert serving is not None
        assert (serving.version, serving.status) == ("1", HostingStatus.HOSTED)
        check_detection(api, masks=masks)
        check_edge(api, run_all, tmp_path)
        api.ok("StopModel", **ONE)
        run_all()
        api.ok("DeleteModel", **ONE)
        api.ok("DeleteDataset", **TRAIN)
        run_all()
        api.ok("DeleteProject", **CASTINGS)
        assert "Contents" not in client.list_objects_v2(Bucket="sightline-models")


def f1_of(evaluation: str) -> float:
    """F1 of the verdicts that an evaluation manifest lists."""
    lines = [json.loads(line) for line in evaluation.splitlines()]
    pairs = [
        (line["anomaly-label-metadata"]["class-name"], said["class-name"])
        for line in lines
        for said in (line["anomaly-label-detected-metadata"],)
    ]
    right = pairs.count(("anomaly", "anomaly"))
    wrong = sum(label != said for label, said in pairs)
    return 2 * right / (2 * right + wrong)


def check_edge(api: ControlApi, run_all: Any, work: Path) -> None:
    """A packaged model says the same on its own, from the bundle's own code."""
    target = {"S3OutputLocation": {"Bucket": "out", "Prefix": "edge/"}, "ComponentName": "parts"}
    greengrass = {**target, "TargetPlatform": {"Os": "LINUX", "Arch": "X86_64"}}
    asked = {**ONE, "JobName": "edge", "Configuration": {"Greengrass": greengrass}}
    api.ok("StartModelPackagingJob", **asked)
    run_all()
    told = api.ok("DescribeModelPackagingJob", **CASTINGS, JobName="edge")
    assert told["ModelPackagingDescription"]["Status"] == "SUCCEEDED", told
    stored = boto3.client("s3").get_object(Bucket="out", Key="edge/parts-1.0.0.zip")
    archive, code = work / "parts-1.0.0.zip", work / "code"
    archive.write_bytes(stored["Body"].read())
    with zipfile.ZipFile(archive) as opened:
        (wheel,) = [name for name in opened.namelist() if name.endswith(".whl")]
        zipfile.ZipFile(io.BytesIO(opened.read(wheel))).extractall(code)
    start = (
        f"import sightline; assert sightline.__file__.startswith({str(code)!r});"
        "from sightline.edge.server import main; main()"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", start, str(archive), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=work,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(code)},
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().rpartition(" on ")[2].strip()
        for number in (77, 78):
            picture = part(number, defect=number == 77)[0]
            said = urllib3.request("POST", f"{address}/detect", body=picture, timeout=30).json()
            members = {**ONE, "Body": picture, "ContentType": "image/png"}
            assert said == api.ok("DetectAnomalies", **members)
        wrong = urllib3.request("POST", f"{address}/detect", body=b"GIF89a", timeout=30)
        assert (wrong.status, wrong.json()["Message"]) == (
            400,
            "The image is not a readable PNG or JPEG.",
        )
        assert urllib3.request("GET", address, timeout=30).json()["Status"] == "RUNNING"
    finally:
        server.terminate()
        server.wait(10)


def check_detection(api: ControlApi, *, masks: bool) -> None:
    """A new defect is found, a new good part is not, directly and by reference."""
    bad, good = part(77, defect=True)[0], part(77, defect=False)[0]
    found = api.ok("DetectAnomalies", **ONE, Body=bad, ContentType="image/png")
    result = found["DetectAnomalyResult"]
    assert result["IsAnomalous"] is True
    assert 0.5 <= result["Confidence"] <= 1
    fine = api.ok("DetectAnomalies", **ONE, Body=good, ContentType="image/png")
    assert fine["DetectAnomalyResult"]["IsAnomalous"] is False
    boto3.client("s3").put_object(Bucket="pictures", Key="new.png", Body=bad)
    path = "/sightline/projects/castings/models/1/detect"
    answer = api.call("POST", path, {"S3Object": {"Bucket": "pictures", "Key": "new.png"}})
    assert answer.json == found
    if masks:
        background, cracked = result["Anomalies"]
        assert background["Name"] == "background"
        assert cracked["Name"] == "cracked"
        assert cracked["PixelAnomaly"]["Color"] == "#FF0000"
        assert 0.005 < cracked["PixelAnomaly"]["TotalPercentageArea"] < 0.2
        mask, picture = opened(result["AnomalyMask"]), Image.open(io.BytesIO(bad))
        Image.blend(picture, mask, 0.5)  # as programs do, without looking at the mask's mode
        assert mask.size == (SIZE, SIZE)
        colours = mask.getcolors()
        assert colours is not None
        assert {colour for _, colour in colours} == {RED, (255, 255, 255)}
        clean = fine["DetectAnomalyResult"]
        assert [anomaly["Name"] for anomaly in clean["Anomalies"]] == ["background"]
        assert opened(clean["AnomalyMask"]).getcolors() == [(SIZE * SIZE, (255, 255, 255))]
    truncated = bad[:900]
    assert "cannot be inspected" in api.refused(
        "DetectAnomalies", "ValidationException", **ONE, Body=truncated, ContentType="image/png"
    )


def opened(mask: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(mask)))
