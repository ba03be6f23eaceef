"""Control over memory: one account, a clock that tests move, jobs that run when told."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sightline.adapters import control_memory as memory
from sightline.adapters.floor_memory import MemoryCaseTable, MemoryLinks, MemorySubscriptions
from sightline.adapters.memory import MemoryCameraRegistry, MemoryMetrics, MemoryModelRegistry
from sightline.adapters.people_memory import MemoryPeople
from sightline.domain.lookout.calls import Call
from sightline.domain.lookout.costs import UnitPrice
from sightline.domain.lookout.datasets import DatasetType
from sightline.domain.lookout.jobs import LEASE
from sightline.domain.lookout.records import S3Location, S3Object
from sightline.workflow.control import datasets, hosting, jobs, models, projects
from sightline.workflow.control.idle import Attendance
from sightline.workflow.control.models import ModelRequest
from sightline.workflow.control.ports import ControlDeps, WorkDeps
from sightline.workflow.floor.ports import FloorDeps
from tests.examples import NOON
from tests.lookout_examples import OWNER, manifest, png

PICTURE = png(64, 64)
TRAIN, TEST = DatasetType.TRAIN, DatasetType.TEST


@dataclass
class ControlWorld:
    """Everything that the control service and its jobs work with."""

    work: Path
    registry: memory.MemoryControlRegistry = field(default_factory=memory.MemoryControlRegistry)
    entries: memory.MemoryEntryStore = field(default_factory=memory.MemoryEntryStore)
    objects: memory.MemoryObjectStore = field(default_factory=memory.MemoryObjectStore)
    starter: memory.MemoryJobStarter = field(default_factory=memory.MemoryJobStarter)
    wakeups: memory.MemoryWakeups = field(default_factory=memory.MemoryWakeups)
    host: memory.MemoryDetectHost = field(default_factory=memory.MemoryDetectHost)
    trainer: memory.MemoryTrainer = field(default_factory=memory.MemoryTrainer)
    files: memory.MemoryModelFiles = field(default_factory=memory.MemoryModelFiles)
    hosting: memory.MemoryHosting = field(default_factory=memory.MemoryHosting)
    packager: memory.MemoryPackager = field(default_factory=memory.MemoryPackager)
    cases: MemoryCaseTable = field(default_factory=MemoryCaseTable)
    cameras: MemoryCameraRegistry = field(default_factory=MemoryCameraRegistry)
    subscriptions: MemorySubscriptions = field(default_factory=MemorySubscriptions)
    people: MemoryPeople = field(default_factory=MemoryPeople)
    serving: MemoryModelRegistry = field(default_factory=MemoryModelRegistry)
    metrics: MemoryMetrics = field(default_factory=MemoryMetrics)
    now: datetime = NOON
    waited: list[float] = field(default_factory=list)
    """The seconds for which jobs waited, one after the other."""

    def __post_init__(self) -> None:
        numbers = itertools.count(1)
        self.deps = ControlDeps(
            registry=self.registry,
            entries=self.entries,
            objects=self.objects,
            jobs=self.starter,
            wakeups=self.wakeups,
            host=self.host,
            attendance=Attendance(self.registry, lambda: self.now),
            owner=OWNER,
            clock=lambda: self.now,
            new_id=lambda: f"job-{next(numbers)}",
            serving=self.serving,
            floor=FloorDeps(
                cases=self.cases,
                cameras=self.cameras,
                links=MemoryLinks(),
                subscriptions=self.subscriptions,
                names=self.people,
                clock=lambda: self.now,
                uploads_bucket="models",
                silent_after=timedelta(minutes=10),
            ),
            unit_price=UnitPrice(
                0.03, "us-east-1, 2025", training_usd_hour=0.18, detecting_usd_hour=0.1
            ),
        )
        self.work_deps = WorkDeps(
            registry=self.registry,
            entries=self.entries,
            objects=self.objects,
            jobs=self.starter,
            wakeups=self.wakeups,
            trainer=self.trainer,
            files=self.files,
            hosting=self.hosting,
            packager=self.packager,
            host=self.host,
            serving=self.serving,
            cameras=self.cameras,
            metrics=self.metrics,
            clock=lambda: self.now,
            wait=self.waited.append,
            work=self.work,
        )

    def use_objects(self, objects: Any) -> None:
        """Keep the users' objects somewhere else."""
        self.deps = replace(self.deps, objects=objects)
        self.work_deps = replace(self.work_deps, objects=objects)

    def use_host(self, host: Any) -> None:
        """Have pictures inspected by somebody else."""
        self.deps = replace(self.deps, host=host)
        self.work_deps = replace(self.work_deps, host=host)

    def run(self, job_id: str) -> bool:
        """Run one job."""
        return jobs.run_job(job_id, self.work_deps)

    def run_all(self) -> None:
        """Run what waits."""
        self.starter.run_all(self.run)

    def sweep(self) -> None:
        """The lease of whoever died has ended, the sweep finds the jobs, they run."""
        self.now += LEASE + timedelta(minutes=1)
        jobs.sweep(self.work_deps)
        self.run_all()

    def put_manifest(self, normal: int, anomaly: int, *, prefix: str = "") -> S3Object:
        """A manifest and its pictures."""
        for label, count in (("normal", normal), ("anomaly", anomaly)):
            for n in range(count):
                self.objects.objects[f"s3://pictures/{prefix}{label}/{n}.png"] = PICTURE
        text = manifest(normal, anomaly, prefix=prefix)
        return self.objects.put(f"s3://pictures/{prefix}all.manifest", text)

    def project(self, name: str = "castings") -> None:
        """A project with a train dataset that is enough to train on."""
        projects.create_project(name, call=call("CreateProject"), deps=self.deps)
        source = self.put_manifest(20, 10)
        datasets.create_dataset(name, TRAIN, source, call=call("CreateDataset"), deps=self.deps)
        self.run_all()

    def model(self, name: str = "castings") -> str:
        """A model whose training has begun; its version."""
        request = ModelRequest(output=S3Location("out", "models/"))
        answer = models.create_model(name, request, call=call("CreateModel"), deps=self.deps)
        return str(answer["ModelMetadata"]["ModelVersion"])

    def start(self, version: str = "1", units: int = 1, *, token: str | None = None) -> Any:
        """StartModel."""
        return hosting.start_model(
            "castings",
            version,
            min_units=units,
            max_units=None,
            call=Call("StartModel", {"version": version, "units": units}, token),
            deps=self.deps,
        )

    def stop(self, version: str = "1") -> Any:
        """StopModel."""
        return hosting.stop_model("castings", version, call=call("StopModel"), deps=self.deps)

    def delete_model(self, version: str = "1") -> Any:
        """DeleteModel."""
        return models.delete_model("castings", version, call=call("DeleteModel"), deps=self.deps)

    def delete_dataset(self, kind: DatasetType = TRAIN) -> Any:
        """DeleteDataset."""
        given = call("DeleteDataset")
        return datasets.delete_dataset("castings", kind, call=given, deps=self.deps)

    def describe(self, version: str = "1") -> Any:
        """The members of DescribeModel."""
        return models.describe_model("castings", version, deps=self.deps)["ModelDescription"]

    def dataset(self, kind: DatasetType = TRAIN) -> Any:
        """The members of DescribeDataset."""
        answer = datasets.describe_dataset("castings", kind, deps=self.deps)
        return answer["DatasetDescription"]


def call(operation: str) -> Call:
    """A call without a token."""
    return Call(operation, {})


Step = Callable[[ControlWorld], object]
