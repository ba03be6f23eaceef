"""Models hosted by functions: the registry says which version serves, instances are kept warm."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from sightline.domain.errors import InvalidError, UnavailableError
from sightline.domain.lookout.models import Model, ModelStatus
from sightline.domain.lookout.projects import Project
from sightline.domain.models import HostingStatus, ModelRecord
from sightline.workflow.control import lookup
from sightline.workflow.control.ports import ControlRegistry, Hosting
from sightline.workflow.ports import ModelRegistry

RUNNING = frozenset({ModelStatus.STARTING_HOSTING, ModelStatus.HOSTED})
_TRIES = 4


def model_record(model: Model) -> ModelRecord:
    """A running model as the pipeline knows it."""
    if model.artifact is None:
        raise InvalidError(f"Model version {model.version} has no artifact.")
    return ModelRecord(
        project=model.project,
        version=model.version,
        artifact=model.artifact.prefix,
        sha256=model.artifact.sha256,
        status=HostingStatus.HOSTED,
        threshold=model.threshold,
        endpoint=model.host.endpoint if model.host else None,
    )


class RegistryHosting:
    """`Hosting`: the version started last serves the project's cameras."""

    def __init__(self, models: ModelRegistry) -> None:
        self._models = models

    def start(self, model: Model) -> None:
        self._models.put(model_record(model))

    def stop(self, model: Model) -> None:
        serving = self._models.get(model.project)
        if serving is not None and serving.version == model.version:
            self._models.put(replace(serving, status=HostingStatus.TRAINED))


class Instances(Protocol):
    """The instances of the detection function; one is an inference unit."""

    def keep(self, count: int, at_most: int | None) -> None:
        """Return when `count` are ready (0 costs nothing); more than `at_most` never run."""


class ProvisionedHosting:
    """`Hosting` with as many instances ready as all running models have inference units.

    Every model runs on any instance, so what counts is the sum. It is read from the registry each
    time: nothing has to be undone when somebody dies halfway. The ceiling is the sum of the models'
    maxima; a running model without one has none, and so have the others beside it.
    """

    def __init__(self, serving: Hosting, registry: ControlRegistry, instances: Instances) -> None:
        self._serving = serving
        self._registry = registry
        self._instances = instances

    def start(self, model: Model) -> None:
        self._balance()
        self._serving.start(model)

    def stop(self, model: Model) -> None:
        self._serving.stop(model)
        self._balance(but=model)

    def _balance(self, but: Model | None = None) -> None:
        for _ in range(_TRIES):  # others may start and stop at the same time
            wanted = self._units(but)
            self._instances.keep(*wanted)
            if self._units(but) == wanted:
                return
        raise UnavailableError("Models are started and stopped too quickly to follow.")

    def _units(self, but: Model | None) -> tuple[int, int | None]:
        """How many are kept ready, and how many there are at most."""
        running = [
            model
            for project in lookup.every(Project, "", self._registry)
            for model in lookup.every(Model, project.name, self._registry)
            if model.status in RUNNING
            and model.host is None
            and not (but and model.identity == but.identity)
        ]
        maxima = [model.max_units for model in running if model.max_units is not None]
        bounded = bool(running) and len(maxima) == len(running)
        return sum(model.min_units or 0 for model in running), sum(maxima) if bounded else None
