"""What the detector says of one picture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sightline.vision.regions import Region


@dataclass(frozen=True)
class Detection:
    """The verdict on one picture.

    score: raw image score; confidence: 0.5..1, how sure the model is of the verdict it gave;
    anomaly_map: float32 (h, w), 0..1, one half at the pixel threshold, covering the whole picture;
    width, height: original pixels after EXIF orientation; area: share of the picture that is
    anomalous, 0..1; label_maps: a map for every kind of defect the model was taught with masks.
    """

    score: float
    confidence: float
    anomalous: bool
    anomaly_map: NDArray[np.float32]
    width: int
    height: int
    regions: tuple[Region, ...]
    area: float = 0.0
    label_maps: dict[str, NDArray[np.float32]] = field(default_factory=dict)
