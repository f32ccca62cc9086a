"""Let a network with a fixed input size take any multiple of its stride.

Needs the extra ``quantize``; an edge node runs the result but never this module.

A purely convolutional network only needs its size freed. The decoder of the DETR family
(``head = "deim"``) also depends on the positions of its candidates in the picture: they become
an input, so that the network answers for a region as it does for that place in the full frame.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.catalogue.catalogue import ModelCard

DECODER_PREFIX = "/model/decoder"
"""Prefix of the decoder's nodes in the exports of DEIMv2."""
SLICE_TO_END = 2**31
CONVOLUTIONAL_HEADS = ("nanodet", "yolox")
"""Heads of networks that only need their size freed."""
REGION_INPUT_SHAPES: dict[str, tuple[int, list[str | int | None]]] = {
    "anchors": (TensorProto.FLOAT, [1, "candidates", 4]),
    "gain": (TensorProto.FLOAT, [2]),
    "shift": (TensorProto.FLOAT, [2]),
    "queries": (TensorProto.INT64, [1]),
    "scene": (TensorProto.FLOAT, [1, "channels", 1, 1]),
    "own": (TensorProto.FLOAT, [1]),
}
"""Inputs that place a region; ``models/inference/heads/deim.py`` explains them."""


def make_dynamic(model: onnx.ModelProto, card: ModelCard) -> onnx.ModelProto | None:
    """Return a copy of ``model`` that takes pictures of any size.

    Returns:
        The copy; ``None`` if the architecture does not allow it.
    """
    dynamic = onnx.ModelProto()
    dynamic.CopyFrom(model)
    try:
        if card.head == "deim":
            _DecoderGraph(dynamic.graph).make_dynamic()
        elif card.head not in CONVOLUTIONAL_HEADS:
            return None
    except LookupError:  # the graph is not built as expected
        return None
    picture = next(tensor for tensor in dynamic.graph.input if tensor.name == card.input.name)
    height, width = picture.type.tensor_type.shape.dim[2:]
    height.dim_param, width.dim_param = "height", "width"
    del dynamic.graph.value_info[:]
    for output in dynamic.graph.output:
        output.type.tensor_type.ClearField("shape")
    return dynamic


