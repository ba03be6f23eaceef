"""One trained model for all end-to-end tests; each stack is a fresh world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.camera import Camera
from sightline.domain import cameras, times
from sightline.domain.models import HostingStatus
from sightline.local.audit import AlertTap, Row, rows
from sightline.local.parts.drawing import write_parts
from sightline.local.stack import LocalStack
from sightline.vision.training import train
from sightline.workflow.host import host
from tests.e2e.observed import Observed
from tests.e2e.waiting import until

HERE = Path(__file__).parent
LAST = ("test_logs.py", "test_least_privilege.py")
PROJECT, LINE, FACILITY = "castings", "press-1", "leipzig"


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of parts to train on and to play: `train/` and `test/`."""
    folder = tmp_path_factory.mktemp("parts")
    write_parts(folder / "train", normal=16, anomaly=0, seed=0)
    write_parts(folder / "test", normal=12, anomaly=12, seed=1)
    return folder


@pytest.fixture(scope="session")
def artifact(parts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, trained as quickly as possible: these tests are not about its quality."""
    folder = tmp_path_factory.mktemp("model")
    train(parts / "train", folder, budget="fast", seed=0)
    return folder


@dataclass
class World:
    """A stack that is up, with a hosted model, and what tests do in it."""

    stack: LocalStack
    tap: AlertTap
    exits: ExitStack
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def registry(self) -> DynamoCameraRegistry:
        return DynamoCameraRegistry(
            self.stack.outputs["camerasTable"], self.stack.client("dynamodb")
        )

    @property
    def inspections(self) -> DynamoInspectionTable:
        return DynamoInspectionTable(
            self.stack.outputs["inspectionsTable"], self.stack.client("dynamodb")
        )

    @property
    def models(self) -> DynamoModelRegistry:
        return DynamoModelRegistry(self.stack.outputs["modelsTable"], self.stack.client("dynamodb"))

    def token(self, camera_id: str = "press-1-top") -> str:
        """The token of a camera, registered when it is first asked for."""
        if camera_id not in self.tokens:
            known, token = cameras.register(
                camera_id, line=LINE, facility=FACILITY, project=PROJECT, at=times.now()
            )
            self.registry.add(known)
            self.tokens[camera_id] = token
        return self.tokens[camera_id]

    def camera(self, camera_id: str = "press-1-top") -> Camera:
        """The SDK's camera, closed when the world ends."""
        camera = Camera(self.stack.api_url("ingest"), self.token(camera_id), allow_plain_http=True)
        return self.exits.enter_context(camera)

    def rows(self) -> list[Row]:
        """All records."""
        return rows(self.stack.clients, self.stack.outputs["inspectionsTable"])

    def recorded(self, image: str, seconds: float = 30) -> Row:
        """The record of `camera#image id`, once there is one."""
        return until(
            lambda: next((row for row in self.rows() if row.image == image), None),
            seconds=seconds,
            what=f"a record of {image}",
        )

    def objects(self) -> set[str]:
        """All keys of the image bucket."""
        pages = (
            self.stack.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.stack.outputs["imagesBucket"])
        )
        return {item["Key"] for page in pages for item in page.get("Contents", [])}

    def serve(self, status: HostingStatus) -> None:
        """Let the project's model be in this status."""
        found = self.models.get(PROJECT)
        assert found is not None
        self.models.put(type(found)(**{**vars(found), "status": status}))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks at all that the others did comes after them, and before the other tiers."""
    place = {name: number for number, name in enumerate(LAST, start=1)}
    here = [number for number, item in enumerate(items) if item.path.parent == HERE]
    ordered = sorted((items[number] for number in here), key=lambda i: place.get(i.path.name, 0))
    for number, item in zip(here, ordered, strict=True):
        items[number] = item


@pytest.fixture(scope="session")
def observed() -> Observed:
    """What the stacks of these tests did, until now."""
    return Observed()


@pytest.fixture(scope="session")
def new_world(artifact: Path, observed: Observed) -> Callable[..., Any]:
    """Makes worlds; `options` are those of `LocalStack`."""

    def make(**options: Any) -> Iterator[World]:
        with ExitStack() as exits:
            stack = exits.enter_context(observed.stack(**options))
            world = World(stack, AlertTap(stack.clients, stack.outputs["alertTopicArn"]), exits)
            host(
                artifact,
                PROJECT,
                "1",
                artifacts=S3ArtifactStore(stack.outputs["modelsBucket"], stack.client("s3")),
                models=world.models,
            )
            yield world

    return make


@pytest.fixture(scope="module")
def world(new_world: Callable[..., Iterator[World]]) -> Iterator[World]:
    """A world that a module's tests share."""
    yield from new_world()
