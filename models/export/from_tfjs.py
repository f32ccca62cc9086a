"""Convert a TensorFlow.js graph model to ONNX, with nothing but the packages of a node.

The source is ``model.json``, followed by its weights in the same file. The result takes pictures
of any size that its strides divide. Only the operations of convolutional detectors are known.
TensorFlow's layout is [n, h, w, c] and ONNX's [n, c, h, w]; ONNX Runtime removes the
transpositions between them when it loads the model.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.export.onnx_writer import Attribute, Graph

TO_NCHW, TO_NHWC = (0, 3, 1, 2), (0, 2, 3, 1)
SAME_OPERATIONS = {"Add": "Add", "AddV2": "Add", "Sigmoid": "Sigmoid", "Identity": "Identity"}
"""Operations without attributes that mean the same in ONNX."""

Description = Mapping[str, Any]
Array = NDArray[Any]


def convert(source: Path, target: Path, outputs: Sequence[str] = ()) -> None:
    """Write a graph model as ONNX; equal files give equal bytes.

    Args:
        source: The description of the model, followed by its weights.
        target: The ONNX file.
        outputs: Names of the outputs to keep; by default all.

    Raises:
        ValueError: The file is damaged, or has an operation that is not known here.
    """
    content = source.read_bytes()
    try:
        description, end = json.JSONDecoder().raw_decode(content.decode("latin-1"))
        converter = _Converter(read_weights(description, content[end:]))
        for node in description["modelTopology"]["node"]:
            converter.convert(node)
        signature = description["signature"]["outputs"].values()
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"the graph is damaged: {error!r}") from error
    names = outputs or [_plain_name(output["name"]) for output in signature]
    converter.write(target, names)


def read_weights(description: Description, content: bytes) -> dict[str, Array]:
    """Read the weights as float32 or int64, by name; quantised ones are expanded.

    Raises:
        ValueError: There are fewer bytes than the description says.
    """
    weights, offset = {}, 0
    for spec in (spec for group in description["weightsManifest"] for spec in group["weights"]):
        quantization = spec.get("quantization", {})
        dtype = np.dtype(quantization.get("dtype", spec["dtype"]))
        count = prod(spec["shape"])
        values = np.frombuffer(content, dtype, count, offset).reshape(spec["shape"])
        offset += count * dtype.itemsize
        if "scale" in quantization:
            values = values * np.float32(quantization["scale"]) + np.float32(quantization["min"])
        kind = np.float32 if spec["dtype"] == "float32" else np.int64
        weights[spec["name"]] = values.astype(kind)
    return weights


class _Padded(NamedTuple):
    """A tensor that is another one with zeros around it: a convolution can add them itself.

    Args:
        source: The tensor without the zeros.
        widths: int64 [axes, 2], zeros before and after on each axis.
    """

    source: str
    widths: Array


class _Converter:
    """Translate the nodes of a graph in their order; constants are computed on the way."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self._graph = Graph(constants=dict(weights))
        self._constants = self._graph.constants
        self._padded: dict[str, _Padded] = {}
        self._picture, self._picture_shape = "", [0]
        self._methods: dict[str, Callable[[str, list[str], Description], None]] = {
            "ConcatV2": self._concat,
            "Conv2D": self._convolve,
            "LeakyRelu": self._leaky_relu,
            "MaxPool": self._max_pool,
            "Pad": self._pad,
            "PadV2": self._pad,
            "Reshape": self._reshape,
            "ResizeBilinear": self._resize,
            "SplitV": self._split,
            "Transpose": self._transpose,
        }

    def convert(self, node: Description) -> None:
        """Translate one node.

        Raises:
            ValueError: It is not known here.
        """
        name, kind = node["name"], node["op"]
        inputs = [_plain_name(each) for each in node.get("input", ())]
        attributes = node.get("attr", {})
        if kind == "Const":
            return
        if kind == "Placeholder":
            sides = attributes["shape"]["shape"]["dim"]
            self._picture, self._picture_shape = name, [int(side["size"]) for side in sides]
        elif inputs and all(each in self._constants for each in inputs):
            self._constants[name] = _compute(kind, [self._constants[each] for each in inputs])
        elif kind in SAME_OPERATIONS:
            self._graph.add(SAME_OPERATIONS[kind], *inputs, output=name)
        elif kind in self._methods:
            self._methods[kind](name, inputs, attributes)
        else:
            raise ValueError(f"{kind} of {name} is not known")

    def write(self, target: Path, outputs: Sequence[str]) -> None:
        """Write the graph for pictures of any size."""
        picture: list[int | str] = [*self._picture_shape[:2], "height", "width"]
        shapes = {name: (1, f"{name} rows", f"{name} columns") for name in outputs}
        self._graph.write(target, {self._picture: picture}, shapes)

    def _concat(self, name: str, inputs: list[str], _: Description) -> None:
        *parts, axis = inputs
        self._graph.add("Concat", *parts, output=name, axis=int(self._constants[axis]))

    def _convolve(self, name: str, inputs: list[str], attributes: Description) -> None:
        picture, weights = inputs
        kernel = np.ascontiguousarray(self._constants[weights].transpose(3, 2, 0, 1))
        window = _window(attributes)
        if (padded := self._padded.get(picture)) and window["auto_pad"] == "VALID":
            picture, (before, after) = padded.source, padded.widths[1:3].T.tolist()
            window = {"strides": window["strides"], "pads": [*before, *after]}
        further = [self._graph.add_constant(f"{name}/weights", kernel)]
        window["dilations"] = _spatial(attributes, "dilations")
        self._add_in_nchw("Conv", [picture, *further], name, **window)

    def _leaky_relu(self, name: str, inputs: list[str], attributes: Description) -> None:
        slope = float(attributes["alpha"]["f"])
        self._graph.add("LeakyRelu", *inputs, output=name, alpha=slope)

    def _max_pool(self, name: str, inputs: list[str], attributes: Description) -> None:
        kernel = _spatial(attributes, "ksize")
        self._add_in_nchw("MaxPool", inputs, name, kernel_shape=kernel, **_window(attributes))

    def _pad(self, name: str, inputs: list[str], _: Description) -> None:
        picture, widths, *value = inputs
        pads = self._graph.add_constant(f"{name}/pads", self._constants[widths].T.reshape(-1))
        self._graph.add("Pad", picture, pads, *value, output=name)
        if not value:
            self._padded[name] = _Padded(picture, self._constants[widths])

    def _reshape(self, name: str, inputs: list[str], _: Description) -> None:
        self._graph.add("Reshape", *inputs, output=name)

    def _resize(self, name: str, inputs: list[str], attributes: Description) -> None:
        """Translate to a resize by a factor, so that the picture may have another size."""
        if not attributes.get("half_pixel_centers", {}).get("b"):
            raise ValueError(f"ResizeBilinear without half-pixel centres of {name} is not known")
        picture, size = inputs
        factors = self._constants[size] / self._measure(picture)[1:3]
        scales = self._graph.add_constant(f"{name}/scales", np.array([1, 1, *factors], np.float32))
        self._add_in_nchw("Resize", [picture, "", scales], name, mode="linear")

    def _split(self, name: str, inputs: list[str], _: Description) -> None:
        picture, sizes, axis = inputs
        ends = np.cumsum(self._constants[sizes])
        axes = self._graph.add_constant(f"{name}/axes", self._constants[axis].reshape(1))
        for number, (end, size) in enumerate(zip(ends, self._constants[sizes], strict=True)):
            output = f"{name}:{number}" if number else name
            limits = [
                self._graph.add_constant(f"{output}/{place}", np.array([value], np.int64))
                for place, value in (("start", end - size), ("end", end))
            ]
            self._graph.add("Slice", picture, *limits, axes, output=output)

    def _transpose(self, name: str, inputs: list[str], _: Description) -> None:
        order = self._constants[inputs[1]].tolist()
        self._graph.add("Transpose", inputs[0], output=name, perm=order)
        if padded := self._padded.get(inputs[0]):
            source = f"{name}/unpadded"
            self._graph.add("Transpose", padded.source, output=source, perm=order)
            self._padded[name] = _Padded(source, padded.widths[order])

    def _add_in_nchw(
        self, kind: str, inputs: Sequence[str], name: str, **attributes: Attribute
    ) -> None:
        """Add an operation that TensorFlow runs on [n, h, w, c] and ONNX on [n, c, h, w]."""
        first = self._graph.add("Transpose", inputs[0], output=f"{name}/nchw", perm=TO_NCHW)
        result = self._graph.add(kind, first, *inputs[1:], output=f"{name}/result", **attributes)
        self._graph.add("Transpose", result, output=name, perm=TO_NHWC)

    def _measure(self, name: str) -> tuple[int, ...]:
        """Return the shape of a tensor of four sides, by running what leads to it."""
        output = {name: ("n", "height", "width", "channels")}
        content = self._graph.encode({self._picture: self._picture_shape}, output)
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        picture = np.zeros(self._picture_shape, np.float32)
        (tensor,) = session.run([name], {self._picture: picture})
        return tuple(tensor.shape)


