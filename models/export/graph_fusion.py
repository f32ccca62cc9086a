"""The same network with fewer steps, for pictures of any size where that can be.

What it answers stays the same but for rounding.

Needs the extra ``quantize``; an edge box runs the result and never this.

HGNetV2 and its kind follow each convolution by ``max(x, 0) * scale + bias`` with one number
each. For a scale above zero that is ``max(x * scale + bias, bias)``: scale and bias go into
the convolution's weights, and ONNX Runtime runs the limit within it.
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
"""What weights quantised by channel need is 13; the shipped models are of 17."""


def simplify(
    source: Path, target: Path, card: ModelCard, *, dynamic_size: bool = False
) -> onnx.ModelProto:
    """Fix a batch of one picture, work out what is constant, and keep it at ``target`` too.

    Args:
        dynamic_size: Let it take cut-outs of the picture as well, if its kind can.
    """
    recent = onnx.load(source)
    if recent.opset_import[0].version < MIN_OPSET:
        recent = version_converter.convert_version(recent, MIN_OPSET)
    for given in recent.graph.input:
        constant = CONSTANT_INPUTS.get(card.head, {}).get(given.name)
        sizes = (1, 3, card.input.height, card.input.width) if constant is None else constant.shape
        for side, size in zip(given.type.tensor_type.shape.dim, sizes, strict=True):
            side.dim_value = size
    onnx.save(make_dynamic(recent, card) or recent if dynamic_size else recent, target)
    chosen = session_options()
    chosen.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    chosen.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(target), chosen, providers=["CPUExecutionProvider"])
    return onnx.load(target)


def fold_model(source: Path, target: Path, card: ModelCard) -> int:
    """Write ``source`` with fewer steps to ``target``; gives how many convolutions changed."""
    model = simplify(source, target, card, dynamic_size=True)
    changed = fold_scales(model)
    onnx.save(model, target)
    return changed


def fold_scales(model: onnx.ModelProto, *, include_positive_bias: bool = True) -> int:
    """Fold scales and biases behind convolutions into them; changes ``model``.

    Args:
        include_positive_bias: Fold positive biases too. An INT8 network must not: its range
            starts at zero or below, so the lower limit would be lost.

    Returns:
        How many convolutions took theirs in.
    """
    graph = _Graph(model.graph)
    folded = [graph.take_in(add, above_zero=include_positive_bias) for add in graph.of("Add")]
    graph.forget_unused()
    return sum(folded)


class _Graph:
    """A graph with its numbers and who uses what."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._numbers = {each.name: each for each in graph.initializer}
        self._makers = {name: node for node in graph.node for name in node.output}
        self._used = Counter(name for node in graph.node for name in node.input)

    def of(self, kind: str) -> list[onnx.NodeProto]:
        return [node for node in self._graph.node if node.op_type == kind]

    def take_in(self, add: onnx.NodeProto, *, above_zero: bool) -> bool:
        """Fold the convolution that ends at ``add``, if one does."""
        bias, mul = self._step(add, "Mul")
        scale, relu = self._step(mul, "Relu") if mul else (0.0, None)
        conv = self._before(relu.input[0], "Conv") if relu else None
        if mul is None or relu is None or conv is None or scale <= 0 or len(conv.input) < 3:
            return False
        if bias > 0 and not above_zero:
            return False
        if any(self._used[name] != 1 for name in conv.input[1:]):
            return False
        self._change(conv.input[1], self._array(conv.input[1]) * scale)
        self._change(conv.input[2], self._array(conv.input[2]) * scale + bias)
        limit = f"{add.output[0]}_least"
        self._graph.initializer.append(numpy_helper.from_array(np.array(bias, np.float32), limit))
        relu.op_type = "Clip"
        relu.input.append(limit)
        relu.output[0] = add.output[0]
        self._graph.node.remove(add)
        self._graph.node.remove(mul)
        return True

    def forget_unused(self) -> None:
        used = {name for node in self._graph.node for name in node.input}
        for each in [each for each in self._graph.initializer if each.name not in used]:
            self._graph.initializer.remove(each)

    def _step(self, node: onnx.NodeProto, before: str) -> tuple[float, onnx.NodeProto | None]:
        """Give the one number of a sum or product, and what its other side comes from."""
        numbers = [name for name in node.input if name in self._numbers]
        others = [name for name in node.input if name not in self._numbers]
        if len(numbers) != 1 or self._array(numbers[0]).size != 1:
            return 0.0, None
        return float(self._array(numbers[0]).item()), self._before(others[0], before)

    def _before(self, name: str, kind: str) -> onnx.NodeProto | None:
        maker: onnx.NodeProto | None = self._makers.get(name)
        if maker is None or maker.op_type != kind or self._used[name] != 1:
            return None
        return maker

    def _array(self, name: str) -> NDArray[np.float32]:
        return np.asarray(numpy_helper.to_array(self._numbers[name]))

    def _change(self, name: str, value: NDArray[np.float32]) -> None:
        fresh = numpy_helper.from_array(value.astype(np.float32), name)
        self._numbers[name].CopyFrom(fresh)
