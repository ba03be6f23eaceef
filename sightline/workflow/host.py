"""Host: a trained artifact becomes the model that serves a project."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sightline.domain import names
from sightline.domain.errors import ArtifactError, NotFoundError
from sightline.domain.models import HostingStatus, ModelRecord
from sightline.workflow.ports import ArtifactStore, ModelRegistry


def host(
    folder: Path, project: str, version: str, *, artifacts: ArtifactStore, models: ModelRegistry
) -> ModelRecord:
    """Upload the artifact in `folder` and let it serve the project from now on.

    Raises `ArtifactError` when the folder holds no `model.onnx`.
    """
    names.project_name(project)
    file = folder / "model.onnx"
    if not file.is_file():
        raise ArtifactError(f"{folder} holds no model.onnx; train a model into it first.")
    record = ModelRecord(
        project=project,
        version=version,
        artifact=f"{project}/{version}",
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        status=HostingStatus.HOSTED,
    )
    artifacts.upload(folder, record.artifact)
    models.put(record)
    return record


def stop(project: str, *, models: ModelRegistry) -> ModelRecord:
    """Let a project's model serve no longer; its pictures are recorded as not inspected."""
    record = models.get(project)
    if record is None:
        raise NotFoundError(f"Project {project!r} has no model.")
    stopped = ModelRecord(
        record.project, record.version, record.artifact, record.sha256, HostingStatus.TRAINED
    )
    models.put(stopped)
    return stopped
