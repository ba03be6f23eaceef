"""Streaming passes over the training pictures: one picture in memory at a time per thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sightline.vision.artifact import open_session
from sightline.vision.dataset import Sample
from sightline.vision.features import Backbone
from sightline.vision.loading import decode
from sightline.vision.memory import build_memory, sample_patches
from sightline.vision.parallel import in_order
from sightline.vision.patches import most_novel, patches_kept
from sightline.vision.scoring import BLOCKED, BlockModel, feature_graph, measuring_graph

Size = tuple[int, int]
Array = NDArray[np.float32]

MEMORY_SIZES = {"fine": 576, "coarse": 1536, "context": 1024, "palette": 1024}
DEFAULT_MEMORY = 1024
POOL = 24_000
MAPS_KEPT = 64


def load_pixels(sample: Sample, size: Size) -> NDArray[np.uint8]:
    """Decode one training picture, uint8 (1, h, w, 3)."""
    return decode(sample.path.read_bytes(), size).values[None]


def learn_memories(
    normals: Sequence[Sample],
    size: Size,
    backbone: Backbone,
    seed: int,
    step: Callable[[], None],
) -> list[BlockModel]:
    """Pass one: sample every normal's patches and condense them to one memory per block."""
    model, blocks = feature_graph(size, backbone)
    session = open_session(model, 1)
    quota = max(4, POOL // len(normals))

    def sample(index: int) -> list[Array]:
        maps = session.run(None, {"image": load_pixels(normals[index], size)})
        rng = np.random.default_rng([seed, index])
        return [np.ascontiguousarray(m[:, sample_patches(m.T, quota, rng)].T) for m in maps]

    pools: list[list[Array]] = [[] for _ in blocks]
    for maps in in_order(sample, len(normals)):
        for pool, patches in zip(pools, maps, strict=True):
            pool.append(patches)
        step()
    models = []
    for number, (block, pool) in enumerate(zip(blocks, pools, strict=True)):
        patches = np.concatenate(pool)
        sources = np.repeat(np.arange(len(pool)), [len(p) for p in pool])
        whiten = block.name == "palette"
        shift = patches.mean(0) if whiten else np.zeros(block.channels, np.float32)
        scale = 1 / (patches.std(0) + 1e-3) if whiten else np.ones(block.channels, np.float32)
        if whiten:
            scale = scale / np.sqrt(block.channels)
        white = ((patches - shift) * scale).astype(np.float32)
        rng = np.random.default_rng([seed, 7, number])
        count = MEMORY_SIZES.get(block.name, DEFAULT_MEMORY)
        memory = build_memory(white, sources, count, rng)
        models.append(BlockModel(block, shift.astype(np.float32), scale.astype(np.float32), memory))
    return models


def patch_blocks(models: Sequence[BlockModel]) -> list[int]:
    """Which blocks the patch head sees: the backbone's at full resolution."""
    return [i for i, m in enumerate(models) if m.block.name not in {"context", "palette"}]


@dataclass(frozen=True)
class Measured:
    """What pass two keeps of one picture.

    descriptor: float32 (D,); distances: per block float32 (positions,), for some normals only;
    novel: per block that the patch head sees, its most novel patches (k, c) and distances (k,).
    """

    descriptor: Array
    distances: tuple[Array, ...] | None
    novel: tuple[tuple[Array, Array], ...]


def measure_all(
    samples: Sequence[Sample],
    memory_index: Sequence[int],
    size: Size,
    backbone: Backbone,
    models: list[BlockModel],
    step: Callable[[], None],
) -> list[Measured]:
    """Pass two: descriptors of every picture.

    memory_index[i] is the number under which picture i went into the memories, or -1; its own
    patches are hidden from it, so that a normal is as new to the model as any later picture.
    """
    model, bias_names = measuring_graph(size, backbone, models)
    session = open_session(model, 1)
    seen = patch_blocks(models)
    count = patches_kept(len(samples))

    def measure(index: int) -> Measured:
        feeds: dict[str, NDArray[np.generic]] = {"image": load_pixels(samples[index], size)}
        for name, block in zip(bias_names, models, strict=True):
            own = block.memory.sources == memory_index[index]
            feeds[name] = np.where(own, BLOCKED, block.bias).astype(np.float32)
        descriptor, *maps = session.run(None, feeds)
        distances = tuple(maps[1::2])
        kept = 0 <= memory_index[index] < MAPS_KEPT
        novel = tuple(most_novel(maps[2 * at], distances[at], count) for at in seen)
        return Measured(descriptor, distances if kept else None, novel)

    measured = []
    for result in in_order(measure, len(samples)):
        measured.append(result)
        step()
    return measured
