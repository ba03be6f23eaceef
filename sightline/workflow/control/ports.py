"""What control needs from the world outside, as protocols.

`sightline.adapters.control_memory` and `sightline.adapters.aws.control*` implement them under one
contract test. All of them raise `UnavailableError` for what may pass.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from sightline.domain.errors import ConflictError, UnavailableError
from sightline.domain.lookout.arns import Owner
from sightline.domain.lookout.costs import UnitPrice
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.packaging import PackagingJob
from sightline.domain.lookout.records import Record, S3Location, S3Object
from sightline.domain.times import Clock
from sightline.workflow.floor.ports import FloorDeps
from sightline.workflow.ports import CameraRegistry, Metrics, ModelRegistry

R = TypeVar("R", bound=Record)


class ChangedError(ConflictError):
    """A record is no longer as it was read; nothing was written. Read again and decide again."""


class BusyError(UnavailableError):
    """A running model has more to do than its ceiling lets it; ask again a little later."""


@dataclass(frozen=True)
class Put:
    """Store a record: a new one (revision 0) or the next state of the one that was read."""

    record: Record


@dataclass(frozen=True)
class Remove:
    """Remove a record as it was read."""

    record: Record


@dataclass(frozen=True)
class Check:
    """Change nothing, but only if the record is still as it was read."""

    record: Record


Change = Put | Remove | Check


class ControlRegistry(Protocol):
    """The control table."""

    def get(self, kind: type[R], scope: str, name: str) -> R | None:
        """A record as it stands now."""

    def page(self, kind: type[R], scope: str, *, after: str = "", limit: int = 100) -> Sequence[R]:
        """Records of a scope in name order, beginning behind `after`."""

    def commit(self, *changes: Change) -> None:
        """All changes or none; `ChangedError` when any record is not as it was read."""


class EntryStore(Protocol):
    """Sets of dataset entries, each written once under a key of its own."""

    def write(self, key: str, lines: Iterable[str]) -> None: ...

    def read(self, key: str) -> Sequence[str]:
        """The lines; `NotFoundError` when there is no such set."""

    def delete(self, key: str) -> None:
        """Forget a set; one that is not there is fine."""


class ObjectStore(Protocol):
    """The users' own buckets. `ForbiddenError` when one of them is closed to the service."""

    def lines(self, source: S3Object) -> Iterator[str]:
        """A text object line by line; `NotFoundError`, or `InvalidError` when it is no UTF-8."""

    def read(self, source: S3Object, *, max_bytes: int) -> bytes:
        """A whole object; `NotFoundError`, or `TooLargeError`."""

    def write(
        self, target: S3Object, data: bytes, content_type: str, *, key: str | None = None
    ) -> None:
        """`key` is the ARN of the KMS key to encrypt with; None: as the bucket says."""

    def list(self, place: S3Location, *, limit: int) -> Sequence[S3Object]:
        """Objects below a place, by key, at most `limit`; none when the bucket is not there."""

    def fetch(self, wanted: Mapping[Path, S3Object], *, max_bytes: int) -> None:
        """Download many objects at once; `NotFoundError` or `TooLargeError` names the first."""


class JobStarter(Protocol):
    """Has jobs run by somebody else."""

    def start(self, job_id: str) -> None:
        """Ask for a run; asking again for the same job is harmless."""


class Wakeups(Protocol):
    """Has model control look every minute what there is to see to, or not at all."""

    def begin(self) -> None:
        """Beginning what has begun changes nothing."""

    def end(self) -> None: ...


class Attending(Protocol):
    """Is told when a running model is asked."""

    def note(self, model: Model) -> None: ...


@dataclass(frozen=True)
class Anomaly:
    """One kind of defect in a picture: its share of the area (0..1) and its colour in the mask."""

    name: str
    area: float
    colour: str


@dataclass(frozen=True)
class Found:
    """What a running model says of one picture; `mask` is a PNG.

    `heat_map` is an 8-bit grey PNG of the whole picture, 128 at the threshold, where it was asked
    for and the model's host makes one.
    """

    anomalous: bool
    confidence: float
    anomalies: Sequence[Anomaly] = ()
    mask: bytes | None = None
    heat_map: bytes | None = None


class DetectHost(Protocol):
    """Runs a hosted model on one picture."""

    def detect(
        self, model: Model, picture: bytes, source: S3Object | None, *, mapped: bool = False
    ) -> Found:
        """`source` is where the picture lies, if anywhere; `mapped` asks for a heat map.

        `UnusableImageError` when it is bad, `BusyError` when the model can take no more just now.
        """


@dataclass(frozen=True)
class Prediction:
    """What the trained model says of one held-out picture, by its path within the folder.

    It is anomalous when its raw `score` reaches the model's threshold.
    """

    picture: str
    anomalous: bool
    confidence: float
    score: float


@dataclass(frozen=True)
class Trained:
    """A finished training. Metrics are of held-out pictures, each 0..1, None where undefined.

    `slope` is how steeply confidence grows with the distance of a score from the threshold.
    """

    sha256: str
    f1: float
    recall: float
    precision: float
    roc_auc: float | None
    average_precision: float | None
    predictions: Sequence[Prediction]
    threshold: float
    slope: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class MaskFile:
    """A fetched mask: the stem of its picture, and which colour (`#rrggbb`) is which kind."""

    stem: str
    path: Path
    colours: Mapping[str, str]


class Trainer(Protocol):
    """Makes a model from a folder of pictures."""

    def train(self, folder: Path, masks: Sequence[MaskFile], out: Path) -> Trained:
        """Train on normal/ and anomaly/, or on train/ and test/ with those inside.

        Masks teach kinds of defects. `InvalidError` says why training is impossible.
        """


class ModelFiles(Protocol):
    """The models bucket."""

    def upload(self, folder: Path, prefix: str, *, key: str | None = None) -> None:
        """`key` is the ARN of the KMS key to encrypt with; None: as the bucket says."""

    def delete(self, prefix: str) -> None:
        """Delete everything below; nothing there is fine."""


class Hosting(Protocol):
    """Gives models instances to run on, and takes them back."""

    def start(self, model: Model) -> None:
        """Return when the model answers; starting one that runs changes nothing."""

    def stop(self, model: Model) -> None:
        """Return when its instances are gone; stopping one that does not run changes nothing."""


class Packager(Protocol):
    """Makes edge components."""

    def package(self, job: PackagingJob, model: Model) -> str:
        """Write the component to its place and give its ARN; doing it again is harmless."""


@dataclass(frozen=True)
class ControlDeps:
    """What the control service works with."""

    registry: ControlRegistry
    entries: EntryStore
    objects: ObjectStore
    jobs: JobStarter
    wakeups: Wakeups
    host: DetectHost
    attendance: Attending
    owner: Owner
    clock: Clock
    new_id: Callable[[], str]
    serving: ModelRegistry
    floor: FloorDeps
    unit_price: UnitPrice
    endpoint_prefix: str = ""
    model_keys: Collection[str] = ()


@dataclass(frozen=True)
class WorkDeps:
    """What the control jobs work with."""

    registry: ControlRegistry
    entries: EntryStore
    objects: ObjectStore
    jobs: JobStarter
    wakeups: Wakeups
    trainer: Trainer
    files: ModelFiles
    hosting: Hosting
    packager: Packager
    host: DetectHost
    serving: ModelRegistry
    cameras: CameraRegistry
    metrics: Metrics
    clock: Clock
    wait: Callable[[float], None]
    """Sleep for so many seconds."""
    work: Path = field(default=Path("/tmp"))  # noqa: S108 - all that a Lambda can write to
