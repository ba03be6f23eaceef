"""A thin layer over onnx.helper: graphs written as expressions. Needs the extra `training`."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import helper, numpy_helper

OPSET = 17
IR_VERSION = 8
FLOAT = onnx.TensorProto.FLOAT
UINT8 = onnx.TensorProto.UINT8


class GraphBuilder:
    """Collects nodes and constants; tensors are named by their order, so graphs are repeatable."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._shared: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def add(self, operator: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Append a node with one output and return the output's name."""
        output = name or f"{self._prefix}{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def add_many(self, operator: str, inputs: list[str], outputs: list[str], **kw: Any) -> None:
        """Append a node with several outputs."""
        self._nodes.append(helper.make_node(operator, inputs, outputs, **kw))

    def constant(self, values: ArrayLike) -> str:
        """A constant tensor; equal constants are stored once."""
        array = np.asarray(values)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        key = (str(array.dtype), array.shape, array.tobytes())
        if key not in self._shared:
            self._shared[key] = f"{self._prefix}constant_{len(self._constants)}"
            self._constants.append(numpy_helper.from_array(array, self._shared[key]))
        return self._shared[key]

    def embed(self, model: Any, prefix: str, source: str) -> list[str]:
        """Copy a one-input model into this graph, fed by `source`; returns its outputs' names."""
        graph = model.graph
        names = {graph.input[0].name: source, "": ""}
        for constant in graph.initializer:
            names[constant.name] = self.constant(numpy_helper.to_array(constant))
        for node in graph.node:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.name = ""
            for index, output in enumerate(node.output):
                names[output] = f"{prefix}{output}" if output else ""
                copy.output[index] = names[output]
            for index, needed in enumerate(node.input):
                copy.input[index] = names[needed]
            self._nodes.append(copy)
        return [names[output.name] for output in graph.output]

    def model(
        self,
        *sources: tuple[str, int, list[int | str]],
        outputs: list[tuple[str, list[int | str]]],
        properties: dict[str, str] | None = None,
    ) -> bytes:
        """The finished model, checked and serialised deterministically."""
        graph = helper.make_graph(
            self._nodes,
            "sightline",
            [helper.make_tensor_value_info(*source) for source in sources],
            [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in outputs],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        model.producer_name = "sightline"
        for key, value in sorted((properties or {}).items()):
            entry = model.metadata_props.add()
            entry.key, entry.value = key, value
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString(deterministic=True))