def _compute(kind: str, inputs: Sequence[Array]) -> Array:
    """Compute an operation on constants, as converters use them for shapes.

    Raises:
        ValueError: It is not known here.
    """
    match kind:
        case "Identity":
            return inputs[0]
        case "Add" | "AddV2":
            return np.asarray(inputs[0] + inputs[1])
        case "ConcatV2":
            return np.concatenate([*inputs[:-1]], axis=int(inputs[-1]))
        case "SparseToDense":
            indices, shape, values, default = inputs
            dense = np.full(shape.tolist(), default)
            dense[tuple(indices.reshape(-1, len(shape)).T)] = values
            return dense
        case _:
            raise ValueError(f"{kind} of constants is not known")


def _window(attributes: Description) -> dict[str, Attribute]:
    """Return strides and padding of an operation that slides a window over the picture.

    Raises:
        ValueError: The data are not in [n, h, w, c].
    """
    if _text(attributes, "data_format") != "NHWC":
        raise ValueError("a layout other than NHWC is not known")
    padding = "SAME_UPPER" if _text(attributes, "padding") == "SAME" else "VALID"
    return {"strides": _spatial(attributes, "strides"), "auto_pad": padding}


def _spatial(attributes: Description, key: str) -> list[int]:
    """Return the two middle numbers of an attribute for [n, h, w, c]."""
    return [int(number) for number in attributes[key]["list"]["i"]][1:3]


def _text(attributes: Description, key: str) -> str:
    return base64.b64decode(attributes[key]["s"]).decode()


def _plain_name(name: str) -> str:
    return name.removeprefix("^").removesuffix(":0")
