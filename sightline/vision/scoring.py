"""From patch features to the verdict, written as an ONNX graph. Needs the extra `training`.

The same functions build the graph that training measures pictures with and the one that ships.
In the first, the memories are inputs, so that a picture can be kept from recognising its own
patches; in the second they are constants.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sightline.vision.features import Backbone, Block, add_blocks, image_input
from sightline.vision.memory import Memory
from sightline.vision.onnx_builder import FLOAT, GraphBuilder

_CACHE_BYTES = 1_500_000
SUSPICIOUS = 2
_TOP_SHARES = (0.0, 0.001, 0.01)
FIGURES = len(_TOP_SHARES) + 1

Array = NDArray[np.float32]


@dataclass(frozen=True)
class BlockModel:
    """What is known of one block: its whitening (d,) and its memory of whitened patches."""

    block: Block
    shift: Array
    scale: Array
    memory: Memory

    @property
    def bias(self) -> Array:
        """Half the squared length of every memory vector, negated: (m,)."""
        return bias_of(self.memory.vectors)


def bias_of(vectors: Array) -> Array:
    """Half the squared length of every vector (m, d), negated: (m,)."""
    return np.asarray((-0.5 * np.einsum("md,md->m", vectors, vectors)), np.float32)


@dataclass(frozen=True)
class PatchHead:
    """A linear view on the patches of one block: weights (d,), offset, weight of the distance."""

    weights: Array
    offset: float
    distance_weight: float = 0.0


@dataclass(frozen=True)
class MapScaling:
    """How distances become the anomaly map.

    shift, scale: put each block's distances in common units, by block name; threshold: where
    their mean makes a pixel anomalous; slope: of the logistic curve through one half there.
    """

    shift: dict[str, float]
    scale: dict[str, float]
    threshold: float
    slope: float


@dataclass(frozen=True)
class Verdict:
    """Everything after the distances.

    weights (n,) and offset turn the descriptor into the raw score, to which the patch heads, by
    block, add `patch_weight` times their mean suspicion, seeing the `patches_kept` most novel
    patches; `kinds` maps a kind of defect to its patch heads by block.
    """

    weights: Array
    offset: float
    scaling: MapScaling
    kinds: dict[str, dict[str, PatchHead]] = field(default_factory=dict)
    patch_heads: dict[str, PatchHead] = field(default_factory=dict)
    patch_weight: float = 0.0
    patches_kept: int = 0


@dataclass(frozen=True)
class Inputs:
    """The tensors of one memory in a graph: the vectors' transpose (d, m) and their bias (m,)."""

    vectors: str
    bias: str


def tops(positions: int) -> list[int]:
    """How many of the most novel positions each novelty figure averages."""
    return [max(1, round(share * positions)) for share in _TOP_SHARES]


