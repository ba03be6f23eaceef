"""Packaging jobs: a bundle in the user's bucket, and the Greengrass component that fetches it."""

from __future__ import annotations

from typing import Protocol

from sightline.adapters.control_hosting import model_record
from sightline.domain.errors import InvalidError
from sightline.domain.lookout.models import Model
from sightline.domain.lookout.packaging import PackagingJob
from sightline.edge import bundle
from sightline.edge.bundle import BundleInfo
from sightline.edge.recipe import recipe
from sightline.edge.wheel import build_wheel, wheel_name
from sightline.workflow.control.ports import ObjectStore
from sightline.workflow.ports import ArtifactStore


class Components(Protocol):
    """Greengrass."""

    def create(self, name: str, version: str, recipe: str) -> str:
        """Create the component version unless it is there; its ARN."""


class EdgePackager:
    """`Packager` that writes `<prefix><component>-<version>.zip` and creates the component."""

    def __init__(
        self, artifacts: ArtifactStore, objects: ObjectStore, components: Components
    ) -> None:
        self._artifacts = artifacts
        self._objects = objects
        self._components = components

    def package(self, job: PackagingJob, model: Model) -> str:
        wanted, artifact = job.component, model.artifact
        if artifact is None:
            raise InvalidError(f"Model version {model.version} has no artifact.")
        target = wanted.output.object(f"{wanted.name}-{wanted.version}.zip")
        text = recipe(wanted, str(target), wheel_name())
        info = BundleInfo(
            project=model.project,
            model_version=model.version,
            component=wanted.name,
            component_version=wanted.version,
            sha256=artifact.sha256,
            width=artifact.width,
            height=artifact.height,
            colours=dict(artifact.colours),
            threshold=model.threshold,
        )
        folder = self._artifacts.fetch(model_record(model))
        data = bundle.write(info, folder, recipe=text, wheel=build_wheel(), wheel_name=wheel_name())
        self._objects.write(target, data, "application/zip", key=model.kms_key)
        return self._components.create(wanted.name, wanted.version, text)
