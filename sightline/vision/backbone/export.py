"""From trained weights to an ONNX backbone, and any timm network as a drop-in replacement.

A backbone is an ONNX model with one input, pictures float32 (n, 3, h, w) in 0..1 with free h and
w, and one or more feature maps float32 (n, channels, h / stride, w / stride) as outputs. Its
metadata gives `channels` and `strides`, comma separated.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sightline.vision.onnx_builder import FLOAT, GraphBuilder

if TYPE_CHECKING:
    import torch

Weights = dict[str, NDArray[np.float32]]


def folded(state: dict[str, Any], name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight and bias of a convolution with its batch normalisation folded in.

    w' = w g / sqrt(v + e), b' = b - m g / sqrt(v + e) (Ioffe and Szegedy 2015, arXiv:1502.03167).
    """
    weight = np.asarray(state[f"{name}.0.weight"], np.float64)
    scale, shift, mean, variance = (
        np.asarray(state[f"{name}.1.{key}"], np.float64)
        for key in ("weight", "bias", "running_mean", "running_var")
    )
    gain = scale / np.sqrt(variance + 1e-5)
    return (
        (weight * gain[:, None, None, None]).astype(np.float32),
        (shift - mean * gain).astype(np.float32),
    )


def backbone_model(state: dict[str, Any], properties: dict[str, str]) -> bytes:
    """The network of `network.Backbone` as ONNX, from its state dictionary of arrays."""
    graph = GraphBuilder()

    def convolve(x: str, name: str, stride: int, *, relu: bool = True) -> str:
        weight, bias = folded(state, name)
        kernel = weight.shape[-1]
        y = graph.add(
            "Conv",
            x,
            graph.constant(weight),
            graph.constant(bias),
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[kernel // 2] * 4,
        )
        return graph.add("Relu", y) if relu else y

    def residual(x: str, name: str) -> str:
        y = convolve(convolve(x, f"{name}.first", 1), f"{name}.second", 1, relu=False)
        return graph.add("Relu", graph.add("Add", x, y))

    def projected(x: str, name: str, output: str) -> str:
        weight = np.asarray(state[f"{name}.weight"], np.float32)
        bias = np.asarray(state[f"{name}.bias"], np.float32)
        y = graph.add("Conv", x, graph.constant(weight), graph.constant(bias))
        ones = graph.constant(np.ones((1, weight.shape[0], 1, 1), np.float32))
        squares = graph.add("Conv", graph.add("Mul", y, y), ones)
        floor = graph.constant(np.float32(1e-24))
        length = graph.add("Sqrt", graph.add("Max", squares, floor))
        return graph.add("Div", y, length, name=output)

    two, one = graph.constant(np.float32(2)), graph.constant(np.float32(1))
    centred = graph.add("Sub", graph.add("Mul", "pictures", two), one)
    near = residual(convolve(convolve(centred, "stem", 2), "down1", 2), "stage1")
    far = convolve(near, "down2", 2)
    blocks = sorted({key.split(".")[1] for key in state if key.startswith("stage2.")})
    for block in blocks:
        far = residual(far, f"stage2.{block}")
    pooled = graph.add("AveragePool", near, kernel_shape=[2, 2], strides=[2, 2])
    fine = projected(near, "fine", "fine")
    coarse = projected(graph.add("Concat", pooled, far, axis=1), "coarse", "coarse")
    channels = [np.asarray(state[f"{name}.weight"]).shape[0] for name in ("fine", "coarse")]
    described = {"channels": ",".join(map(str, channels)), "strides": "4,8"}
    described |= {"unit_length": "1", **properties}
    return graph.model(
        ("pictures", FLOAT, ["n", 3, "h", "w"]),
        outputs=[
            (fine, ["n", channels[0], "h4", "w4"]),
            (coarse, ["n", channels[1], "h8", "w8"]),
        ],
        properties=described,
    )


def export_checkpoint(checkpoint: Path, out: Path, properties: dict[str, str]) -> None:
    """Write the network of a training checkpoint as an ONNX backbone."""
    from sightline.vision.backbone.training import load_checkpoint

    net = load_checkpoint(checkpoint)
    state = {key: value.numpy() for key, value in net.state_dict().items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(backbone_model(state, properties))


def export_timm(
    name: str, out: Path, *, layers: tuple[int, ...] = (1, 2), pretrained: bool = True
) -> None:
    """Write a timm network's feature maps as an ONNX backbone (needs torch and timm)."""
    import timm

    net = timm.create_model(name, pretrained=pretrained, features_only=True, out_indices=layers)
    config = net.pretrained_cfg if hasattr(net, "pretrained_cfg") else {}
    export_module(
        net.eval(), out, config.get("mean"), config.get("std"), {"source": f"timm {name}"}
    )


def export_module(
    net: torch.nn.Module,
    out: Path,
    mean: tuple[float, ...] | None,
    std: tuple[float, ...] | None,
    properties: dict[str, str],
) -> None:
    """Write any module that returns a list of feature maps; ImageNet statistics by default."""
    import io

    import onnx
    import torch

    class Normalised(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = net
            shape = (1, 3, 1, 1)
            self.register_buffer("mean", torch.tensor(mean or (0.485, 0.456, 0.406)).view(shape))
            self.register_buffer("std", torch.tensor(std or (0.229, 0.224, 0.225)).view(shape))

        def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return tuple(self.net((pictures - self.mean) / self.std))

    wrapped = Normalised().eval()
    example = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        maps = wrapped(example)
    names = [f"features_{index}" for index in range(len(maps))]
    axes = {name: {2: f"h_{name}", 3: f"w_{name}"} for name in names}
    buffer = io.BytesIO()
    torch.onnx.export(
        wrapped,
        (example,),
        buffer,
        input_names=["pictures"],
        output_names=names,
        dynamic_axes={"pictures": {2: "h", 3: "w"}, **axes},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load_from_string(buffer.getvalue())
    described = {
        "channels": ",".join(str(m.shape[1]) for m in maps),
        "strides": ",".join(str(224 // m.shape[2]) for m in maps),
        **properties,
    }
    for key, value in sorted(described.items()):
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(model.SerializeToString(deterministic=True))
