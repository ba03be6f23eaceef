from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sightline.domain.lookout import pictures
from sightline.domain.lookout.errors import ValidationError
from tests.lookout_examples import jpeg, png


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_dimensions_are_those_that_a_decoder_sees(kind: str) -> None:
    written = io.BytesIO()
    Image.new("RGB", (301, 97)).save(written, kind, quality=30)
    assert pictures.dimensions(written.getvalue()) == (301, 97)
    assert pictures.content_type(written.getvalue()) == f"image/{kind.lower()}"


def test_the_examples_are_pictures() -> None:
    assert pictures.dimensions(png(70, 80)) == pictures.dimensions(jpeg(70, 80)) == (70, 80)


@pytest.mark.parametrize("data", [b"", b"GIF89a", png()[:20], jpeg()[:12], b"\xff\xd8\xff" * 9])
def test_other_data_is_refused(data: bytes) -> None:
    with pytest.raises(ValidationError, match="not a readable PNG or JPEG"):
        pictures.dimensions(data)


@given(st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]), st.binary(max_size=200))
def test_no_bytes_whatever_do_more_than_be_refused(start: bytes, rest: bytes) -> None:
    with contextlib.suppress(ValidationError):
        pictures.dimensions(start + rest)


@pytest.mark.parametrize(("width", "height"), [(63, 64), (64, 4097), (0, 0)])
def test_sizes_out_of_range_are_refused(width: int, height: int) -> None:
    with pytest.raises(ValidationError, match="each side must have 64 to 4096"):
        pictures.check_size(width, height, "The image")
    pictures.check_size(64, 4096, "The image")


def test_only_png_and_jpeg_can_be_declared() -> None:
    pictures.check_declared("image/jpeg; charset=binary")
    with pytest.raises(ValidationError, match="image/png, image/jpeg"):
        pictures.check_declared("image/bmp")
