from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sightline.local.parts.drawing import write_parts
from sightline.vision.candidates import novelty, standardise
from sightline.vision.dataset import read_folder
from sightline.vision.features import load_backbone
from sightline.vision.passes import fold_of, learn_memories, measure_all

SIZE = (160, 224)
NORMALS, FRESH = 24, 24


def test_a_held_out_normal_is_no_more_novel_than_a_fresh_one(tmp_path: Path) -> None:
    """Parts at any angle: little of one is like another, so what hides patches shows most."""
    write_parts(tmp_path / "seen", normal=NORMALS, anomaly=0, seed=0)
    write_parts(tmp_path / "fresh", normal=FRESH, anomaly=0, seed=1)
    seen = read_folder(tmp_path / "seen").samples
    fresh = read_folder(tmp_path / "fresh").samples
    backbone = load_backbone(None)
    learned = learn_memories(seen, SIZE, backbone, 0, lambda: None)
    folds = [fold_of(index, NORMALS) for index in range(NORMALS)]
    held_out = measure_all(seen, folds, SIZE, backbone, learned, lambda: None)
    described = standardise(held_out.descriptors, np.zeros(NORMALS, bool), learned.models)
    score = novelty(described)
    expected = described.scores(score)[0]

    shipped = type(learned)(learned.models, [[m.memory] for m in learned.models])
    measured = measure_all(fresh, [0] * FRESH, SIZE, backbone, shipped, lambda: None)
    found = replace(described, raw=measured.descriptors).scores(score)[0]
    assert abs(np.median(found) - np.median(expected)) < 0.5 * expected.std()
