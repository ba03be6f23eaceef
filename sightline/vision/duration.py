"""How long a training would take, said before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from sightline.vision.dataset import Sample, read_folder, subset
from sightline.vision.training import sizes_tried

# Processor seconds at one input size: 1,000 JPEGs of 300 pixels on one core of an AMD EPYC (Zen 4).
_EACH = {"fast": 0.042, "balanced": 0.057, "thorough": 0.067}
_MEGAPIXEL = {"JPEG": 0.0025, "PNG": 0.034}  # JPEG is decoded at reduced scale
_ONCE, _PER_SIZE = 2, 2  # how often a picture is decoded: taken in, evaluated; fitted in two passes


@dataclass(frozen=True)
class Duration:
    """How many pictures there are, and what their training takes of one core's time in seconds."""

    pictures: int
    seconds: float

    def most_within(self, seconds: float) -> int:
        """How many such pictures could be trained on in `seconds`."""
        return int(self.pictures * seconds / self.seconds)


def expected_duration(folder: Path, budget: str) -> Duration:
    """From the number, format and size of the pictures in a training folder; reads headers only.

    Half as long or twice as long is possible on another machine. Raises InvalidError when the
    folder holds no labelled pictures.
    """
    samples = read_folder(subset(folder, "train")).samples
    sizes = sizes_tried(len(samples), budget, anomalies=any(s.anomalous for s in samples))
    decoding = sum(_seconds_to_decode(sample) for sample in samples)
    seconds = sizes * _EACH[budget] * len(samples) + (_ONCE + _PER_SIZE * sizes) * decoding
    return Duration(len(samples), seconds)


def _seconds_to_decode(sample: Sample) -> float:
    try:
        with Image.open(sample.path) as image:
            each = _MEGAPIXEL.get(image.format or "", _MEGAPIXEL["PNG"])
            return image.width * image.height / 1e6 * each
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return 0.0  # training leaves it out and names it
