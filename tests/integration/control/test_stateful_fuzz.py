"""Chained requests made from the control service's own OpenAPI document, over HTTP."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import strategies as st

from sightline.domain import cameras
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Verdict
from sightline.domain.lookout.records import S3Location
from sightline.domain.lookout.schedules import Shift
from sightline.domain.reviews import Opinion
from sightline.domain.subscriptions import Subscription
from sightline.workflow.control.schedules import put_schedule
from sightline.workflow.control.trials import start_trial
from sightline.workflow.floor.review import review
from tests.control_api import service
from tests.control_server import listening
from tests.control_world import PICTURE, ControlWorld, call
from tests.examples import recorded
from tests.lookout_examples import line, png
from tests.walks import Known, World, visit, walk

CAMERA = "press-1-top"
SHIFT = Shift(("mon",), "06:00", "14:00")
P = "POST /sightline/projects/{projectName}"
ONE = "/sightline/projects/{projectName}/models/{modelVersion}"
PARTS = {"Bucket": "pictures", "Prefix": "normal/"}
GREENGRASS = {
    "S3OutputLocation": PARTS,
    "ComponentName": "boards",
    "TargetPlatform": {"Os": "LINUX", "Arch": "X86_64"},
}
KNOWN = Known(
    parameters={
        "projectName": "castings",
        "modelVersion": "1",
        "datasetType": "train",
        "resourceArn": "arn:aws:lookoutvision:eu-west-1:123456789012:model/castings/1",
        "trialName": "trial-job-4",  # the fourth job of each walk
        "cameraId": CAMERA,
        "imageId": "part-1",
        "subscriptionId": "00000000-0000-4000-8000-000000000001",
        "camera": CAMERA,
        "facility": "leipzig",
        "line": "press-1",
        "project": "castings",
        "day": "2026-03-14",
        "source": "s3://pictures/normal/1.png",
    },
    members={
        "DatasetSource": {
            "GroundTruthManifest": {"S3Object": {"Bucket": "pictures", "Key": "all.manifest"}}
        },
        "Changes": base64.b64encode(line("normal/1.png", "anomaly").encode()).decode(),
        "Configuration": {"Greengrass": GREENGRASS},
        "MinInferenceUnits": 1,
        "ModelVersion": "1",
        "ModelVersions": ["latest"],
        "Images": PARTS,
        "S3Object": {"Bucket": "pictures", "Key": "normal/1.png"},
        "SourceRefs": ["s3://pictures/normal/1.png"],
        "Labels": {"s3://pictures/normal/1.png": "anomaly"},
        "Timezone": "Europe/Berlin",
        "DatasetType": "train",
    },
    bodies={
        f"{P}/trials": {"ModelVersions": ["latest"], "Images": PARTS},
        f"{P}/feedback": {
            "DatasetType": "train",
            "Inspections": [{"CameraId": CAMERA, "ImageId": "part-2"}],
        },
        f"{P}/uploads": {"Files": [{"Name": "new.png", "ContentType": "image/png", "Size": 1234}]},
        "POST /sightline/cameras": {
            "CameraId": "press-2-top",
            "Line": "press-2",
            "Facility": "leipzig",
            "Project": "castings",
        },
        "PATCH /sightline/cameras/{cameraId}": {"Line": "press-2", "Name": None},
        "POST /sightline/alerts": {
            "Protocol": "sms",
            "Endpoint": "+4915112345678",
            "Severities": ["high"],
        },
        f"PUT {ONE}/schedule": {
            "Timezone": "Europe/Berlin",
            "MinInferenceUnits": 1,
            "Shifts": [{"Days": ["mon"], "Start": "06:00", "End": "14:00"}],
        },
        f"PUT {ONE}/threshold": {"Threshold": 0.5},
        f"POST {ONE}/detect": {"S3Object": {"Bucket": "pictures", "Key": "normal/1.png"}},
    },
    queries={"GET /sightline/inspections": {"camera": CAMERA, "day": "2026-03-14"}},
)

pictures = st.sampled_from([PICTURE, PICTURE[:40], png(64, 65)]) | st.binary(max_size=80)
schemathesis.openapi.media_type("image/png", pictures)
schemathesis.openapi.media_type("image/jpeg", pictures)


def begin() -> World:
    """A world with a running model, a trial, a camera and what was inspected of its pictures."""
    folder = tempfile.TemporaryDirectory()
    world = ControlWorld(Path(folder.name))
    service.use(lambda: world.deps)
    world.project()
    world.model()
    world.run_all()
    world.start()
    world.run_all()
    images = S3Location(**{name.lower(): value for name, value in PARTS.items()})
    start_trial("castings", ["1"], images, call=call("trial"), deps=world.deps)
    world.run_all()
    add_inspections(world)
    world.subscriptions.add(Subscription("sms", "+4915198765432"))
    put_schedule("castings", "1", timezone="UTC", units=1, shifts=[SHIFT], deps=world.deps)
    return World(go_on=world.run_all, end=folder.cleanup)


def add_inspections(world: ControlWorld) -> None:
    """A camera's defect, a good part, and a picture that could not be inspected."""
    known, _ = cameras.register(
        CAMERA, line="press-1", facility="leipzig", project="castings", at=world.now
    )
    world.cameras.add(replace(known, last_seen_at=world.now))
    for number, verdict in enumerate((Verdict.ANOMALOUS, Verdict.NORMAL, Verdict.NOT_INSPECTED), 1):
        found = recorded(
            ref=ImageRef(CAMERA, f"part-{number}"),
            bucket="pictures",
            key=f"normal/{number}.png",
            captured_at=world.now - timedelta(minutes=number),
            verdict=verdict,
            reason="no_model" if verdict is Verdict.NOT_INSPECTED else None,
        )
        world.cases.inspections.record(found)
    review(CAMERA, "part-2", Opinion(Verdict.NORMAL, "lead"), world.deps.floor)


@pytest.fixture(scope="module")
def schema() -> Iterator[Any]:
    """The service's document, and the service on a local port."""
    document = service.openapi()
    del document["security"]  # that is the gateway's to check, and nobody's here
    with listening() as address:
        found = schemathesis.openapi.from_dict(document)
        found.config.update(base_url=address)
        yield found


def test_no_chain_of_requests_breaks_the_service(schema: Any) -> None:
    walk(schema, begin, KNOWN)


# They need a model that stands still, a project without anything, endpoints, or a packaging job.
NOT_HERE = {
    "DELETE /2020-11-20/projects/{projectName}",
    "DELETE /2020-11-20/projects/{projectName}/models/{modelVersion}",
    "GET /2020-11-20/projects/{projectName}/modelpackagingjobs/{jobName}",
    "POST /2020-11-20/projects/{projectName}/datasets",
    "POST /2020-11-20/projects/{projectName}/models/{modelVersion}/start",
    "POST /sightline/projects/{projectName}/trials/{trialName}/dataset",
    f"DELETE {ONE}/host",
    f"POST {ONE}/start-on-demand",
    f"PUT {ONE}/host",
}


def test_no_request_breaks_the_service_and_most_of_them_get_through(schema: Any) -> None:
    succeeded = visit(schema, begin, KNOWN)
    every = {operation.ok().label for operation in schema.get_all_operations()}
    assert every - succeeded <= NOT_HERE
