"""Labelled pictures for the demo: a part to train on, the others to play."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from sightline.vision.dataset import Sample


def mixed(samples: Sequence[Sample], seed: int) -> list[Sample]:
    """The samples in a random order that the seed decides."""
    shuffled = list(samples)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    return shuffled


def some(samples: Sequence[Sample], *, normal: int, anomaly: int, seed: int) -> list[Sample]:
    """At most so many of each label, chosen by the seed."""
    order = mixed(samples, seed)
    normals = [sample for sample in order if not sample.anomalous]
    anomalies = [sample for sample in order if sample.anomalous]
    return normals[:normal] + anomalies[:anomaly]


def link(samples: Sequence[Sample], folder: Path) -> None:
    """A folder of links to the samples, laid out for training."""
    for number, sample in enumerate(samples):
        label = "anomaly" if sample.anomalous else "normal"
        target = folder / label / f"{number:05}-{sample.path.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(sample.path.resolve())
