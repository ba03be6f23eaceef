"""From patch features to the verdict, written as an ONNX graph. Needs the extra `training`.

The same functions build the graph that training measures pictures with and the one that ships.
In the first, each memory's bias is an input, so that a picture can be kept from recognising its
own patches; in the second it is a constant.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sightline.vision.features import Backbone, Block, add_blocks, image_input
from sightline.vision.memory import Memory
from sightline.vision.onnx_builder import FLOAT, GraphBuilder

BLOCKED = np.float32(-1e6)
_TOP_SHARES = (0.0, 0.003, 0.02)

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
        vectors = self.memory.vectors
        return (-0.5 * np.einsum("md,md->m", vectors, vectors)).astype(np.float32)


@dataclass(frozen=True)
class PatchHead:
    """A linear view on the patches of one block: weights (d,), weight of the distance, offset."""

    weights: Array
    distance_weight: float
    offset: float


@dataclass(frozen=True)
class Verdict:
    """Everything after the distances.

    weights (n,) and offset turn the descriptor into the raw score; map_shift, map_scale
    standardise each block's distances; map_threshold and map_slope make one half of the pixel
    threshold. patch_heads: linear maps per block name; map_mix: weight of the patch logits.
    """

    weights: Array
    offset: float
    map_shift: dict[str, float]
    map_scale: dict[str, float]
    map_threshold: float
    map_slope: float
    patch_heads: dict[str, PatchHead] = field(default_factory=dict)
    map_mix: float = 0.0


def tops(positions: int) -> list[int]:
    """How many of the most novel positions each novelty figure averages."""
    return [max(1, round(share * positions)) for share in _TOP_SHARES]


def positions_of(block: Block, size: tuple[int, int]) -> int:
    """Number of patches of a block for pictures of `size` (height, width)."""
    return (size[0] // block.stride) * (size[1] // block.stride)


def feature_graph(size: tuple[int, int], backbone: Backbone) -> tuple[bytes, list[Block]]:
    """Pictures to raw blocks: outputs float32 (channels, positions), in the order returned."""
    graph = GraphBuilder()
    blocks = add_blocks(graph, size, backbone)
    outputs = [
        (_flat(graph, block), [block.channels, positions_of(block, size)]) for block in blocks
    ]
    return graph.model(image_input(size), outputs=outputs), blocks


def measuring_graph(
    size: tuple[int, int], backbone: Backbone, models: list[BlockModel]
) -> tuple[bytes, list[str]]:
    """Pictures and memory biases to (descriptor, then whitened block and distances per model)."""
    graph = GraphBuilder()
    blocks = {block.name: block for block in add_blocks(graph, size, backbone)}
    sources = [image_input(size)]
    outputs: list[tuple[str, list[int | str]]] = []
    parts = []
    for model in models:
        bias = f"bias_{model.block.name}"
        sources.append((bias, FLOAT, [len(model.memory.vectors)]))
        patches, distances = _measure(graph, blocks[model.block.name], model, bias)
        parts.append(_describe(graph, model, patches, distances, size))
        positions = positions_of(model.block, size)
        outputs += [(patches, [model.block.channels, positions]), (distances, [positions])]
    descriptor = graph.add("Concat", *parts, axis=0)
    length = sum(4 + 2 * model.block.channels for model in models)
    model_bytes = graph.model(*sources, outputs=[(descriptor, [length]), *outputs])
    return model_bytes, [source[0] for source in sources[1:]]


def detector_graph(
    size: tuple[int, int], backbone: Backbone, models: list[BlockModel], verdict: Verdict
) -> bytes:
    """The graph that ships: picture uint8 (1, h, w, 3) to score (1,) and maps (1, n, h, w)."""
    graph = GraphBuilder()
    blocks = {block.name: block for block in add_blocks(graph, size, backbone)}
    parts, maps = [], []
    finest = min(model.block.stride for model in models)
    height, width = size[0] // finest, size[1] // finest
    for model in models:
        block = blocks[model.block.name]
        bias = graph.constant(model.bias)
        patches, distances = _measure(graph, block, model, bias)
        parts.append(_describe(graph, model, patches, distances, size))
        maps.append(_standard_map(graph, block, distances, verdict, size, (height, width)))
        head = verdict.patch_heads.get(block.name)
        if head is not None:
            logits = _patch_logits(graph, head, patches, distances)
            parts.append(_top_means(graph, logits, positions_of(block, size)))
    descriptor = graph.add("Concat", *parts, axis=0)
    weighted = graph.add("Mul", descriptor, graph.constant(verdict.weights))
    total = graph.add("ReduceSum", weighted, graph.constant(np.array([0])), keepdims=1)
    score = graph.add("Add", total, graph.constant(np.float32(verdict.offset)), name="score")
    novelty = maps[0] if len(maps) == 1 else graph.add("Max", *maps)
    margin = graph.add("Sub", novelty, graph.constant(np.float32(verdict.map_threshold)))
    scaled = graph.add("Mul", margin, graph.constant(np.float32(verdict.map_slope)))
    anomaly_map = graph.add("Sigmoid", scaled, name="maps")
    return graph.model(
        image_input(size), outputs=[(score, [1]), (anomaly_map, [1, 1, height, width])]
    )


def _flat(graph: GraphBuilder, block: Block) -> str:
    """(1, c, h, w) to (c, positions)."""
    return graph.add("Reshape", block.tensor, graph.constant(np.array([block.channels, -1])))


def _measure(graph: GraphBuilder, block: Block, model: BlockModel, bias: str) -> tuple[str, str]:
    """Whitened patches (c, p) and their distance to the nearest memory vector (p,).

    |z - m|^2 = |z|^2 - 2 (z.m - |m|^2 / 2); the bias holds the last term.
    """
    column = np.array([-1, 1])
    shifted = graph.add("Sub", _flat(graph, block), graph.constant(model.shift.reshape(-1, 1)))
    patches = graph.add("Mul", shifted, graph.constant(model.scale.reshape(-1, 1)))
    products = graph.add("MatMul", graph.constant(model.memory.vectors), patches)
    biased = graph.add("Add", products, graph.add("Reshape", bias, graph.constant(column)))
    nearest = graph.add("ReduceMax", biased, axes=[0], keepdims=0)
    axis = graph.constant(np.array([0]))
    squares = graph.add("ReduceSum", graph.add("Mul", patches, patches), axis, keepdims=0)
    twice = graph.add("Mul", nearest, graph.constant(np.float32(2)))
    squared = graph.add("Max", graph.add("Sub", squares, twice), graph.constant(np.float32(0)))
    return patches, graph.add("Sqrt", squared)


def _describe(
    graph: GraphBuilder, model: BlockModel, patches: str, distances: str, size: tuple[int, int]
) -> str:
    """Novelty figures, then means and maxima of the channels: (3 + 1 + 2 c,)."""
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


def _patch_logits(graph: GraphBuilder, head: PatchHead, patches: str, distances: str) -> str:
    linear = graph.add("MatMul", graph.constant(head.weights), patches)
    pull = graph.add("Mul", distances, graph.constant(np.float32(head.distance_weight)))
    total = graph.add("Add", linear, pull)
    return graph.add("Add", total, graph.constant(np.float32(head.offset)))


def _standard_map(
    graph: GraphBuilder,
    block: Block,
    distances: str,
    verdict: Verdict,
    size: tuple[int, int],
    out: tuple[int, int],
) -> str:
    """Distances in units of what is usual for the block, at the finest map's resolution."""
    shape = np.array([1, 1, size[0] // block.stride, size[1] // block.stride])
    grid = graph.add("Reshape", distances, graph.constant(shape))
    shifted = graph.add("Sub", grid, graph.constant(np.float32(verdict.map_shift[block.name])))
    factor = np.float32(1 / verdict.map_scale[block.name])
    standard = graph.add("Mul", shifted, graph.constant(factor))
    if tuple(shape[2:]) == out:
        return standard
    sizes = graph.constant(np.array([1, 1, out[0], out[1]]))
    return graph.add("Resize", standard, "", "", sizes, mode="linear")
