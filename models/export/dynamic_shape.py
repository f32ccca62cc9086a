"""A network that takes pictures of one size, made to take any multiple of its stride.

Needs the extra ``quantize``; an edge box runs the result and never this.

What is convolution alone needs no more than a free size. The decoder of the DETR family
(``head = "deim"``) also asks where in the picture its candidates are: that becomes an input,
so that it answers for a cut-out as it would for the same place in the whole.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.catalogue.catalogue import ModelCard

DECODER_PREFIX = "/model/decoder"
"""Where DEIMv2's exports keep it."""
SLICE_TO_END = 2**31
REGION_INPUT_SHAPES: dict[str, tuple[int, list[str | int | None]]] = {
    "anchors": (TensorProto.FLOAT, [1, "candidates", 4]),
    "gain": (TensorProto.FLOAT, [2]),
    "shift": (TensorProto.FLOAT, [2]),
    "queries": (TensorProto.INT64, [1]),
    "scene": (TensorProto.FLOAT, [1, "channels", 1, 1]),
    "own": (TensorProto.FLOAT, [1]),
}
"""Further inputs: ``models/inference/heads/deim.py`` says what they are."""


def make_dynamic(model: onnx.ModelProto, card: ModelCard) -> onnx.ModelProto | None:
    """Give a copy of ``model`` that takes pictures of any size; none if none can be made."""
    free = onnx.ModelProto()
    free.CopyFrom(model)
    try:
        if card.head == "deim":
            _Decoder(free.graph).open()
        elif card.head != "yolox":
            return None
    except LookupError:  # not built as it was thought to be
        return None
    picture = next(each for each in free.graph.input if each.name == card.input.name)
    height, width = picture.type.tensor_type.shape.dim[2:]
    height.dim_param, width.dim_param = "height", "width"
    del free.graph.value_info[:]
    for told in free.graph.output:
        told.type.tensor_type.ClearField("shape")
    return free


class _Decoder:
    """The graph of a DEIMv2 export."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._nodes = {node.name: node for node in graph.node}
        self._makers = {name: node for node in graph.node for name in node.output}

    def open(self) -> None:
        """Take all that is known of the size out of the graph."""
        grids = self._measure_grids()
        self._nodes[f"{DECODER_PREFIX}/Tile"].input[0] = "anchors"
        self._choose_fewer()
        self._part_grids(grids)
        self._sample_within()
        self._know_the_scene()
        self._answer_within()
        self._forget_what_is_outside()
        for name, (kind, shape) in REGION_INPUT_SHAPES.items():
            self._graph.input.append(helper.make_tensor_value_info(name, kind, shape))

    def _measure_grids(self) -> list[str]:
        """Have the sizes of the flattened grids read; gives their names, [2] each."""
        sizes = []
        whole = self._nodes[f"{DECODER_PREFIX}/Concat_2"]
        for number, flat in enumerate(whole.input):
            grid = self._maker(self._maker(flat, "Transpose").input[0], "Reshape").input[0]
            size = f"open/size_{number}"
            self._after(
                self._maker(grid),
                helper.make_node("Shape", [grid], [f"{size}/all"], name=f"{size}/shape"),
                helper.make_node(
                    "Slice",
                    [f"{size}/all", self._number("two", 2), self._number("four", 4)],
                    [size],
                    name=f"{size}/slice",
                ),
                helper.make_node("ReduceProd", [size], [f"{size}/cells"], name=f"{size}/product"),
            )
            sizes.append(size)
        return sizes

    def _choose_fewer(self) -> None:
        """Look into ``queries`` candidates, and never into more than before."""
        chosen = self._nodes[f"{DECODER_PREFIX}/TopK"]
        most = [chosen.input[1], "queries"]
        self._graph.node.insert(0, helper.make_node("Min", most, ["open/queries"], "open/fewer"))
        chosen.input[1] = "open/queries"

    def _part_grids(self, sizes: list[str]) -> None:
        """Part the row of all cells into its two grids again."""
        fine, coarse = (
            self._nodes[f"{DECODER_PREFIX}/decoder/{name}"] for name in ("Slice", "Slice_1")
        )
        fine.input[2] = coarse.input[1] = f"{sizes[0]}/cells"
        coarse.input[2] = self._number("end", SLICE_TO_END)
        for size, name in zip(sizes, ("Concat_3", "Concat_4"), strict=True):
            shape = self._nodes[f"{DECODER_PREFIX}/decoder/layers.0/cross_attn/{name}"]
            shape.input[2] = size
            del shape.input[3]

    def _sample_within(self) -> None:
        """Look for a place in the whole where the cut-out shows it."""
        for sampled in [node for node in self._graph.node if node.op_type == "GridSample"]:
            step = self._maker(sampled.input[1])
            while step.op_type != "Sub":
                step = self._maker(step.input[0])
            step.input[1] = "shift"
            self._maker(step.input[0], "Mul").input[1] = "gain"

    def _know_the_scene(self) -> None:
        """Tell what the picture is like on average, and take it for the cut-out if told to."""
        (average,) = (node for node in self._graph.node if node.op_type == "GlobalAveragePool")
        used, name = average.output[0], "scene_seen"
        for node in self._graph.node:
            for place, given in enumerate(node.input):
                if given == used:
                    node.input[place] = "open/scene"
        average.output[0] = name
        self._after(
            average,
            helper.make_node("Sub", [name, "scene"], ["open/apart"]),
            helper.make_node("Mul", ["open/apart", "own"], ["open/part"]),
            helper.make_node("Add", ["open/part", "scene"], ["open/scene"]),
        )
        told = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "channels", 1, 1])
        self._graph.output.append(told)

    def _answer_within(self) -> None:
        """Turn places in the whole into places in the cut-out."""
        boxes = next(each for each in self._graph.output if each.name == "boxes")
        maker = self._maker(boxes.name)
        maker.output[list(maker.output).index("boxes")] = "open/in_whole"
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

    def _forget_what_is_outside(self) -> None:
        """Drop the mask of anchors near the frame's edge: it is ones in all known exports."""
        mask = self._nodes[f"{DECODER_PREFIX}/Mul"]
        if not self._array(mask.input[0]).all():
            raise LookupError(mask.input[0])
        for node in self._graph.node:
            for place, name in enumerate(node.input):
                if name == mask.output[0]:
                    node.input[place] = mask.input[1]
        self._graph.node.remove(mask)
        used = {name for node in self._graph.node for name in node.input}
        for each in [each for each in self._graph.initializer if each.name not in used]:
            self._graph.initializer.remove(each)

    def _maker(self, name: str, kind: str | None = None) -> onnx.NodeProto:
        maker: onnx.NodeProto = self._makers[name]
        if kind is not None and maker.op_type != kind:
            raise LookupError(f"{maker.name} is no {kind}")
        return maker

    def _array(self, name: str) -> NDArray[np.float32]:
        found = next((each for each in self._graph.initializer if each.name == name), None)
        if found is None:
            raise LookupError(name)
        return np.asarray(numpy_helper.to_array(found))

    def _number(self, name: str, value: int) -> str:
        name = f"open/{name}"
        if name not in {each.name for each in self._graph.initializer}:
            self._graph.initializer.append(
                numpy_helper.from_array(np.array([value], np.int64), name)
            )
        return name

    def _after(self, node: onnx.NodeProto, *others: onnx.NodeProto) -> None:
        place = list(self._graph.node).index(node) + 1
        for other in reversed(others):
            self._graph.node.insert(place, other)
