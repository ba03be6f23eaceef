"""A factory for the site's tests: the local stack with people, lines, cameras and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path

from sightline.adapters.aws.cameras import DynamoCameraRegistry
from sightline.adapters.aws.inspections import DynamoInspectionTable
from sightline.adapters.aws.models import DynamoModelRegistry, S3ArtifactStore
from sightline.camera import Camera
from sightline.domain import cameras, times
from sightline.domain.images import ImageRef
from sightline.domain.inspections import Recorded, Severity
from sightline.local.audit import Row, rows
from sightline.local.parts.drawing import write_parts
from sightline.local.stack import LocalStack
from sightline.vision.training import train
from sightline.workflow.host import host
from tests.e2e.waiting import until
from tests.site.training import SETS, Sets, train_project

PROJECT, FACILITY = "castings", "leipzig"
LINES = {"press-1": "Press 1", "press-2": "Press 2"}


@dataclass
class Factory:
    """What is up, and what can be done in it."""

    stack: LocalStack
    pictures: Path
    """`normal/` and `anomaly/`, unlike those that the model was trained on."""
    passwords: dict[str, str]
    exits: ExitStack
    sent: int = 0
    senders: dict[str, Camera] = field(default_factory=dict)
    trained: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return self.stack.url

    @property
    def origins(self) -> frozenset[str]:
        """Where the site and its pictures come from."""
        return frozenset({self.stack.url, self.stack.endpoint})

    def train(self, project: str, sets: Sets = SETS) -> None:
        """Have a project of the control service with a trained version, unless there is one."""
        if project not in self.trained:
            train_project(self.stack, project, self.pictures.parent / project, sets)
            self.trained.add(project)

    def add_camera(self, camera_id: str, line: str, project: str = PROJECT) -> None:
        """A camera on one of `LINES`, which can send."""
        known, token = cameras.register(
            camera_id,
            line=line,
            line_name=LINES[line],
            facility=FACILITY,
            facility_name="Leipzig",
            project=project,
            at=times.now(),
        )
        registry = DynamoCameraRegistry(
            self.stack.outputs["camerasTable"], self.stack.client("dynamodb")
        )
        registry.add(known)
        self.senders[camera_id] = self.sender(token)

    def sender(self, token: str) -> Camera:
        """A camera that sends with this token."""
        camera = Camera(self.stack.api_url("ingest"), token, allow_plain_http=True)
        return self.exits.enter_context(camera)

    def send(self, camera_id: str, kind: str = "normal", image_id: str | None = None) -> str:
        """Send a picture of the kind `normal` or `anomaly`; the image's id, once it is recorded."""
        picture = self._picture(kind)
        self.sent += 1
        upload = self.senders[camera_id].upload(picture, image_id, times.now(), shift="early")
        self.recorded(camera_id, upload.image_id)
        return upload.image_id

    def send_many(self, count: int, defect_every: int = 3) -> None:
        """Send so many pictures, some of them with a defect, in turn over all cameras."""
        waiting = []
        for number, camera_id in enumerate(islice(cycle(self.senders), count)):
            picture = self._picture("normal" if number % defect_every else "anomaly")
            self.sent += 1
            upload = self.senders[camera_id].upload(
                picture, None, times.now(), tool=f"T-{number % 4}"
            )
            waiting.append((camera_id, upload.image_id))
        for camera_id, image_id in waiting:
            self.recorded(camera_id, image_id)

    def repeat(self, count: int, *, camera_id: str, line: str, days_ago: int) -> None:
        """Records of so many pictures a second apart, on a past day of a line of their own.

        They show pictures that were sent, so that a long day need not be sent.
        """
        outputs = self.stack.outputs
        table = DynamoInspectionTable(outputs["inspectionsTable"], self.stack.client("dynamodb"))
        known = [
            ImageRef(*row.image.split("#", 1)) for row in self.rows() if row.verdict == "normal"
        ]
        models = [found for ref in known if (found := table.recorded(ref))]
        noon = times.now().replace(hour=12, minute=0, second=0) - timedelta(days=days_ago)
        for number, model in enumerate(islice(cycle(models), count)):
            at = noon + timedelta(seconds=number)
            inspection = replace(
                model.inspection,
                ref=ImageRef(camera_id, f"part-{number:04}"),
                line=line,
                captured_at=at,
            )
            table.record(Recorded(inspection, at, Severity.NONE))

    def recorded(self, camera_id: str, image_id: str) -> Row:
        """The record of an image, once there is one."""
        image = f"{camera_id}#{image_id}"
        return until(
            lambda: next((row for row in self.rows() if row.image == image), None),
            seconds=60,
            what=f"a record of {image}",
        )

    def rows(self) -> Sequence[Row]:
        """All records."""
        return rows(self.stack.clients, self.stack.outputs["inspectionsTable"])

    def end_session(self, group: str) -> None:
        """Whoever is signed in as somebody of a group has to sign in again."""
        pool = self.stack.site_config()["userPoolId"]
        people = self.stack.client("cognito-idp")
        people.admin_user_global_sign_out(UserPoolId=pool, Username=group)
        self.stack.sessions.end_all()

    def _picture(self, kind: str) -> Path:
        found = sorted((self.pictures / kind).iterdir())
        return found[self.sent % len(found)]


@contextmanager
def factory(folder: Path, *, normal: int = 20, anomaly: int = 12) -> Iterator[Factory]:
    """A stack whose model was trained on so many pictures; `folder` is for pictures and model."""
    write_parts(folder / "train", normal=normal, anomaly=anomaly, seed=0)
    write_parts(folder / "test", normal=12, anomaly=12, seed=1)
    train(folder / "train", folder / "model", budget="fast", seed=0)
    with ExitStack() as exits:
        stack = exits.enter_context(LocalStack())
        passwords = stack.add_people()
        host(
            folder / "model",
            PROJECT,
            "1",
            artifacts=S3ArtifactStore(stack.outputs["modelsBucket"], stack.client("s3")),
            models=DynamoModelRegistry(stack.outputs["modelsTable"], stack.client("dynamodb")),
        )
        made = Factory(stack, folder / "test", passwords, exits)
        made.add_camera("press-1-top", "press-1")
        made.add_camera("press-2-top", "press-2")
        yield made
