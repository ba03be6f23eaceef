from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sightline.domain.errors import UnusableImageError
from sightline.vision.loading import decode
from tests.unit.vision.pictures import encoded, part


def reason(data: bytes) -> str:
    with pytest.raises(UnusableImageError) as caught:
        decode(data, (64, 64))
    assert str(caught.value)
    return caught.value.reason


def test_colour_pictures_keep_their_pixels() -> None:
    image = part(1)
    pixels = decode(encoded(image))
    assert (pixels.width, pixels.height) == (128, 128)
    assert np.array_equal(pixels.values, np.asarray(image))


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "YCbCr", "I;16", "I", "F"])
def test_every_mode_becomes_8_bit_rgb(mode: str) -> None:
    image = part(1)
    if mode in {"I;16", "I"}:
        grey = np.asarray(image.convert("L")).astype(np.uint16) * 256
        converted = Image.fromarray(grey if mode == "I;16" else grey.astype(np.int32))
    else:
        converted = image.convert(mode)
    data = encoded(converted, "TIFF")
    pixels = decode(data)
    assert pixels.values.dtype == np.uint8
    assert pixels.values.shape == (128, 128, 3)
    if mode in {"L", "I;16", "I"}:
        assert np.array_equal(pixels.values[..., 0], np.asarray(image.convert("L")))


def test_transparency_is_laid_on_white_also_with_a_palette() -> None:
    clear = Image.new("RGBA", (80, 70), (200, 0, 0, 0))
    assert decode(encoded(clear)).values.min() == 255
    palette = Image.new("P", (80, 70), 1)
    palette.putpalette([0, 0, 0, 9, 9, 9])
    assert decode(encoded(palette, transparency=1)).values.min() == 255


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (90, 90), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert tuple(decode(data).values[0, 0]) == (255, 0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [None, (64, 96)])
def test_exif_orientation_is_followed(orientation: int, size: tuple[int, int] | None) -> None:
    upright = Image.new("RGB", (180, 120), "black")
    upright.paste("white", (0, 0, 60, 60))
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(encoded(stored, "JPEG", exif=exif), size)
    assert (pixels.width, pixels.height) == (180, 120)
    assert pixels.values.shape[:2] == (size or (120, 180))
    assert pixels.values[5, 5].min() > 200
    assert pixels.values[-5, -5].max() < 50


def test_a_scaled_jpeg_looks_like_the_picture() -> None:
    image = part(4, size=(1024, 768))
    small = np.asarray(image.resize((128, 96), Image.Resampling.BOX)).astype(float)
    found = decode(encoded(image, "JPEG", quality=95), (96, 128)).values.astype(float)
    assert np.abs(found - small).mean() < 4


@pytest.mark.parametrize(("size", "expected"), [((63, 200), "too_small"), ((1, 1), "too_small")])
def test_small_pictures_are_refused(size: tuple[int, int], expected: str) -> None:
    assert reason(encoded(Image.new("RGB", size))) == expected


@pytest.mark.parametrize("size", [(8193, 64), (200_000, 200_000)])
def test_a_size_claim_beyond_the_limit_is_refused_before_decoding(size: tuple[int, int]) -> None:
    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    data += struct.pack(">I", zlib.crc32(chunk)) + struct.pack(">I", 0) + b"IDAT"
    assert reason(data + struct.pack(">I", zlib.crc32(b"IDAT"))) == "too_large"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
def test_a_picture_cut_short_is_refused(kind: str) -> None:
    data = encoded(part(2), kind)
    assert reason(data[: len(data) // 2]) == "truncated"


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 500])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert reason(data) == "not_an_image"


def test_a_picture_of_an_unsupported_kind_is_named_as_such() -> None:
    assert reason(b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100) == "unsupported"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_never_raise_anything_else(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP"]))
    content = bytearray(_SOUND[kind])
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, min(len(content) - 1, 400)))
        content[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(1, len(content)))
    reasons = {"not_an_image", "too_small", "too_large", "truncated", "unsupported"}
    try:
        shape = decode(bytes(content[:end]), (64, 96)).values.shape
    except UnusableImageError as error:
        shape = error.reason
    assert shape == (64, 96, 3) or shape in reasons


_SOUND = {
    kind: encoded(part(3, size=(96, 72)), kind)
    for kind in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP")
}
