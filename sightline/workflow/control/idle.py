"""Models that are kept ready while nobody asks them: noted when they are asked, and measured."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sightline.domain.errors import UnavailableError
from sightline.domain.lookout.idle import (
    NOTED_EVERY,
    Asked,
    asked_identity,
    idle_minutes,
    is_kept_ready,
)
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.projects import Project
from sightline.domain.metrics import EVERYTHING
from sightline.domain.times import Clock
from sightline.workflow.control import lookup
from sightline.workflow.control.ports import ChangedError, ControlRegistry, Put, WorkDeps

METRIC = "ModelIdleMinutes"


@dataclass
class Attendance:
    """Notes in the registry that a model was asked, at most once a minute."""

    registry: ControlRegistry
    clock: Clock
    _noted: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def note(self, model: Model) -> None:
        """This model was just asked. A note that cannot be taken now is left out."""
        now = self.clock()
        last = self._noted.get(model.identity)
        if last is not None and now - last < NOTED_EVERY:
            return
        self._noted[model.identity] = now
        with contextlib.suppress(ChangedError, UnavailableError):
            standing = self.registry.get(Asked, *asked_identity(model.project, model.version))
            if standing is None or now - standing.at >= NOTED_EVERY:
                revision = standing.revision if standing else 0
                noted = Asked(
                    project=model.project, version=model.version, at=now, revision=revision
                )
                self.registry.commit(Put(noted))


def kept_ready(registry: ControlRegistry) -> Iterator[Model]:
    """The models that run and cost something while nobody asks them."""
    for project in lookup.every(Project, "", registry):
        yield from filter(is_kept_ready, lookup.every(Model, project.name, registry))


def measure_idle(deps: WorkDeps) -> None:
    """Tell of every model that is kept ready how long it has been idle, and the longest of all.

    Nothing is told while there is none.
    """
    models = list(kept_ready(deps.registry))
    if not models:
        return
    cameras, now = deps.cameras.list(), deps.clock()
    longest = 0.0
    for model in models:
        asked = deps.registry.get(Asked, *asked_identity(model.project, model.version))
        serving = deps.serving.get(model.project)
        serves = serving is not None and serving.version == model.version
        own = [camera for camera in cameras if serves and camera.project == model.project]
        idle = idle_minutes(model, asked, own, now)
        longest = max(longest, idle)
        at = {"Project": model.project, "ModelVersion": model.version}
        deps.metrics.emit({METRIC: (idle, "Count")}, at)
    deps.metrics.emit({METRIC: (longest, "Count")}, EVERYTHING)
