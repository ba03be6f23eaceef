"""Coloured masks become one black and white mask per kind of defect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sightline.adapters.trainer import split_mask
from sightline.domain.errors import InvalidError
from sightline.workflow.control.ports import MaskFile


def mask_file(folder: Path, colours: dict[str, str]) -> MaskFile:
    pixels = np.full((8, 10, 3), 255, np.uint8)
    pixels[2, 3], pixels[4, 5], pixels[6, 7] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    path = folder / "source.png"
    Image.fromarray(pixels).save(path)
    return MaskFile("00007", path, colours)


def test_each_kind_has_its_pixels_and_other_colours_are_background(tmp_path: Path) -> None:
    colours = {"#ff0000": "scratch", "#00ff00": "scratch", "#123456": "bent edge"}
    split_mask(mask_file(tmp_path, colours), tmp_path)
    scratch = np.asarray(Image.open(tmp_path / "mask/scratch/00007.png"))
    assert {tuple(map(int, at)) for at in np.argwhere(scratch)} == {(2, 3), (4, 5)}
    assert not np.asarray(Image.open(tmp_path / "mask/bent edge/00007.png")).any()


@pytest.mark.parametrize(
    ("colours", "words"),
    [({"#ff00": "a"}, "is not of the form #rrggbb"), ({"#ff0000": "../.."}, "cannot be used")],
)
def test_colours_and_kinds_that_make_no_sense_are_refused(
    tmp_path: Path, colours: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidError, match=words):
        split_mask(mask_file(tmp_path, colours), tmp_path)


def test_a_mask_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "source.png").write_bytes(b"GIF89a")
    with pytest.raises(InvalidError, match="The mask of picture 00007 is not a readable PNG"):
        split_mask(MaskFile("00007", tmp_path / "source.png", {"#ff0000": "a"}), tmp_path)
