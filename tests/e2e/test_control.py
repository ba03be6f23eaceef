"""A model's life over Lookout for Vision's protocol, and the cameras that it serves."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from sightline import lookoutvision
from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.control import DynamoControlRegistry
from sightline.camera import Camera
from sightline.domain import cameras, times
from sightline.domain.errors import ConflictError
from sightline.domain.lookout.idle import Asked
from sightline.domain.lookout.models import Model, version_name
from sightline.local.audit import rows
from sightline.local.iam.credentials import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from sightline.local.parts.drawing import write_parts
from sightline.local.stack import LocalStack
from sightline.workflow.control.ports import Put
from tests.e2e.observed import Observed
from tests.e2e.waiting import until

USERS = ("out/", "users/")  # what is not control's own in the one bucket that it may use untold
PROJECT = "housings"
TRAIN = {"ProjectName": PROJECT, "DatasetType": "train"}
ONE = {"ProjectName": PROJECT, "ModelVersion": "1"}
FAILED = {"TRAINING_FAILED", "HOSTING_FAILED", "CREATE_FAILED"}


@dataclass
class Works:
    """A stack that is up, a client of its control service, and pictures of parts."""

    stack: LocalStack
    client: Any
    parts: Path
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def bucket(self) -> str:
        return str(self.stack.outputs["modelsBucket"])

    def camera(self, name: str) -> Camera:
        """A camera of the project, registered when it is first asked for."""
        stack = self.stack
        known, token = cameras.register(
            name, line="line-1", facility="leipzig", project=PROJECT, at=times.now()
        )
        registry = DynamoCameraRegistry(stack.outputs["camerasTable"], stack.client("dynamodb"))
        with contextlib.suppress(ConflictError):
            registry.add(known)
            self.tokens[name] = token
        return Camera(stack.api_url("ingest"), self.tokens[name], allow_plain_http=True)

    def model(self) -> Any:
        return self.client.describe_model(**ONE)["ModelDescription"]

    def status(self, wanted: str, seconds: float = 60) -> Any:
        """The model, once it has this status."""

        def look() -> Any:
            model = self.model()
            assert model["Status"] not in FAILED, model["StatusMessage"]
            return model if model["Status"] == wanted else None

        return until(look, seconds=seconds, what=wanted)


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory, observed: Observed) -> Iterator[Works]:
    folder = tmp_path_factory.mktemp("parts")
    write_parts(folder / "train", normal=20, anomaly=10, seed=0)
    write_parts(folder / "test", normal=2, anomaly=2, seed=1)
    with observed.stack() as stack:
        client = lookoutvision.client(
            endpoint_url=stack.api_url("control"),
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
        )
        works = Works(stack, client, folder)
        put_dataset(stack.client("s3"), works.bucket, folder / "train")
        yield works


def put_dataset(s3: Any, bucket: str, folder: Path) -> None:
    """A user's pictures and their manifest in this bucket."""
    lines = []
    for picture in sorted(folder.rglob("*.jp*g")) + sorted(folder.rglob("*.png")):
        label = picture.parent.name
        key = f"users/{label}/{picture.name}"
        s3.put_object(Bucket=bucket, Key=key, Body=picture.read_bytes())
        kind = {"confidence": 1, "job-name": "j", "class-name": label, "human-annotated": "yes"}
        kind |= {"creation-date": "2026-01-01T00:00:00", "type": "groundtruth/image-classification"}
        line = {"source-ref": f"s3://{bucket}/{key}", "anomaly-label": int(label == "anomaly")}
        lines.append(json.dumps({**line, "anomaly-label-metadata": kind}))
    s3.put_object(Bucket=bucket, Key="users/parts.manifest", Body="\n".join(lines).encode())


def a_part(works: Works, kind: str = "normal") -> bytes:
    return min((works.parts / "test" / kind).iterdir()).read_bytes()


def test_nobody_gets_in_without_a_signature(works: Works) -> None:
    url = works.stack.api_url("control") + "/2020-11-20/projects"
    answer = urllib3.request("GET", url)
    assert answer.status == 403
    assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
    stranger = lookoutvision.client(
        endpoint_url=works.stack.api_url("control"),
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key="guessed",
    )
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        stranger.list_projects()


