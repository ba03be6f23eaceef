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
from sightline.vision.memory import Memory, build_memory, sample_patches
from sightline.vision.parallel import in_order
from sightline.vision.patches import most_novel, patches_kept
from sightline.vision.scoring import BlockModel, bias_of, feature_graph, measuring_graph
from sightline.vision.spool import Spool

Size = tuple[int, int]
Array = NDArray[np.float32]

MEMORY_SIZES = {"fine": 576, "coarse": 1536, "context": 1024, "palette": 1024}
DEFAULT_MEMORY = 1024
POOL = 24_000
_LEAST_DRAWN = 4
MAPS_KEPT = 64
FOLDS = 5


def load_pixels(sample: Sample, size: Size) -> NDArray[np.uint8]:
    """Decode one training picture, uint8 (1, h, w, 3)."""
    return decode(sample.path.read_bytes(), size).values[None]


@dataclass(frozen=True)
class Learned:
    """What pass one learned: the models that ship, and for each of them a memory per fold.

    The memory of a fold is made without the normals of that fold.
    """

    models: list[BlockModel]
    without: list[list[Memory]]

    def memories(self, fold: int) -> list[Memory]:
        """One memory per model, made without the fold's normals."""
        return [memories[fold] for memories in self.without]


def learn_memories(
    normals: Sequence[Sample],
    size: Size,
    backbone: Backbone,
    seed: int,
    step: Callable[[], None],
) -> Learned:
    """Pass one: sample the normals' patches and condense them to memories.

    Of more normals than a few patches each can be kept of, only the first are looked at; their
    order should have nothing to do with what they show.

    Hiding a picture's own patches in one memory would not do for held-out figures: each was chosen
    in the place of similar patches of other pictures, and the holes that they leave make the
    picture look far more novel than a fresh one.
    """
    model, blocks = feature_graph(size, backbone)
    session = open_session(model, 1)
    normals = learned_from(normals)
    quota = POOL // len(normals)

    def sample(index: int) -> list[Array]:
        maps = session.run(None, {"image": load_pixels(normals[index], size)})
        rng = np.random.default_rng([seed, index])
        return [np.ascontiguousarray(m[:, sample_patches(m.T, quota, rng)].T) for m in maps]

    pools: list[list[Array]] = [[] for _ in blocks]
    for maps in in_order(sample, len(normals)):
        for pool, patches in zip(pools, maps, strict=True):
            pool.append(patches)
        step()
    models: list[BlockModel] = []
    without: list[list[Memory]] = []
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
        without.append(_fold_memories(white, sources, count, rng))
    return Learned(models, without)


def learned_from(normals: Sequence[Sample]) -> Sequence[Sample]:
    """Those normals that memories are made of: all, unless there are thousands."""
    return normals[: POOL // _LEAST_DRAWN]


def fold_of(index: int, normals: int) -> int:
    """The fold of the picture with this number among its kind, when there are so many normals."""
    return index % min(FOLDS, normals)


def _fold_memories(
    pool: Array, sources: NDArray[np.int64], count: int, rng: np.random.Generator
) -> list[Memory]:
    folds = min(FOLDS, int(sources.max()) + 1)
    if folds == 1:
        return [build_memory(pool, sources, count, rng)]
    kept = [sources % folds != fold for fold in range(folds)]
    return [build_memory(pool[inside], sources[inside], count, rng) for inside in kept]


def memory_feeds(names: Sequence[str], memories: Sequence[Memory]) -> dict[str, Array]:
    """Values for the measuring graph's inputs beside the picture."""
    values = [v for m in memories for v in (np.ascontiguousarray(m.vectors.T), bias_of(m.vectors))]
    return dict(zip(names, values, strict=True))


def patch_blocks(models: Sequence[BlockModel]) -> list[int]:
    """Which blocks the patch head sees: the backbone's at full resolution."""
    return [i for i, m in enumerate(models) if m.block.name not in {"context", "palette"}]


@dataclass(frozen=True)
class Measured:
    """What pass two keeps of the pictures, in their order; what grows with them is on disk.

    descriptors: float32 (D,) each; novel: per block that the patch head sees, the most novel
    patches with their distances, float32 (k, c + 1) each; distances: of the first normals, per
    block float32 (positions,).
    """

    descriptors: Spool
    novel: tuple[Spool, ...]
    distances: list[tuple[Array, ...]]


def measure_all(
    samples: Sequence[Sample],
    folds: Sequence[int],
    size: Size,
    backbone: Backbone,
    learned: Learned,
    step: Callable[[], None],
) -> Measured:
    """Pass two: descriptors and most novel patches of every picture.

    folds[i] chooses the memories that picture i is measured with. Those of a normal's own fold
    have not seen it, so that it is as new to them as any later picture is to the model.
    """
    model, names = measuring_graph(size, backbone, learned.models)
    session = open_session(model, 1)
    fed = {fold: memory_feeds(names, learned.memories(fold)) for fold in set(folds)}
    normals = [index for index, sample in enumerate(samples) if not sample.anomalous]
    mapped = frozenset(normals[:MAPS_KEPT])
    seen = patch_blocks(learned.models)
    count = patches_kept(len(samples))

    def measure(index: int) -> tuple[Array, list[Array], tuple[Array, ...]]:
        picture = load_pixels(samples[index], size)
        descriptor, *maps = session.run(None, {"image": picture, **fed[folds[index]]})
        distances = tuple(maps[1::2])
        novel = [most_novel(maps[2 * at], distances[at], count) for at in seen]
        return descriptor, novel, distances if index in mapped else ()

    measured: Measured | None = None
    for descriptor, novel, distances in in_order(measure, len(samples)):
        if measured is None:
            spools = tuple(Spool(rows.shape) for rows in novel)
            measured = Measured(Spool(descriptor.shape), spools, [])
        measured.descriptors.append(descriptor)
        for spool, rows in zip(measured.novel, novel, strict=True):
            spool.append(rows)
        if distances:
            measured.distances.append(distances)
        step()
    if measured is None:
        raise ValueError("There are no pictures to measure.")
    return measured
