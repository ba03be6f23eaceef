"""Demo parts: the same seed the same part, a fault where the mask says, files as promised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sightline.domain.errors import InvalidError
from sightline.local.parts.drawing import DEFECTS, make_part, write_parts


def test_a_sound_part_has_an_empty_mask() -> None:
    picture, mask = make_part(1)
    assert (picture.size, picture.mode, mask.size, mask.mode) == (
        (640, 480),
        "RGB",
        (640, 480),
        "L",
    )
    assert mask.getextrema() == (0, 0)


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_marks_some_of_the_part_and_little_of_it(defect: str) -> None:
    for seed in range(8):
        share = np.mean(np.asarray(make_part(seed, defect)[1]) == 255)
        assert 0.0001 < share < 0.03


@pytest.mark.parametrize("defect", [None, *DEFECTS])
def test_the_same_seed_is_the_same_part(defect: str | None) -> None:
    first, second = make_part(5, defect), make_part(5, defect)
    assert [a.tobytes() for a in first] == [b.tobytes() for b in second]


def test_no_two_parts_are_alike() -> None:
    assert len({make_part(seed)[0].tobytes() for seed in range(6)}) == 6


@pytest.mark.parametrize("size", [(64, 64), (320, 240), (480, 640), (1500, 1100)])
def test_any_size_shows_the_whole_part(size: tuple[int, int]) -> None:
    picture, mask = make_part(2, "stain", size)
    assert picture.size == mask.size == size
    pixels = np.asarray(picture.convert("L"), float)
    middle = pixels[size[1] // 2, :]
    assert middle.max() > 1.5 * pixels[0, 0]


@pytest.mark.parametrize("size", [(63, 100), (100, 4097), (0, 0)])
def test_an_impossible_size_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidError, match="64 to 4096"):
        make_part(1, None, size)


def test_an_unknown_defect_is_refused() -> None:
    with pytest.raises(InvalidError, match="blowhole"):
        make_part(1, "gremlin")


def test_folders_hold_what_was_asked_for(tmp_path: Path) -> None:
    write_parts(tmp_path, normal=3, anomaly=7, seed=4)
    normal, anomaly = sorted(tmp_path.glob("normal/*.jpg")), sorted(tmp_path.glob("anomaly/*.jpg"))
    assert (len(normal), len(anomaly)) == (3, 7)
    assert {file.stem.split("-", 2)[2] for file in anomaly} == set(DEFECTS)
    for file in [*normal, *anomaly]:
        assert 50_000 < file.stat().st_size < 300_000
        with Image.open(file) as picture:
            assert (picture.format, picture.size) == ("JPEG", (640, 480))