def test_a_model_is_trained_from_a_manifest(works: Works) -> None:
    client = works.client
    client.create_project(ProjectName=PROJECT)
    place = {"Bucket": works.bucket, "Key": "users/parts.manifest"}
    client.create_dataset(**TRAIN, DatasetSource={"GroundTruthManifest": {"S3Object": place}})

    def dataset() -> Any:
        found = client.describe_dataset(**TRAIN)["DatasetDescription"]
        assert found["Status"] != "CREATE_FAILED", found["StatusMessage"]
        return found if found["Status"] == "CREATE_COMPLETE" else None

    stats = until(dataset, seconds=30, what="the dataset")["ImageStats"]
    assert (stats["Total"], stats["Normal"], stats["Anomaly"]) == (30, 20, 10)
    client.create_model(
        ProjectName=PROJECT, OutputConfig={"S3Location": {"Bucket": works.bucket, "Prefix": "out/"}}
    )
    trained = works.status("TRAINED", seconds=240)
    assert trained["Performance"]["F1Score"] > 0.5
    written = works.stack.client("s3").get_object(**trained["EvaluationManifest"])
    assert len(written["Body"].read().splitlines()) == 30


def test_a_bucket_that_was_not_listed_is_named_soon(works: Works) -> None:
    works.stack.client("s3").create_bucket(
        Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    works.client.create_project(ProjectName="elsewhere")
    place = {"GroundTruthManifest": {"S3Object": {"Bucket": "elsewhere", "Key": "a.manifest"}}}
    dataset = {"ProjectName": "elsewhere", "DatasetType": "train"}
    works.client.create_dataset(**dataset, DatasetSource=place)

    def failed() -> Any:
        found = works.client.describe_dataset(**dataset)["DatasetDescription"]
        return found if found["Status"] == "CREATE_FAILED" else None

    told = until(failed, seconds=20, what="CREATE_FAILED")
    assert "bucket elsewhere is denied" in told["StatusMessage"]
    assert "datasetBuckets" in told["StatusMessage"]
    works.client.delete_dataset(**dataset)
    project = {"ProjectName": "elsewhere"}
    until(
        lambda: not works.client.describe_project(**project)["ProjectDescription"]["Datasets"],
        seconds=20,
        what="no dataset",
    )
    works.client.delete_project(**project)


def test_a_started_model_is_hosted_and_says_what_it_sees(works: Works) -> None:
    works.client.start_model(**ONE, MinInferenceUnits=1)
    works.status("HOSTED")
    for kind in ("normal", "anomaly"):
        answer = works.client.detect_anomalies(
            **ONE, Body=a_part(works, kind), ContentType="image/jpeg"
        )["DetectAnomalyResult"]
        assert isinstance(answer["IsAnomalous"], bool)
        assert 0 <= answer["Confidence"] <= 1


def test_a_running_model_that_nobody_asks_alarms_a_person(works: Works) -> None:
    stack = works.stack
    registry = DynamoControlRegistry(stack.outputs["controlTable"], stack.client("dynamodb"))
    model = registry.get(Model, PROJECT, version_name("1"))
    assert model is not None
    assert model.started_at is not None
    asked = registry.get(Asked, PROJECT, version_name("1"))
    assert asked is not None  # by the pictures above
    hours_ago = times.now() - timedelta(hours=2)
    registry.commit(Put(replace(model, started_at=hours_ago)), Put(replace(asked, at=hours_ago)))
    wake_control(works)
    subject = f'ALARM: "{alarm_name(works, "idle-models")}'

    def mailed() -> bool:
        return any(mail.subject.startswith(subject) for mail in stack.mailbox.messages())

    until(mailed, seconds=20, what="the alarm's mail")


def wake_control(works: Works) -> None:
    """What the schedule does every minute."""
    function = works.stack.outputs["controlEnvironment"]["CONTROL_JOB_FUNCTION"]
    answer = works.stack.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


def alarm_name(works: Works, beginning: str) -> str:
    found = works.stack.client("cloudwatch").describe_alarms(AlarmNamePrefix=beginning)
    return str(found["MetricAlarms"][0]["AlarmName"])


def rule_state(works: Works) -> str:
    rule = works.stack.outputs["controlEnvironment"]["WAKEUP_RULE"]
    return str(works.stack.client("events").describe_rule(Name=rule)["State"])


def ask(works: Works, method: str, path: str, body: Any = None) -> Any:
    """What people's pages do: the members of a signed request's answer."""
    asked = AWSRequest(
        method,
        f"{works.stack.api_url('control')}/sightline/projects/{PROJECT}{path}",
        data=json.dumps(body) if body is not None else b"",
        headers={"Content-Type": "application/json"},
    )
    known = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
    SigV4Auth(known, "execute-api", REGION).add_auth(asked)
    answer = urllib3.request(
        method, str(asked.url), body=asked.data, headers=dict(asked.headers.items())
    )
    assert answer.status < 300, answer.data
    return answer.json()


def put_threshold(works: Works, value: float | None) -> None:
    """What people's page of a model does."""
    ask(works, "PUT", "/models/1/threshold", {"Threshold": value})


def says_anomalous(works: Works, picture: bytes, image_id: str) -> bool:
    """What DetectAnomalies and the cameras' pipeline say of a picture, which must be the same."""
    answer = works.client.detect_anomalies(**ONE, Body=picture, ContentType="image/jpeg")
    works.camera("cam-2").upload(picture, image_id=image_id)
    said = bool(answer["DetectAnomalyResult"]["IsAnomalous"])
    assert verdict(works.stack, image_id, "cam-2")[0] == ("anomalous" if said else "normal")
    return said


def test_verdicts_follow_the_threshold_that_people_set(works: Works) -> None:
    picture = a_part(works)
    as_trained = says_anomalous(works, picture, "as trained")
    put_threshold(works, 1e6)
    assert not says_anomalous(works, picture, "everything is good")
    put_threshold(works, -1e6)
    assert says_anomalous(works, picture, "nothing is good")
    put_threshold(works, None)
    assert says_anomalous(works, picture, "as trained again") == as_trained


def test_a_camera_of_the_project_is_served_until_the_model_stops(works: Works) -> None:
    stack = works.stack
    with works.camera("cam-1") as camera:
        camera.upload(a_part(works), image_id="while hosted")
        assert verdict(stack, "while hosted")[0] in {"normal", "anomalous"}
        works.client.stop_model(**ONE)
        works.status("TRAINED")
        camera.upload(a_part(works), image_id="after the stop")
        assert verdict(stack, "after the stop") == ("not_inspected", "no_model")
    with pytest.raises(ClientError, match="ConflictException"):
        works.client.detect_anomalies(**ONE, Body=a_part(works), ContentType="image/jpeg")


def test_what_came_while_no_model_ran_can_be_tried_later(works: Works) -> None:
    place = {
        "Bucket": works.stack.outputs["imagesBucket"],
        "Prefix": "images/leipzig/line-1/cam-1/",
    }
    started = ask(works, "POST", "/trials", {"ModelVersions": ["1"], "Images": place})
    path = f"/trials/{started['Trial']['TrialName']}"

    def complete() -> Any:
        found = ask(works, "GET", path)
        assert found["Trial"]["Status"] != "FAILED", found["Trial"]["StatusMessage"]
        return found if found["Trial"]["Status"] == "COMPLETE" else None

    found = until(complete, seconds=60, what="the trial")
    assert len(found["Images"]) == 2
    for image in found["Images"]:
        assert isinstance(image["Results"]["1"]["IsAnomalous"], bool), image
    ask(works, "DELETE", path)


def verdict(stack: LocalStack, image: str, camera: str = "cam-1") -> tuple[str, str | None]:
    def look() -> Any:
        found = rows(stack.clients, stack.outputs["inspectionsTable"])
        return next((row for row in found if row.image == f"{camera}#{image}"), None)

    row = until(look, seconds=30, what=image)
    return row.verdict, row.reason


def test_everything_can_be_deleted_again(works: Works) -> None:
    client = works.client
    client.delete_model(**ONE)
    until(
        lambda: not client.list_models(ProjectName=PROJECT)["Models"], seconds=30, what="no model"
    )
    client.delete_dataset(**TRAIN)
    until(
        lambda: not client.describe_project(ProjectName=PROJECT)["ProjectDescription"]["Datasets"],
        seconds=30,
        what="no dataset",
    )
    client.delete_project(ProjectName=PROJECT)
    assert client.list_projects()["Projects"] == []
    assert works.stack.drain(30)
    assert rule_state(works) == "ENABLED"
    wake_control(works)
    assert rule_state(works) == "DISABLED"  # nothing is left to see to
    left = works.stack.client("s3").list_objects_v2(Bucket=works.bucket)["Contents"]
    assert [found["Key"] for found in left if not found["Key"].startswith(USERS)] == []
