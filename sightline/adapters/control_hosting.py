"""Models hosted by the detect function itself: the registry says which version serves."""

from __future__ import annotations

from dataclasses import replace

from sightline.domain.errors import InvalidError
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.packaging import PackagingJob
from sightline.domain.models import HostingStatus, ModelRecord
from sightline.workflow.ports import ModelRegistry


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


class NoPackager:
    """`Packager` of a system that cannot package yet: every job fails and says so."""

    def package(self, job: PackagingJob, model: Model) -> str:
        raise InvalidError(
            f"Model version {model.version} was not packaged for {job.component.name}: "
            "this version of Sightline makes no edge components."
        )
