from __future__ import annotations

from pathlib import Path

import pytest

from sightline.local.parts import pictures
from sightline.vision.dataset import Sample, read_folder


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    for name in ("normal/1.jpg", "normal/2.PNG", "deep/anomaly/3.bmp"):
        file = tmp_path / "pictures" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return list(read_folder(tmp_path / "pictures").samples)


def test_a_choice_is_bounded_and_repeatable(samples: list[Sample]) -> None:
    once = pictures.some(samples, normal=1, anomaly=5, seed=3)
    assert [sample.anomalous for sample in once] == [False, True]
    assert once == pictures.some(samples, normal=1, anomaly=5, seed=3)


def test_links_are_laid_out_for_training(samples: list[Sample], tmp_path: Path) -> None:
    pictures.link(samples, tmp_path / "links")
    linked = read_folder(tmp_path / "links")
    assert (len(linked.normals), len(linked.anomalies)) == (2, 1)
