from __future__ import annotations

from pathlib import Path

import pytest

from sightline.adapters.memory import MemoryArtifactStore, MemoryModelRegistry
from sightline.domain.errors import ArtifactError, InvalidError, NotFoundError
from sightline.domain.models import HostingStatus
from sightline.workflow.host import host, stop


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"graph")
    (folder / "manifest.json").write_text("{}")
    return folder


def test_a_hosted_artifact_serves_its_project(tmp_path: Path, trained: Path) -> None:
    store, models = MemoryArtifactStore(tmp_path / "bucket"), MemoryModelRegistry()
    record = host(trained, "castings", "2", artifacts=store, models=models)
    assert models.get("castings") == record
    assert (store.fetch(record) / "model.onnx").read_bytes() == b"graph"


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"no model\.onnx"):
        host(
            tmp_path,
            "castings",
            "1",
            artifacts=MemoryArtifactStore(tmp_path),
            models=MemoryModelRegistry(),
        )


def test_a_project_needs_a_proper_name(tmp_path: Path, trained: Path) -> None:
    with pytest.raises(InvalidError):
        host(
            trained,
            "../x",
            "1",
            artifacts=MemoryArtifactStore(tmp_path),
            models=MemoryModelRegistry(),
        )


def test_a_stopped_model_keeps_its_artifact(tmp_path: Path, trained: Path) -> None:
    store, models = MemoryArtifactStore(tmp_path / "bucket"), MemoryModelRegistry()
    record = host(trained, "castings", "1", artifacts=store, models=models)
    assert stop("castings", models=models).status is HostingStatus.TRAINED
    assert store.fetch(record).is_dir()
    with pytest.raises(NotFoundError):
        stop("nothing", models=models)
