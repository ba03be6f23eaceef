from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sightline.domain.errors import ArtifactError, UnusableImageError
from sightline.vision.artifact import Detector, encode_map, overlay
from sightline.vision.render import encode_mask, upsampled_map
from sightline.vision.training import TrainingResult
from tests.unit.vision.pictures import encoded, part


@pytest.fixture
def copy(trained: TrainingResult, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained.directory, tmp_path / "copy"))


def test_a_defect_is_found_where_it_is(trained: TrainingResult) -> None:
    detector = Detector.load(trained.directory)
    data = encoded(part(9001, defect="hole"))
    found = detector.detect(data)
    assert found.anomalous
    assert found.confidence >= 0.5
    assert found.score >= detector.manifest.threshold
    assert found.anomaly_map.dtype == np.float32
    assert found.anomaly_map.min() >= 0
    assert found.anomaly_map.max() <= 1
    difference = np.asarray(part(9001, defect="hole")).astype(int) - np.asarray(part(9001))
    y, x = (int(v) for v in np.argwhere(np.abs(difference).sum(-1) > 60).mean(0))
    region = found.regions[0]
    assert region.x - 8 <= x <= region.x + region.width + 8
    assert region.y - 8 <= y <= region.y + region.height + 8


def test_a_good_part_is_normal_and_has_no_regions(trained: TrainingResult) -> None:
    found = Detector.load(trained.directory).detect(encoded(part(9002)))
    assert not found.anomalous
    assert found.regions == ()
    assert found.area == 0


def test_other_sizes_and_shapes_are_inspected_too(trained: TrainingResult) -> None:
    found = Detector.load(trained.directory).detect(encoded(part(1, size=(300, 200))))
    assert (found.width, found.height) == (300, 200)
    assert upsampled_map(found).shape == (200, 300)


def test_the_same_picture_gets_the_same_verdict_with_more_threads(trained: TrainingResult) -> None:
    data = encoded(part(77, defect="scratch"))
    one = Detector.load(trained.directory, threads=1).detect(data)
    two = Detector.load(trained.directory, threads=2).detect(data)
    assert one.score == pytest.approx(two.score, abs=1e-5)


def test_an_unusable_picture_says_why(trained: TrainingResult) -> None:
    with pytest.raises(UnusableImageError, match="64 x 64"):
        Detector.load(trained.directory).detect(encoded(Image.new("RGB", (20, 20))))


def test_pictures_for_people(trained: TrainingResult) -> None:
    data = encoded(part(9001, defect="hole", size=(1500, 1200)))
    found = Detector.load(trained.directory).detect(data)
    for png, size in ((overlay(data, found), (1024, 819)), (encode_mask(found), (1500, 1200))):
        image = Image.open(io.BytesIO(png))
        assert image.format == "PNG"
        assert image.size == size
    grey = Image.open(io.BytesIO(encode_map(found)))
    assert grey.mode == "L"
    assert grey.size == found.anomaly_map.shape[::-1]


def test_a_changed_model_is_refused(copy: Path) -> None:
    data = bytearray((copy / "model.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (copy / "model.onnx").write_bytes(data)
    with pytest.raises(ArtifactError, match="SHA-256"):
        Detector.load(copy)


def test_a_model_cut_short_is_refused(copy: Path) -> None:
    data = (copy / "model.onnx").read_bytes()
    (copy / "model.onnx").write_bytes(data[:1000])
    with pytest.raises(ArtifactError, match="SHA-256"):
        Detector.load(copy)


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ArtifactError, match=name):
        Detector.load(copy)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema_version": 1}', '{"schema_version": 99}']
)
def test_a_broken_manifest_is_refused(copy: Path, text: str) -> None:
    (copy / "manifest.json").write_text(text)
    with pytest.raises(ArtifactError):
        Detector.load(copy)


def test_keys_of_a_later_version_are_ignored(copy: Path) -> None:
    path = copy / "manifest.json"
    values = json.loads(path.read_text()) | {"something_new": 1}
    path.write_text(json.dumps(values))
    assert Detector.load(copy).manifest.seed == 3
