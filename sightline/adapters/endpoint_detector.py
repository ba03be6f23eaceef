"""A SageMaker endpoint as the pipeline's host of a model."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from sightline.domain.errors import UnavailableError
from sightline.domain.models import ModelRecord
from sightline.vision.loading import Pixels, decode
from sightline.vision.regions import find_regions
from sightline.workflow.control.ports import Found
from sightline.workflow.ports import HostedResult, ModelHost

THRESHOLD = 0.5  # confidences are calibrated so that both verdicts meet here
MAP_SIDE = 256  # pixels of an anomaly map's longer side, as far as the mask has them
_WHITE = 250  # masks are anomalies in colours on white

Ask = Callable[[str, bytes], Found]


class EndpointModelHost:
    """`ModelHost` that asks the model's endpoint; regions and map come from its mask, if any."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def inspect(self, model: ModelRecord, data: bytes) -> HostedResult:
        picture = decode(data)
        found = self._ask(str(model.endpoint), data)
        anomaly_map = _map_of(found.mask, picture) if found.mask else np.zeros((1, 1), np.float32)
        regions = find_regions(anomaly_map, picture.width, picture.height)
        return HostedResult(
            score=found.confidence if found.anomalous else 1 - found.confidence,
            threshold=THRESHOLD,
            confidence=found.confidence,
            anomalous=found.anomalous,
            width=picture.width,
            height=picture.height,
            regions=[asdict(region) for region in regions],
            map_png=_png(anomaly_map),
        )


class ModelHostByRecord:
    """`ModelHost` that asks the model's endpoint where it has one, and our detector otherwise."""

    def __init__(self, detector: ModelHost, endpoints: ModelHost) -> None:
        self._detector = detector
        self._endpoints = endpoints

    def inspect(self, model: ModelRecord, data: bytes) -> HostedResult:
        chosen = self._endpoints if model.endpoint else self._detector
        return chosen.inspect(model, data)


def _map_of(mask: bytes, picture: Pixels) -> NDArray[np.float32]:
    """A coloured mask as an anomaly map: float32 (h, w), 1 where anything is marked."""
    scale = min(1.0, MAP_SIDE / max(picture.width, picture.height))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    try:
        with Image.open(io.BytesIO(mask), formats=["PNG"]) as image:
            small = image.convert("RGB").resize(size, Image.Resampling.NEAREST)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise UnavailableError("The endpoint's mask is not a readable PNG.") from error
    marked = np.asarray(small).min(axis=2) < _WHITE
    return np.asarray(marked, np.float32)


def _png(anomaly_map: NDArray[np.float32]) -> bytes:
    written = io.BytesIO()
    Image.fromarray((anomaly_map * 255).astype(np.uint8)).save(written, "PNG")
    return written.getvalue()
