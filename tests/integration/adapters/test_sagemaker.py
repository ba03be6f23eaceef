"""SageMaker's endpoints: the fake and the adapter keep one contract; verdicts over HTTP."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from moto import mock_aws
from PIL import Image, ImageDraw

from sightline.adapters.aws.sagemaker import SageMakerEndpoints
from sightline.adapters.aws.sagemaker_runtime import SageMakerDetectHost
from sightline.adapters.control_memory import MemoryEndpoints
from sightline.adapters.endpoint_detector import EndpointModelHost
from sightline.adapters.endpoint_hosting import Endpoints, EndpointState, EndpointStatus
from sightline.domain.errors import UnavailableError, UnusableImageError
from sightline.domain.models import HostingStatus, ModelRecord
from sightline.workflow.control.ports import BusyError
from tests.lookout_examples import model, png
from tests.unit.adapters.test_endpoint_hosting import HOST

ROLE = "arn:aws:iam::123456789012:role/endpoints"
# As in AWS's notebook for its Marketplace model.
PUBLISHED = {
    "Source": {"Type": "direct"},
    "IsAnomalous": True,
    "Confidence": 0.9378743361326908,
}


@pytest.fixture(params=["memory", "aws"])
def endpoints(request: pytest.FixtureRequest) -> Iterator[Endpoints]:
    if request.param == "memory":
        yield MemoryEndpoints()
        return
    with mock_aws():
        yield SageMakerEndpoints(ROLE, boto3.client("sagemaker"))


def test_an_endpoint_comes_and_goes(endpoints: Endpoints) -> None:
    assert endpoints.state(HOST) is None
    endpoints.create(HOST, 2)
    assert endpoints.state(HOST) == EndpointState(EndpointStatus.IN_SERVICE, 2)
    endpoints.delete(HOST)
    assert endpoints.state(HOST) is None
    endpoints.clean(HOST)


def test_deleting_what_is_not_there_is_fine(endpoints: Endpoints) -> None:
    endpoints.delete(HOST)
    endpoints.clean(HOST)


def test_what_an_earlier_attempt_left_is_made_anew(endpoints: Endpoints) -> None:
    endpoints.create(HOST, 1)
    endpoints.delete(HOST)
    assert endpoints.state(HOST) is None
    endpoints.create(HOST, 3)
    assert endpoints.state(HOST) == EndpointState(EndpointStatus.IN_SERVICE, 3)


def test_an_endpoint_is_the_packages_model_on_the_instances_asked_for() -> None:
    with mock_aws():
        client = boto3.client("sagemaker")
        SageMakerEndpoints(ROLE, client).create(HOST, 2)
        made = client.describe_model(ModelName=HOST.endpoint)
        assert made["PrimaryContainer"]["ModelPackageName"] == HOST.package
        assert made["ExecutionRoleArn"] == ROLE
        config = client.describe_endpoint_config(EndpointConfigName=HOST.endpoint)
        (variant,) = config["ProductionVariants"]
        assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.c5.2xlarge", 2)


@dataclass
class Runtime:
    """SageMaker's runtime on a local port: answers what it is told to and keeps what came."""

    answer: Any = field(default_factory=lambda: dict(PUBLISHED))
    status: int = 200
    error: str = ""
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    client: Any = None


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    told = Runtime()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.asked.append((self.path, self.headers["Content-Type"], body))
            raw = (
                told.answer if isinstance(told.answer, bytes) else json.dumps(told.answer).encode()
            )
            self.send_response(told.status)
            if told.error:
                self.send_header("x-amzn-ErrorType", told.error)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    told.client = boto3.client(
        "sagemaker-runtime", endpoint_url=f"http://127.0.0.1:{server.server_port}"
    )
    yield told
    server.shutdown()
    server.server_close()


def detect(runtime: Runtime, picture: bytes = b"\xff\xd8 a jpeg") -> Any:
    return SageMakerDetectHost(lambda: runtime.client).detect(model(host=HOST), picture, None)


def test_the_published_answer_is_understood(runtime: Runtime) -> None:
    found = detect(runtime)
    assert (found.anomalous, found.confidence) == (True, 0.9378743361326908)
    path = f"/endpoints/{HOST.endpoint}/invocations"
    assert runtime.asked == [(path, "image/jpeg", b"\xff\xd8 a jpeg")]
    detect(runtime, png(64, 64))
    assert runtime.asked[1][1] == "image/png"


def test_an_envelope_and_a_segmentation_are_understood(runtime: Runtime) -> None:
    crack = {"Name": "crack", "PixelAnomaly": {"TotalPercentageArea": 0.1, "Color": "#23a436"}}
    more = {"Anomalies": [crack], "AnomalyMask": base64.b64encode(b"png").decode()}
    runtime.answer = {"DetectAnomalyResult": {**PUBLISHED, "IsAnomalous": "true", **more}}
    found = detect(runtime)
    assert found.anomalous is True
    (anomaly,) = found.anomalies
    assert (anomaly.name, anomaly.area, anomaly.colour) == ("crack", 0.1, "#23A436")
    assert found.mask == b"png"


@pytest.mark.parametrize(
    "answer",
    [b"body", b"", b"[]", {}, {"IsAnomalous": True}, {**PUBLISHED, "Confidence": 7}, b"null"],
)
def test_an_answer_without_a_verdict_is_none(runtime: Runtime, answer: Any) -> None:
    runtime.answer = answer
    with pytest.raises(UnavailableError, match="did not answer as a defect detection model does"):
        detect(runtime)


@pytest.mark.parametrize(
    ("status", "error", "members", "meant"),
    [
        (424, "ModelError", {"OriginalStatusCode": 415}, UnusableImageError),
        (424, "ModelError", {"OriginalStatusCode": 500}, UnavailableError),
        (400, "ThrottlingException", {}, BusyError),
        (400, "ValidationError", {}, UnavailableError),
    ],
)
def test_refusals_are_told_apart(
    runtime: Runtime, status: int, error: str, members: dict[str, Any], meant: type[Exception]
) -> None:
    runtime.status, runtime.error = status, error
    runtime.answer = {"Message": "no", "OriginalMessage": "no", **members}
    with pytest.raises(meant) as raised:
        detect(runtime)
    assert type(raised.value) is meant


def test_the_pipeline_gets_regions_and_a_map_from_the_mask(runtime: Runtime) -> None:
    mask = Image.new("RGB", (640, 480), "white")
    ImageDraw.Draw(mask).rectangle([320, 240, 479, 359], fill="#23A436")
    written = io.BytesIO()
    mask.save(written, "PNG")
    runtime.answer = {**PUBLISHED, "AnomalyMask": base64.b64encode(written.getvalue()).decode()}
    host = EndpointModelHost(SageMakerDetectHost(lambda: runtime.client).ask)
    record = ModelRecord("castings", "1", "", "", HostingStatus.HOSTED, endpoint=HOST.endpoint)
    result = host.inspect(record, png(640, 480))
    (region,) = result.regions
    assert abs(region["x"] - 320) < 4
    assert abs(region["height"] - 120) < 8
    assert region["area"] == pytest.approx(1 / 16, rel=0.05)
    assert (result.score, result.threshold) == (result.confidence, 0.5)
    assert Image.open(io.BytesIO(result.map_png)).size == (256, 192)
    runtime.answer = {**PUBLISHED, "IsAnomalous": False}
    plain = host.inspect(record, png(640, 480))
    assert (plain.regions, plain.score) == ([], pytest.approx(1 - plain.confidence))