def grid_of(block: Block, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of a block's patches for pictures of `size` (height, width)."""
    return size[0] // block.stride, size[1] // block.stride


def positions_of(block: Block, size: tuple[int, int]) -> int:
    """Number of patches of a block for pictures of `size` (height, width)."""
    rows, columns = grid_of(block, size)
    return rows * columns


def feature_graph(size: tuple[int, int], backbone: Backbone) -> tuple[bytes, list[Block]]:
    """Pictures to raw blocks: outputs float32 (channels, positions), in the order returned."""
    graph = GraphBuilder()
    blocks = add_blocks(graph, size, backbone)
    outputs: list[tuple[str, list[int | str]]] = [
        (_flat(graph, block), [block.channels, positions_of(block, size)]) for block in blocks
    ]
    return graph.model(image_input(size), outputs=outputs), blocks


def measuring_graph(
    size: tuple[int, int], backbone: Backbone, models: list[BlockModel]
) -> tuple[bytes, list[str]]:
    """Pictures and memories to (descriptor, then whitened block and distances per model).

    Returns the graph and the names of its inputs beside `image`: for each model the vectors'
    transpose (d, m) and their bias (m,).
    """
    graph = GraphBuilder()
    blocks = {block.name: block for block in add_blocks(graph, size, backbone)}
    sources = [image_input(size)]
    outputs: list[tuple[str, list[int | str]]] = []
    parts = []
    for model in models:
        count, channels = model.memory.vectors.shape
        memory = Inputs(f"memory_{model.block.name}", f"bias_{model.block.name}")
        sources += [(memory.vectors, FLOAT, [channels, count]), (memory.bias, FLOAT, [count])]
        patches, distances = _measure(graph, blocks[model.block.name], model, memory, size)
        parts.append(_describe(graph, model, patches, distances, size))
        positions = positions_of(model.block, size)
        outputs += [(patches, [model.block.channels, positions]), (distances, [positions])]
    descriptor = graph.add("Concat", *parts, axis=0)
    length = sum(FIGURES + 2 * model.block.channels for model in models)
    model_bytes = graph.model(*sources, outputs=[(descriptor, [length]), *outputs])
    return model_bytes, [source[0] for source in sources[1:]]


def detector_graph(
    size: tuple[int, int], backbone: Backbone, models: list[BlockModel], verdict: Verdict
) -> bytes:
    """The graph that ships: picture uint8 (1, h, w, 3) to score (1,) and maps (1, n, h, w)."""
    graph = GraphBuilder()
    blocks = {block.name: block for block in add_blocks(graph, size, backbone)}
    out = max((grid_of(model.block, size) for model in models), key=lambda grid: grid[0])
    parts, novelties = [], []
    logits: dict[str, list[str]] = {kind: [] for kind in verdict.kinds}
    for model in models:
        block = blocks[model.block.name]
        vectors = graph.constant(np.ascontiguousarray(model.memory.vectors.T))
        memory = Inputs(vectors, graph.constant(model.bias))
        patches, distances = _measure(graph, block, model, memory, size)
        parts.append(_describe(graph, model, patches, distances, size))
        grid = _standard(graph, block.name, distances, verdict.scaling)
        novelties.append(_resized(graph, grid, grid_of(block, size), out))
        if block.name in verdict.patch_heads:
            parts.append(_suspicion(graph, verdict, block.name, patches, distances))
        for kind, heads in verdict.kinds.items():
            if block.name in heads:
                values = _patch_logits(graph, heads[block.name], patches)
                logits[kind].append(_resized(graph, values, grid_of(block, size), out))
    descriptor = graph.add("Concat", *parts, axis=0)
    weighted = graph.add("Mul", descriptor, graph.constant(_all_weights(verdict, models)))
    total = graph.add("ReduceSum", weighted, graph.constant(np.array([0])), keepdims=1)
    score = graph.add("Add", total, graph.constant(np.float32(verdict.offset)), name="score")
    novelty = graph.add("Mean", *novelties)
    margin = graph.add("Sub", novelty, graph.constant(np.float32(verdict.scaling.threshold)))
    margins = [graph.add("Mul", margin, graph.constant(np.float32(verdict.scaling.slope)))]
    margins += [graph.add("Sum", *values) for values in logits.values()]
    maps = graph.add("Sigmoid", graph.add("Concat", *margins, axis=1), name="maps")
    return graph.model(
        image_input(size), outputs=[(score, [1]), (maps, [1, len(margins), out[0], out[1]])]
    )


def _all_weights(verdict: Verdict, models: list[BlockModel]) -> Array:
    """The descriptor's weights with those of the patch heads put in, block by block."""
    parts, at = [], 0
    for model in models:
        length = FIGURES + 2 * model.block.channels
        parts.append(verdict.weights[at : at + length])
        at += length
        if model.block.name in verdict.patch_heads:
            share = verdict.patch_weight / len(verdict.patch_heads)
            parts.append(np.array([share], np.float32))
    return np.concatenate(parts)


def _suspicion(
    graph: GraphBuilder, verdict: Verdict, name: str, patches: str, distances: str
) -> str:
    """Mean of the largest patch logits among the most novel patches: (1,)."""
    head = verdict.patch_heads[name]
    novel, at = f"novel_{name}", f"novel_at_{name}"
    count = graph.constant(np.array([verdict.patches_kept]))
    graph.add_many("TopK", [distances, count], [novel, at])
    logits = _patch_logits(graph, head, graph.add("Gather", patches, at, axis=1))
    pull = graph.add("Mul", novel, graph.constant(np.float32(head.distance_weight)))
    total = graph.add("Add", graph.add("Reshape", logits, graph.constant(np.array([-1]))), pull)
    largest = f"suspicious_{name}"
    few = graph.constant(np.array([SUSPICIOUS]))
    graph.add_many("TopK", [total, few], [largest, f"{largest}_at"])
    return graph.add("ReduceMean", largest, axes=[0], keepdims=1)


def _flat(graph: GraphBuilder, block: Block) -> str:
    """(1, c, h, w) to (c, positions)."""
    return graph.add("Reshape", block.tensor, graph.constant(np.array([block.channels, -1])))


def _measure(
    graph: GraphBuilder, block: Block, model: BlockModel, memory: Inputs, size: tuple[int, int]
) -> tuple[str, str]:
    """Whitened patches (c, p) and their distance to the nearest memory vector (p,).

    |z - m|^2 = |z|^2 - 2 (z.m - |m|^2 / 2); the bias holds the last term.
    """
    shifted = graph.add("Sub", _flat(graph, block), graph.constant(model.shift.reshape(-1, 1)))
    patches = graph.add("Mul", shifted, graph.constant(model.scale.reshape(-1, 1)))
    positions = positions_of(block, size)
    count = len(model.memory.vectors)
    nearest = _largest_products(graph, patches, positions, memory, count)
    axis = graph.constant(np.array([0]))
    squares = graph.add("ReduceSum", graph.add("Mul", patches, patches), axis, keepdims=0)
    twice = graph.add("Mul", nearest, graph.constant(np.float32(2)))
    squared = graph.add("Max", graph.add("Sub", squares, twice), graph.constant(np.float32(0)))
    return patches, graph.add("Sqrt", squared)


def _largest_products(
    graph: GraphBuilder, patches: str, positions: int, memory: Inputs, count: int
) -> str:
    """max over m of (z.m + bias), for patches (c, p): (p,).

    In slices whose products stay in the processor's cache, which takes a third off the time.
    """
    slices = max(1, -(-positions * count * 4 // _CACHE_BYTES))
    edges = np.linspace(0, positions, slices + 1).astype(np.int64)
    rows = graph.add("Transpose", patches, perm=[1, 0])
    parts = [f"{rows}_part_{index}" for index in range(slices)]
    graph.add_many("Split", [rows, graph.constant(np.diff(edges))], parts, axis=0)
    largest = []
    for part in parts:
        products = graph.add("Gemm", part, memory.vectors, memory.bias)
        largest.append(graph.add("ReduceMax", products, axes=[1], keepdims=0))
    return graph.add("Concat", *largest, axis=0)


def _describe(
    graph: GraphBuilder, model: BlockModel, patches: str, distances: str, size: tuple[int, int]
) -> str:
    """Novelty figures, then means and maxima of the channels: (FIGURES + 2 c,)."""
    mean = graph.add("ReduceMean", patches, axes=[1], keepdims=0)
    peak = graph.add("ReduceMax", patches, axes=[1], keepdims=0)
    average = graph.add("ReduceMean", distances, axes=[0], keepdims=1)
    top = _top_means(graph, distances, positions_of(model.block, size))
    return graph.add("Concat", top, average, mean, peak, axis=0)


def _top_means(graph: GraphBuilder, values: str, positions: int) -> str:
    """Means of the largest values (p,), for each of the counts in `tops`: (3,)."""
    counts = tops(positions)
    largest = f"{values}_sorted"
    graph.add_many(
        "TopK", [values, graph.constant(np.array([counts[-1]]))], [largest, f"{largest}_at"]
    )
    means = []
    for count in counts:
        first = graph.add(
            "Slice", largest, graph.constant(np.array([0])), graph.constant(np.array([count]))
        )
        means.append(graph.add("ReduceMean", first, axes=[0], keepdims=1))
    return graph.add("Concat", *means, axis=0)


def _patch_logits(graph: GraphBuilder, head: PatchHead, patches: str) -> str:
    linear = graph.add("MatMul", graph.constant(head.weights.reshape(1, -1)), patches)
    return graph.add("Add", linear, graph.constant(np.float32(head.offset)))


def _standard(graph: GraphBuilder, name: str, distances: str, scaling: MapScaling) -> str:
    shifted = graph.add("Sub", distances, graph.constant(np.float32(scaling.shift[name])))
    return graph.add("Mul", shifted, graph.constant(np.float32(1 / scaling.scale[name])))


def _resized(graph: GraphBuilder, values: str, grid: tuple[int, int], out: tuple[int, int]) -> str:
    """Values of a grid (positions,) as a map (1, 1, *out), bilinear."""
    image = graph.add("Reshape", values, graph.constant(np.array([1, 1, *grid])))
    if grid == out:
        return image
    return graph.add("Resize", image, "", "", graph.constant(np.array([1, 1, *out])), mode="linear")
