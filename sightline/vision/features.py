"""From pixels to patch features, written as an ONNX graph. Needs the extra `training`.

A feature block is a map float32 (1, channels, h / stride, w / stride). The backbone gives one
block per output at full resolution and, if wanted, its coarsest once more on the picture at half
size (`context`); `palette` is classical: local colour, contrast and edge energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from sightline.domain.errors import InvalidError
from sightline.vision.onnx_builder import UINT8, GraphBuilder

SOURCE = "image"
PALETTE_STRIDE = 8
_ORIENTATIONS = 6


@dataclass(frozen=True)
class Block:
    """A feature map of the graph: its tensor, channels and stride in input pixels."""

    name: str
    tensor: str
    channels: int
    stride: int


@dataclass(frozen=True)
class Backbone:
    """An ONNX backbone, what its metadata says about it, and whether to add the context block."""

    model: onnx.ModelProto
    channels: tuple[int, ...]
    strides: tuple[int, ...]
    unit_length: bool
    name: str
    context: bool = False


@cache
def load_backbone(path: Path | None = None) -> Backbone:
    """The packaged backbone, or any ONNX file of the form that `backbone.export` describes.

    Raises InvalidError when the file is not such a backbone.
    """
    if path is None:
        data = resources.files("sightline.vision").joinpath("weights/backbone.onnx").read_bytes()
    else:
        data = path.read_bytes()
    try:
        model = onnx.load_from_string(data)
        properties = {entry.key: entry.value for entry in model.metadata_props}
        channels = tuple(int(c) for c in properties["channels"].split(","))
        strides = tuple(int(s) for s in properties["strides"].split(","))
    except Exception as error:
        message = f"{path or 'The packaged file'} is not a backbone: {error}."
        raise InvalidError(message) from error
    name = properties.get("source", "sightline")
    return Backbone(model, channels, strides, properties.get("unit_length") == "1", name)


def image_input(size: tuple[int, int]) -> tuple[str, int, list[int | str]]:
    """The graph's input: pictures uint8 (1, h, w, 3), RGB."""
    return SOURCE, UINT8, [1, size[0], size[1], 3]


def add_blocks(graph: GraphBuilder, size: tuple[int, int], backbone: Backbone) -> list[Block]:
    """Add every feature block for pictures of `size` (height, width), multiples of 32."""
    floats = graph.add("Cast", SOURCE, to=onnx.TensorProto.FLOAT)
    planes = graph.add("Transpose", floats, perm=[0, 3, 1, 2])
    pictures = graph.add("Mul", planes, graph.constant(np.float32(1 / 255)))
    half = graph.add("AveragePool", pictures, kernel_shape=[2, 2], strides=[2, 2])
    names = ("fine", "coarse") if len(backbone.channels) == 2 else ()
    blocks = []
    outputs = graph.embed(backbone.model, "full_", pictures)
    for index, tensor in enumerate(outputs):
        name = names[index] if names else f"features_{index}"
        blocks.append(_block(graph, backbone, name, tensor, index, 1))
    if backbone.context:
        context = graph.embed(backbone.model, "half_", half)[-1]
        blocks.append(_block(graph, backbone, "context", context, len(outputs) - 1, 2))
    blocks.append(_palette(graph, pictures, half))
    del size
    return blocks


def _block(
    graph: GraphBuilder, backbone: Backbone, name: str, tensor: str, index: int, factor: int
) -> Block:
    if not backbone.unit_length:
        smooth = graph.add("AveragePool", tensor, kernel_shape=[3, 3], pads=[1] * 4)
        length = graph.add("ReduceL2", smooth, axes=[1], keepdims=1)
        floor = graph.constant(np.float32(1e-6))
        tensor = graph.add("Div", smooth, graph.add("Max", length, floor))
    return Block(name, tensor, backbone.channels[index], backbone.strides[index] * factor)


def _palette(graph: GraphBuilder, pictures: str, half: str) -> Block:
    """Means and deviations of colour, edge energy by direction and curvature, at two scales."""
    parts: list[str] = []
    for source, window in ((pictures, PALETTE_STRIDE), (half, PALETTE_STRIDE // 2)):
        colour = graph.add("Conv", source, graph.constant(_opponent_kernels()))
        mean = _pooled(graph, colour, window)
        square = _pooled(graph, graph.add("Mul", colour, colour), window)
        variance = graph.add("Sub", square, graph.add("Mul", mean, mean))
        floor = graph.constant(np.float32(1e-6))
        deviation = graph.add("Sqrt", graph.add("Max", variance, floor))
        edges = graph.add("Conv", source, graph.constant(_edge_kernels()), pads=[1] * 4)
        energy = _pooled(graph, graph.add("Abs", edges), window)
        parts += [mean, deviation, graph.add("Sqrt", graph.add("Max", energy, floor))]
    channels = 2 * (3 + 3 + _ORIENTATIONS + 1)
    tensor = graph.add("Concat", *parts, axis=1)
    return Block("palette", tensor, channels, PALETTE_STRIDE)


def _pooled(graph: GraphBuilder, tensor: str, window: int) -> str:
    return graph.add("AveragePool", tensor, kernel_shape=[window] * 2, strides=[window] * 2)


def _opponent_kernels() -> NDArray[np.float32]:
    """Lightness, red-green and blue-yellow, as a 1 x 1 convolution (3, 3, 1, 1)."""
    rows = [[0.299, 0.587, 0.114], [0.5, -0.5, 0.0], [-0.25, -0.25, 0.5]]
    return np.array(rows, np.float32)[:, :, None, None]


def _edge_kernels() -> NDArray[np.float32]:
    """Sobel derivatives in six directions and the Laplacian, of lightness (7, 3, 3, 3)."""
    sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    angles = np.arange(_ORIENTATIONS) * np.pi / _ORIENTATIONS
    planes = [np.cos(a) * sobel + np.sin(a) * sobel.T for a in angles]
    planes.append(np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]) / 8)
    lightness = np.array([0.299, 0.587, 0.114])
    return np.asarray((np.stack(planes)[:, None] * lightness[None, :, None, None]), np.float32)
