"""Fuse the operations of a network, and free its input size where possible.

The outputs stay the same but for rounding. Needs the extra ``quantize``; an edge node runs the
result but never this module.

HGNetV2 and similar backbones follow each convolution by ``max(x, 0) * scale + bias`` with one
number each. For a positive scale that equals ``max(x * scale + bias, bias)``: scale and bias go
into the convolution's weights, and ONNX Runtime applies the limit inside the convolution.
"""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper, version_converter

from models.catalogue.catalogue import ModelCard
from models.export.dynamic_shape import make_dynamic
from models.inference.heads import CONSTANT_INPUTS
from models.inference.runtimes.onnx import session_options

MIN_OPSET = 17
"""Weights quantised by channel need 13; the shipped models have 17."""


def simplify(
    source: Path, target: Path, card: ModelCard, *, dynamic_size: bool = False
) -> onnx.ModelProto:
    """Fix the batch size to 1, fold constants, and write the result to ``target``.

    Args:
        source: The ONNX file of the model.
        target: Where the simplified model goes.
        card: The model's card.
        dynamic_size: Free the input size, if the architecture allows it.
    """
    model = onnx.load(source)
    if model.opset_import[0].version < MIN_OPSET:
        model = version_converter.convert_version(model, MIN_OPSET)
    picture_shape = (1, 3, card.input.height, card.input.width)
    for tensor in model.graph.input:
        constant = CONSTANT_INPUTS.get(card.head, {}).get(tensor.name)
        shape = picture_shape if constant is None else constant.shape
        for dimension, size in zip(tensor.type.tensor_type.shape.dim, shape, strict=True):
            dimension.dim_value = size
    onnx.save(make_dynamic(model, card) or model if dynamic_size else model, target)
    options = session_options()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(target), options, providers=["CPUExecutionProvider"])
    return onnx.load(target)


def fold_model(source: Path, target: Path, card: ModelCard) -> int:
    """Write the folded version of ``source`` to ``target``.

    Returns:
        The number of convolutions that were changed.
    """
    model = simplify(source, target, card, dynamic_size=True)
    changed = fold_scales(model)
    onnx.save(model, target)
    return changed


def fold_scales(model: onnx.ModelProto, *, include_positive_bias: bool = True) -> int:
    """Fold scales and biases that follow convolutions into their weights; changes ``model``.

    Args:
        model: The network.
        include_positive_bias: Fold positive biases too. An INT8 network must not: its range
            starts at zero or below, so the lower limit would be lost.

    Returns:
        The number of convolutions that were changed.
    """
    graph = _Graph(model.graph)
    is_folded = [
        graph.fold_convolution(add, include_positive_bias=include_positive_bias)
        for add in graph.nodes_of("Add")
    ]
    graph.remove_unused()
    return sum(is_folded)


class _Graph:
    """A graph with indexes of its constants, producers and uses."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._producers = {name: node for node in graph.node for name in node.output}
        self._uses = Counter(name for node in graph.node for name in node.input)

    def nodes_of(self, kind: str) -> list[onnx.NodeProto]:
        return [node for node in self._graph.node if node.op_type == kind]

    def fold_convolution(self, add: onnx.NodeProto, *, include_positive_bias: bool) -> bool:
        """Fold the convolution that ends at ``add``; return whether there is one."""
        bias, mul = self._scalar_operand(add, "Mul")
        scale, relu = self._scalar_operand(mul, "Relu") if mul else (0.0, None)
        conv = self._producer(relu.input[0], "Conv") if relu else None
        if mul is None or relu is None or conv is None or scale <= 0 or len(conv.input) < 3:
            return False
        if bias > 0 and not include_positive_bias:
            return False
        if any(self._uses[name] != 1 for name in conv.input[1:]):
            return False
        self._set_constant(conv.input[1], self._array(conv.input[1]) * scale)
        self._set_constant(conv.input[2], self._array(conv.input[2]) * scale + bias)
        limit = f"{add.output[0]}_least"
        self._graph.initializer.append(numpy_helper.from_array(np.array(bias, np.float32), limit))
        relu.op_type = "Clip"
        relu.input.append(limit)
        relu.output[0] = add.output[0]
        self._graph.node.remove(add)
        self._graph.node.remove(mul)
        return True

    def remove_unused(self) -> None:
        used = {name for node in self._graph.node for name in node.input}
        for unused in [tensor for tensor in self._graph.initializer if tensor.name not in used]:
            self._graph.initializer.remove(unused)

    def _scalar_operand(
        self, node: onnx.NodeProto, producer: str
    ) -> tuple[float, onnx.NodeProto | None]:
        """Return the scalar operand of a sum or product, and the producer of the other one."""
        constants = [name for name in node.input if name in self._constants]
        others = [name for name in node.input if name not in self._constants]
        if len(constants) != 1 or self._array(constants[0]).size != 1:
            return 0.0, None
        return float(self._array(constants[0]).item()), self._producer(others[0], producer)

    def _producer(self, name: str, kind: str) -> onnx.NodeProto | None:
        """Return the node of this kind that computes a tensor used once, if there is one."""
        node: onnx.NodeProto | None = self._producers.get(name)
        if node is None or node.op_type != kind or self._uses[name] != 1:
            return None
        return node

    def _array(self, name: str) -> NDArray[np.float32]:
        return np.asarray(numpy_helper.to_array(self._constants[name]))

    def _set_constant(self, name: str, value: NDArray[np.float32]) -> None:
        tensor = numpy_helper.from_array(value.astype(np.float32), name)
        self._constants[name].CopyFrom(tensor)
