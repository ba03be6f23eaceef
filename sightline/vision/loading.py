"""From encoded bytes to pixels: the only way a picture enters the detector.

Training, evaluation and inspection all decode here, so a model meets in service exactly the
pixels it was trained on.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import (  # each plugin registers its format
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from sightline.domain.errors import UnusableImageError

MIN_SIDE = 64
MAX_SIDE = 8192
FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        BmpImagePlugin.BmpImageFile,
        TiffImagePlugin.TiffImageFile,
        WebPImagePlugin.WebPImageFile,
        GifImagePlugin.GifImageFile,
        PpmImagePlugin.PpmImageFile,
    )
)

_EXIF_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_UNSUPPORTED_MARKS = ((4, b"ftyp"), (0, b"%PDF"), (0, b"<svg"), (0, b"\x00\x00\x00\x0cjP"))


@dataclass(frozen=True)
class Pixels:
    """A decoded picture.

    values: uint8 (h, w, 3), RGB; width, height: of the original after EXIF orientation.
    """

    values: NDArray[np.uint8]
    width: int
    height: int


def decode(data: bytes, size: tuple[int, int] | None = None) -> Pixels:
    """Decode a picture, turn it upright and, when `size` (height, width) is given, scale it.

    Grey, colour and transparent pictures of 8 or 16 bits all become 8-bit RGB; of an animation
    the first frame counts; transparency is laid on white.

    Raises UnusableImageError with reason `not_an_image`, `unsupported`, `too_small` (a side under
    64 pixels), `too_large` (over 8192) or `truncated`.
    """
    with _open(data) as image:
        width, height = image.size
        _check_size(width, height)
        try:
            turn = _TURNS.get(_orientation(image))
            swapped = turn is not None and _swaps_sides(turn)
            if swapped:
                width, height = height, width
            target = None if size is None else ((size[0], size[1]) if swapped else size[::-1])
            if target is not None:
                image.draft("RGB" if image.mode in {"RGB", "YCbCr"} else image.mode, target)
            upright = _scaled(_to_rgb(image), target)
            if turn is not None:
                upright = upright.transpose(turn)
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
            raise UnusableImageError("truncated", f"The picture is damaged: {error}.") from error
        except Image.DecompressionBombError as error:
            raise UnusableImageError("too_large", str(error)) from error
        return Pixels(np.asarray(upright), width, height)


def _open(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        message = f"The picture has more than {MAX_SIDE} pixels on a side."
        raise UnusableImageError("too_large", message) from error
    except UnidentifiedImageError as error:
        for start, mark in _UNSUPPORTED_MARKS:
            if data[start : start + len(mark)] == mark:
                names = ", ".join(FORMATS)
                message = f"This kind of file is not supported; use one of {names}."
                raise UnusableImageError("unsupported", message) from error
        raise UnusableImageError("not_an_image", "The file is not a picture.") from error
    except Exception as error:
        raise UnusableImageError("truncated", f"The picture is damaged: {error}.") from error


def _check_size(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE:
        message = f"The picture is {width} x {height} pixels; the least is {MIN_SIDE} x {MIN_SIDE}."
        raise UnusableImageError("too_small", message)
    if max(width, height) > MAX_SIDE:
        message = f"The picture is {width} x {height} pixels; the most is {MAX_SIDE} x {MAX_SIDE}."
        raise UnusableImageError("too_large", message)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_EXIF_ORIENTATION, 1))
    except (ValueError, TypeError, SyntaxError, KeyError, OSError):
        return 1


def _swaps_sides(turn: Image.Transpose) -> bool:
    return turn in {
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    }


def _to_rgb(image: Image.Image) -> Image.Image:
    """Any mode to 8-bit RGB."""
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_to_8_bit(np.asarray(image))).convert("RGB")
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        opaque = image.convert("RGBA")
        ground = Image.new("RGBA", opaque.size, "white")
        return Image.alpha_composite(ground, opaque).convert("RGB")
    return image.convert("RGB")


def _to_8_bit(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """16-bit levels keep their upper 8 bits; floats are taken as 0..1 unless they exceed it."""
    if np.issubdtype(values.dtype, np.floating):
        finite = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
        top = 1.0 if finite.max(initial=0.0) <= 1.0 else 255.0
        return (finite / top * 255).clip(0, 255).astype(np.uint8)
    wide = values.astype(np.int64)
    if wide.max(initial=0) > 255:
        wide = wide >> 8
    return wide.clip(0, 255).astype(np.uint8)


def _scaled(image: Image.Image, target: tuple[int, int] | None) -> Image.Image:
    """Scale to (width, height): averaging when shrinking, bilinear when enlarging."""
    if target is None or image.size == target:
        image.load()
        return image
    return image.resize(target, Image.Resampling.BILINEAR)
