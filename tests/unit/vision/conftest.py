"""One small model for all tests that only look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.vision.training import TrainingResult, train
from tests.unit.vision.pictures import write_set


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("pictures"), normals=14, anomalies=8)


@pytest.fixture(scope="session")
def trained(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    return train(pictures, tmp_path_factory.mktemp("model"), budget="fast", seed=3)
