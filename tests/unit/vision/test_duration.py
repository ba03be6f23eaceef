from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from sightline.adapters.trainer import VisionTrainer, refuse_too_long
from sightline.domain.errors import InvalidError
from sightline.vision.duration import expected_duration
from tests.unit.vision.pictures import write_set


def pictures(folder: Path, count: int, size: tuple[int, int], suffix: str = "png") -> Path:
    (folder / "normal").mkdir(parents=True)
    Image.new("RGB", size).save(folder / f"normal/0.{suffix}")
    for index in range(1, count):
        shutil.copy(folder / f"normal/0.{suffix}", folder / f"normal/{index}.{suffix}")
    return folder


def test_more_pictures_take_longer_in_proportion(tmp_path: Path) -> None:
    few = expected_duration(pictures(tmp_path / "few", 10, (64, 64)), "balanced")
    many = expected_duration(pictures(tmp_path / "many", 40, (64, 64)), "balanced")
    assert (few.pictures, many.pictures) == (10, 40)
    assert many.seconds == pytest.approx(4 * few.seconds)
    assert many.most_within(many.seconds / 2) == 20


def test_large_pictures_take_longer_and_most_as_png(tmp_path: Path) -> None:
    small = expected_duration(pictures(tmp_path / "small", 10, (64, 64)), "fast").seconds
    jpeg = expected_duration(pictures(tmp_path / "jpeg", 10, (2000, 1000), "jpg"), "fast").seconds
    png = expected_duration(pictures(tmp_path / "png", 10, (2000, 1000)), "fast").seconds
    assert small < jpeg < png


def test_sizes_that_are_tried_count(tmp_path: Path) -> None:
    alone = expected_duration(pictures(tmp_path / "alone", 20, (64, 64)), "balanced")
    pictures(tmp_path / "both", 16, (64, 64))
    (tmp_path / "both/anomaly").mkdir()
    for index in range(4):
        shutil.copy(tmp_path / "both/normal/0.png", tmp_path / f"both/anomaly/{index}.png")
    both = expected_duration(tmp_path / "both", "balanced")
    assert both.pictures == alone.pictures
    assert both.seconds > 1.5 * alone.seconds


def test_a_broken_picture_counts_and_is_left_to_training(tmp_path: Path) -> None:
    folder = pictures(tmp_path, 10, (64, 64))
    (folder / "normal/broken.png").write_bytes(b"nothing")
    assert expected_duration(folder, "fast").pictures == 11


def test_what_would_not_be_done_in_time_is_refused_before_it_begins(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "set", 100, (64, 64))
    trainer = VisionTrainer(budget="fast", seconds=3)
    with pytest.raises(InvalidError, match=r"100 pictures .* there are 0\. About 4\d would do"):
        trainer.train(folder, (), tmp_path / "model")
    assert not (tmp_path / "model").exists()
    refuse_too_long(folder, "fast", 900)


def test_what_fits_is_trained(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", 12, 0)
    trained = VisionTrainer(budget="fast", seconds=60).train(folder, (), tmp_path / "model")
    assert len(trained.predictions) == 12
