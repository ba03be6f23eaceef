"""The ports of control in memory: what tests use instead of AWS, under the same contract tests."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log
from pathlib import Path

from sightline.adapters.endpoint_hosting import EndpointState, EndpointStatus
from sightline.domain.errors import InvalidError, NotFoundError, TooLargeError
from sightline.domain.lookout.errors import DeniedError
from sightline.domain.lookout.hosts import EndpointHost
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.packaging import PackagingJob
from sightline.domain.lookout.records import Record, S3Location, S3Object
from sightline.workflow.control.ports import (
    Change,
    ChangedError,
    Found,
    MaskFile,
    Prediction,
    Put,
    R,
    Remove,
    Trained,
)


class MemoryControlRegistry:
    """`ControlRegistry`."""

    def __init__(self) -> None:
        self.records: dict[tuple[type[Record], str, str], Record] = {}
        self._lock = threading.Lock()
        self._revisions = itertools.count(1)

    def get(self, kind: type[R], scope: str, name: str) -> R | None:
        found = self.records.get((kind, scope, name))
        assert found is None or isinstance(found, kind)  # noqa: S101 - that is how it is stored
        return found

    def page(self, kind: type[R], scope: str, *, after: str = "", limit: int = 100) -> Sequence[R]:
        with self._lock:
            names = sorted(name for known, of, name in self.records if (known, of) == (kind, scope))
            page = [name for name in names if name > after][:limit]
            found = [self.get(kind, scope, name) for name in page]
        return [record for record in found if record]

    def commit(self, *changes: Change) -> None:
        with self._lock:
            for change in changes:
                self._check(change.record)
            for change in changes:
                key = _key(change.record)
                if isinstance(change, Put):
                    self.records[key] = replace(change.record, revision=next(self._revisions))
                elif isinstance(change, Remove):
                    del self.records[key]

    def _check(self, record: Record) -> None:
        standing = self.records.get(_key(record))
        if (standing.revision if standing else 0) != record.revision:
            raise ChangedError(f"{type(record).__name__} {record.identity} has changed.")


def _key(record: Record) -> tuple[type[Record], str, str]:
    return (type(record), *record.identity)


@dataclass
class MemoryEntryStore:
    """`EntryStore`."""

    sets: dict[str, list[str]] = field(default_factory=dict)

    def write(self, key: str, lines: Iterable[str]) -> None:
        self.sets[key] = list(lines)

    def read(self, key: str) -> Sequence[str]:
        if key not in self.sets:
            raise NotFoundError(f"There is no entry set {key!r}.")
        return self.sets[key]

    def delete(self, key: str) -> None:
        self.sets.pop(key, None)


@dataclass
class MemoryObjectStore:
    """`ObjectStore`: objects by `s3://bucket/key`; buckets that are `closed` let nobody in."""

    objects: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, str | None] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def put(self, uri: str, data: bytes | str) -> S3Object:
        self.objects[uri] = data.encode() if isinstance(data, str) else data
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return S3Object(bucket, key)

    def lines(self, source: S3Object) -> Iterator[str]:
        try:
            yield from self._get(source).decode().split("\n")
        except UnicodeDecodeError as error:
            raise InvalidError(f"{source} is not UTF-8 text.") from error

    def read(self, source: S3Object, *, max_bytes: int) -> bytes:
        data = self._get(source)
        if len(data) > max_bytes:
            raise TooLargeError(f"{source} has {len(data)} bytes; at most {max_bytes} are read.")
        return data

    def write(
        self,
        target: S3Object,
        data: bytes,
        content_type: str,  # noqa: ARG002
        *,
        key: str | None = None,
    ) -> None:
        self._enter(target.bucket)
        self.objects[str(target)] = data
        self.keys[str(target)] = key

    def list(self, place: S3Location, *, limit: int) -> Sequence[S3Object]:
        self._enter(place.bucket)
        start = f"s3://{place.bucket}/{place.prefix}"
        found = sorted(uri for uri in self.objects if uri.startswith(start))[:limit]
        length = len(f"s3://{place.bucket}/")
        return [S3Object(place.bucket, uri[length:]) for uri in found]

    def fetch(self, wanted: Mapping[Path, S3Object], *, max_bytes: int) -> None:
        for path, source in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.read(source, max_bytes=max_bytes))

    def _enter(self, bucket: str) -> None:
        if bucket in self.closed:
            raise DeniedError(f"Access to bucket {bucket} is denied.")

    def _get(self, source: S3Object) -> bytes:
        self._enter(source.bucket)
        if str(source) not in self.objects:
            raise NotFoundError(f"There is no object {source}.")
        return self.objects[str(source)]


@dataclass
class MemoryJobStarter:
    """`JobStarter` that keeps a queue; `run_all` is somebody else running it."""

    waiting: deque[str] = field(default_factory=deque)

    def start(self, job_id: str) -> None:
        self.waiting.append(job_id)

    def run_all(self, run: Callable[[str], object]) -> None:
        """Run until nothing waits, in the order in which runs were asked for."""
        while self.waiting:
            run(self.waiting.popleft())


@dataclass
class MemoryWakeups:
    """`Wakeups`."""

    on: bool = False

    def begin(self) -> None:
        self.on = True

    def end(self) -> None:
        self.on = False


@dataclass
class MemoryDetectHost:
    """`DetectHost` that gives one answer to every picture, or raises one error."""

    answer: Found = field(default_factory=lambda: Found(True, 0.9378743361326908))
    error: Exception | None = None
    asked: list[tuple[Model, bytes, S3Object | None]] = field(default_factory=list)

    def detect(
        self, model: Model, picture: bytes, source: S3Object | None, *, mapped: bool = False
    ) -> Found:
        self.asked.append((model, picture, source))
        if self.error:
            raise self.error
        return self.answer if mapped else replace(self.answer, heat_map=None)


@dataclass
class MemoryTrainer:
    """`Trainer` that is right about every picture but the first; `before` may raise."""

    before: Callable[[Path], None] = lambda _folder: None
    trainings: int = 0
    masks: list[MaskFile] = field(default_factory=list)

    def train(self, folder: Path, masks: Sequence[MaskFile], out: Path) -> Trained:
        self.before(folder)
        self.trainings += 1
        self.masks = list(masks)
        root = folder / "test" if (folder / "test").is_dir() else folder
        paths = sorted(path for path in root.rglob("*") if path.is_file())
        out.mkdir(parents=True)
        (out / "model.onnx").write_bytes(b"model")
        (out / "manifest.json").write_text("{}")
        predictions = [
            _prediction(str(path.relative_to(folder)), (path.parent.name == "anomaly") != (at == 0))
            for at, path in enumerate(paths)
        ]
        return Trained(
            "ab" * 32, 0.95, 1.0, 0.9, 0.99, 0.98, predictions, threshold=1.0, slope=log(9)
        )


def _prediction(picture: str, anomalous: bool) -> Prediction:
    return Prediction(picture, anomalous, 0.9, 2.0 if anomalous else 0.0)


@dataclass
class MemoryModelFiles:
    """`ModelFiles`: names of files by prefix."""

    stored: dict[str, list[str]] = field(default_factory=dict)
    keys: dict[str, str | None] = field(default_factory=dict)

    def upload(self, folder: Path, prefix: str, *, key: str | None = None) -> None:
        self.stored[prefix] = sorted(path.name for path in folder.iterdir())
        self.keys[prefix] = key

    def delete(self, prefix: str) -> None:
        self.stored.pop(prefix, None)


@dataclass
class MemoryHosting:
    """`Hosting`: units by ARN of the model; `error` is raised by every start."""

    running: dict[str, int] = field(default_factory=dict)
    error: Exception | None = None

    def start(self, model: Model) -> None:
        if self.error:
            raise self.error
        self.running[model.arn] = model.min_units or 0

    def stop(self, model: Model) -> None:
        self.running.pop(model.arn, None)


@dataclass
class MemoryPackager:
    """`Packager`."""

    error: Exception | None = None
    packaged: list[str] = field(default_factory=list)

    def package(self, job: PackagingJob, model: Model) -> str:
        if self.error:
            raise self.error
        self.packaged.append(f"{model.arn} {job.name}")
        wanted = job.component
        account = ":".join(model.arn.split(":")[3:5])
        return f"arn:aws:greengrass:{account}:components:{wanted.name}:versions:{wanted.version}"


@dataclass
class MemoryEndpoints:
    """`Endpoints`: each takes `slow` looks to come up or to go away; `broken` ones fail instead.

    `parts` are what belongs to an endpoint, with it or without.
    """

    slow: int = 0
    broken: str = ""
    states: dict[str, EndpointState] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    _moves: dict[str, tuple[int, EndpointState | None]] = field(default_factory=dict)

    def state(self, host: EndpointHost) -> EndpointState | None:
        name = host.endpoint
        if name in self._moves:
            left, then = self._moves.pop(name)
            if left:
                self._moves[name] = left - 1, then
                return EndpointState(EndpointStatus.MOVING, 0)
            if then is None:
                del self.states[name]
            else:
                self.states[name] = then
        return self.states.get(name)

    def create(self, host: EndpointHost, instances: int) -> None:
        failed = EndpointState(EndpointStatus.FAILED, instances, self.broken)
        there = failed if self.broken else EndpointState(EndpointStatus.IN_SERVICE, instances)
        self.parts.add(host.endpoint)
        self.states[host.endpoint] = there
        self._moves[host.endpoint] = self.slow, there

    def delete(self, host: EndpointHost) -> None:
        if host.endpoint in self.states:
            self._moves[host.endpoint] = self.slow, None

    def clean(self, host: EndpointHost) -> None:
        self.parts.discard(host.endpoint)
