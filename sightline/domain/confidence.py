"""From a raw score to how sure the model is."""

from __future__ import annotations

import math


def confidence(score: float, threshold: float, slope: float) -> float:
    """How sure to be of the verdict that the score gives, 0.5..1."""
    margin = min(slope * abs(score - threshold), 50.0)
    return 1 / (1 + math.exp(-margin))
