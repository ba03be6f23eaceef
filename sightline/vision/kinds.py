"""Kinds of defect taught with masks: a linear patch head per kind, giving a map per kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sightline.vision.artifact import open_session
from sightline.vision.dataset import Sample
from sightline.vision.features import Backbone, Block
from sightline.vision.head import fit_logistic
from sightline.vision.parallel import in_order
from sightline.vision.passes import Size, load_pixels, memory_feeds, patch_blocks
from sightline.vision.scoring import BlockModel, PatchHead, grid_of, measuring_graph

UNTYPED = "defect"
_COVERED = 0.3
_PATCHES = 150
_NORMALS = 48
_MASKED = 200  # of each kind: their patches are kept in memory
_PENALTY = 1e-3
_QUIET = 0.995

Array = NDArray[np.float32]
Taught = tuple[Array, NDArray[np.str_]]


def fit_kinds(
    samples: Sequence[Sample], size: Size, backbone: Backbone, models: list[BlockModel], seed: int
) -> dict[str, dict[str, PatchHead]]:
    """Patch heads by kind and block; empty when no picture has a mask.

    Of each kind the first two hundred pictures are looked at. A patch belongs to a kind when its
    mask covers three tenths of it. The offset is set so that
    one normal patch in two hundred reaches the threshold.
    """
    kinds = sorted({kind for s in samples for kind in s.masks})
    if not kinds:
        return {}
    of_kind = {kind: [s.path for s in samples if kind in s.masks][:_MASKED] for kind in kinds}
    used = set().union(*of_kind.values())
    masked = [s for s in samples if s.path in used]
    normals = [s for s in samples if not s.anomalous][:_NORMALS]
    taught = _collect([*masked, *normals], size, backbone, models, seed)
    heads: dict[str, dict[str, PatchHead]] = {}
    for kind in kinds:
        for name, (patches, labels) in taught.items():
            inside = labels == kind
            if not inside.any() or inside.all():
                continue
            linear = fit_logistic(patches, inside, _PENALTY)
            quiet = float(np.quantile(linear(patches[~inside]), _QUIET))
            offset = linear.offset - max(0.0, quiet)
            share = 1 / len(taught)
            head = PatchHead((linear.weights * share).astype(np.float32), offset * share)
            heads.setdefault(kind, {})[name] = head
    return heads


def _collect(
    samples: Sequence[Sample],
    size: Size,
    backbone: Backbone,
    models: list[BlockModel],
    seed: int,
) -> dict[str, Taught]:
    """Labelled patches of each taught block; the label of a normal patch is the empty string."""
    graph, names = measuring_graph(size, backbone, models)
    session = open_session(graph, 1)
    chosen = patch_blocks(models)
    feeds = memory_feeds(names, [model.memory for model in models])

    def collect(index: int) -> list[Taught]:
        sample = samples[index]
        outputs = session.run(None, {"image": load_pixels(sample, size), **feeds})[1::2]
        rng = np.random.default_rng([seed, 13, index])
        return [_labelled(sample, outputs[i].T, models[i].block, size, rng) for i in chosen]

    rows: list[list[Taught]] = list(in_order(collect, len(samples)))
    return {
        models[i].block.name: (
            np.concatenate([row[at][0] for row in rows]),
            np.concatenate([row[at][1] for row in rows]),
        )
        for at, i in enumerate(chosen)
    }


def _labelled(
    sample: Sample, patches: Array, block: Block, size: Size, rng: np.random.Generator
) -> Taught:
    """A draw of one picture's patches (p, c) with their kinds; unclear patches are left out."""
    labels = np.zeros(len(patches), "<U64")
    unclear = np.zeros(len(patches), bool)
    for kind, path in sample.masks.items():
        cover = mask_cover(path, grid_of(block, size)).ravel()
        labels[cover >= _COVERED] = kind
        unclear |= (cover > 0) & (cover < _COVERED)
    kept = []
    for label in np.unique(labels):
        index = np.flatnonzero((labels == label) & ~unclear)
        kept.append(rng.permutation(index)[:_PATCHES])
    index = np.sort(np.concatenate(kept))
    return np.ascontiguousarray(patches[index]), labels[index]


def mask_cover(path: Path, grid: tuple[int, int]) -> Array:
    """Share of every grid cell that a mask picture covers, float32 (rows, columns), 0..1.

    Everything but black (and, for coloured masks, white) counts as covered.
    """
    with Image.open(path) as image:
        values = np.asarray(image.convert("RGBA").convert("RGB"), np.uint8)
    coloured = (values.max(-1) != values.min(-1)).any()
    covered = values.max(-1) > 0
    if coloured:
        covered &= values.min(-1) < 255
    shares = Image.fromarray(covered.astype(np.float32))
    return np.asarray(shares.resize(grid[::-1], Image.Resampling.BOX), np.float32)