class _DecoderGraph:
    """The graph of a DEIMv2 export."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._nodes = {node.name: node for node in graph.node}
        self._producers = {name: node for node in graph.node for name in node.output}

    def make_dynamic(self) -> None:
        """Replace everything in the graph that assumes one picture size.

        Raises:
            LookupError: The graph is not built as expected.
        """
        grids = self._compute_grid_sizes()
        self._nodes[f"{DECODER_PREFIX}/Tile"].input[0] = "anchors"
        self._limit_queries()
        self._split_by_grid(grids)
        self._sample_inside_region()
        self._add_global_context()
        self._output_region_fractions()
        self._remove_border_mask()
        for name, (kind, shape) in REGION_INPUT_SHAPES.items():
            self._graph.input.append(helper.make_tensor_value_info(name, kind, shape))

    def _compute_grid_sizes(self) -> list[str]:
        """Add nodes that compute the size of each feature grid; return their names, [2] each."""
        sizes = []
        concat = self._nodes[f"{DECODER_PREFIX}/Concat_2"]
        for number, flat in enumerate(concat.input):
            grid = self._producer(self._producer(flat, "Transpose").input[0], "Reshape").input[0]
            size = f"open/size_{number}"
            self._insert_after(
                self._producer(grid),
                helper.make_node("Shape", [grid], [f"{size}/all"], name=f"{size}/shape"),
                helper.make_node(
                    "Slice",
                    [f"{size}/all", self._constant("two", 2), self._constant("four", 4)],
                    [size],
                    name=f"{size}/slice",
                ),
                helper.make_node("ReduceProd", [size], [f"{size}/cells"], name=f"{size}/product"),
            )
            sizes.append(size)
        return sizes

    def _limit_queries(self) -> None:
        """Refine ``queries`` candidates, and never more than the network was trained with."""
        top_k = self._nodes[f"{DECODER_PREFIX}/TopK"]
        counts = [top_k.input[1], "queries"]
        self._graph.node.insert(0, helper.make_node("Min", counts, ["open/queries"], "open/fewer"))
        top_k.input[1] = "open/queries"

    def _split_by_grid(self, sizes: list[str]) -> None:
        """Split the sequence of all cells into its two grids at their computed sizes."""
        fine, coarse = (
            self._nodes[f"{DECODER_PREFIX}/decoder/{name}"] for name in ("Slice", "Slice_1")
        )
        fine.input[2] = coarse.input[1] = f"{sizes[0]}/cells"
        coarse.input[2] = self._constant("end", SLICE_TO_END)
        for size, name in zip(sizes, ("Concat_3", "Concat_4"), strict=True):
            shape = self._nodes[f"{DECODER_PREFIX}/decoder/layers.0/cross_attn/{name}"]
            shape.input[2] = size
            del shape.input[3]

    def _sample_inside_region(self) -> None:
        """Map sampling points from the full frame into the region."""
        for sample in [node for node in self._graph.node if node.op_type == "GridSample"]:
            step = self._producer(sample.input[1])
            while step.op_type != "Sub":
                step = self._producer(step.input[0])
            step.input[1] = "shift"
            self._producer(step.input[0], "Mul").input[1] = "gain"

    def _add_global_context(self) -> None:
        """Output the average features of the picture, and accept those of the full frame."""
        (average,) = (node for node in self._graph.node if node.op_type == "GlobalAveragePool")
        original, name = average.output[0], "scene_seen"
        self._replace_input(original, "open/scene")
        average.output[0] = name
        self._insert_after(
            average,
            helper.make_node("Sub", [name, "scene"], ["open/apart"]),
            helper.make_node("Mul", ["open/apart", "own"], ["open/part"]),
            helper.make_node("Add", ["open/part", "scene"], ["open/scene"]),
        )
        output = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "channels", 1, 1])
        self._graph.output.append(output)

    def _output_region_fractions(self) -> None:
        """Convert output boxes from fractions of the full frame to fractions of the region."""
        boxes = next(tensor for tensor in self._graph.output if tensor.name == "boxes")
        producer = self._producer(boxes.name)
        producer.output[list(producer.output).index("boxes")] = "open/in_whole"
        half = numpy_helper.from_array(np.array(0.5, np.float32), "open/half")
        self._graph.initializer.append(half)
        steps = [
            helper.make_node("Concat", ["gain", "gain"], ["open/gains"], axis=0),
            helper.make_node("Concat", ["shift", "shift"], ["open/shifts"], axis=0),
            helper.make_node("Mul", ["open/in_whole", "open/gains"], ["open/wide"]),
            helper.make_node("Sub", ["open/wide", "open/shifts"], ["open/moved"]),
            helper.make_node("Mul", ["open/moved", "open/half"], ["open/halved"]),
            helper.make_node("Add", ["open/halved", "open/half"], ["boxes"]),
        ]
        self._graph.node.extend(steps)

    def _remove_border_mask(self) -> None:
        """Remove the mask of anchors near the border, which is all ones in known exports."""
        mask = self._nodes[f"{DECODER_PREFIX}/Mul"]
        if not self._array(mask.input[0]).all():
            raise LookupError(mask.input[0])
        self._replace_input(mask.output[0], mask.input[1])
        self._graph.node.remove(mask)
        used = {name for node in self._graph.node for name in node.input}
        for unused in [tensor for tensor in self._graph.initializer if tensor.name not in used]:
            self._graph.initializer.remove(unused)

    def _replace_input(self, old: str, new: str) -> None:
        for node in self._graph.node:
            for index, name in enumerate(node.input):
                if name == old:
                    node.input[index] = new

    def _producer(self, name: str, kind: str | None = None) -> onnx.NodeProto:
        """Return the node that computes a tensor.

        Raises:
            LookupError: There is none, or it is not of this kind.
        """
        node: onnx.NodeProto = self._producers[name]
        if kind is not None and node.op_type != kind:
            raise LookupError(f"{node.name} is not a {kind}")
        return node

    def _array(self, name: str) -> NDArray[np.float32]:
        tensor = next((t for t in self._graph.initializer if t.name == name), None)
        if tensor is None:
            raise LookupError(name)
        return np.asarray(numpy_helper.to_array(tensor))

    def _constant(self, name: str, value: int) -> str:
        name = f"open/{name}"
        if name not in {tensor.name for tensor in self._graph.initializer}:
            self._graph.initializer.append(
                numpy_helper.from_array(np.array([value], np.int64), name)
            )
        return name

    def _insert_after(self, node: onnx.NodeProto, *others: onnx.NodeProto) -> None:
        index = list(self._graph.node).index(node) + 1
        for other in reversed(others):
            self._graph.node.insert(index, other)
