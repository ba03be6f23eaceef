"""What is measured: the use cases are run, and what they emit is what there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sightline.adapters.aws.changes import DynamoChanges
from sightline.adapters.lake_memory import MemoryLake, MemoryRejects
from sightline.adapters.memory import MemoryCameraRegistry, MemoryInspectionTable, MemoryMetrics
from sightline.domain.cameras import register
from sightline.domain.lookout.models import ModelStatus
from sightline.workflow.control.idle import measure_idle
from sightline.workflow.control.ports import Put
from sightline.workflow.record import RecordDeps, record
from sightline.workflow.silence import SilenceDeps, silence
from sightline.workflow.stream import CameraNames, StreamDeps, stream
from tests.control_world import ControlWorld
from tests.examples import NOON, inspection
from tests.lookout_examples import model, project
from tests.stream_examples import PLANT, change, item

Measured = set[tuple[str, frozenset[str]]]
"""Names of metrics, each with the names of the dimensions that it has."""


def emitted() -> Measured:
    """What the use cases really emit."""
    metrics = MemoryMetrics()
    record(inspection(), RecordDeps(MemoryInspectionTable(), metrics, lambda: NOON, 0.7))
    cameras = MemoryCameraRegistry()
    for name, minutes in (("left", 20), ("right", 1)):
        known, _ = register(name, line="press-1", facility="north", project="castings", at=NOON)
        cameras.add(replace(known, last_seen_at=NOON - timedelta(minutes=minutes)))
    silence(SilenceDeps(cameras, metrics, lambda: NOON, timedelta(minutes=15)))
    world = ControlWorld(Path(), metrics=metrics)
    running = model(status=ModelStatus.HOSTED, min_units=1, started_at=NOON)
    world.registry.commit(Put(project()), Put(running))
    measure_idle(world.work_deps)
    stream([change(1, item())], _streaming(cameras, metrics))
    return {
        (name, frozenset(dimensions))
        for values, sets in metrics.emitted
        for dimensions in sets
        for name in values
    }


def _streaming(cameras: MemoryCameraRegistry, metrics: MemoryMetrics) -> StreamDeps:
    return StreamDeps(
        changes=DynamoChanges(),
        cameras=CameraNames(cameras, lambda: NOON),
        lake=MemoryLake(),
        rejects=MemoryRejects(),
        metrics=metrics,
        clock=lambda: NOON,
        wait=lambda _: None,
        plant=PLANT,
        region="eu-west-1",
    )
