"""Convert a float TensorFlow Lite model to ONNX; needs NumPy only, so that a node can do it.

TensorFlow Lite has the channels of a picture last, ONNX first: what stems from the picture is
transposed, and transposed back where it is reshaped. Half floats become floats.
"""

from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.export.onnx_writer import Attribute, Graph
from models.export.tflite_file import FlatTable, Operator, TfliteGraph, read_graph

SAME_PADDING = 0
RELU, RELU6 = 1, 3
"""Activations that other operators include."""
CHANNELS_FIRST, CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
"""The axes of a tensor in the other layout."""


def convert(source: Path, target: Path, outputs: Sequence[str] = ()) -> None:
    """Write a TensorFlow Lite model as ONNX; equal files give equal bytes.

    Args:
        source: The TensorFlow Lite file; its only input is a picture.
        target: The ONNX file; the picture is [1, channels, height, width].
        outputs: Names of the outputs to keep; by default all.

    Raises:
        ValueError: The file is damaged, or has an operation that is not known here.
    """
    converter = _Converter(read_graph(source.read_bytes()))
    converter.convert_operators()
    converter.write(target, outputs)


class _Converter:
    """Translate the operators of a graph in their order."""

    def __init__(self, source: TfliteGraph) -> None:
        self._source = source
        self._graph = Graph()
        self._values = {
            number: each.values
            for number, each in enumerate(source.tensors)
            if each.values is not None
        }
        self._is_channels_first = set(source.inputs)
        self._methods: dict[int, Callable[[Operator], None]] = {
            0: self._add,
            3: self._convolve,
            4: self._convolve_depthwise,
            6: self._dequantize,
            14: self._logistic,
            17: self._max_pool,
            22: self._reshape,
            23: self._resize_bilinear,
            34: self._pad,
        }

    def convert_operators(self) -> None:
        """Translate all operators."""
        for operator in self._source.operators:
            if operator.code not in self._methods:
                raise ValueError(f"builtin operator {operator.code} is not known")
            try:
                self._methods[operator.code](operator)
            except (IndexError, KeyError, OverflowError, TypeError) as error:
                reason = f"builtin operator {operator.code} is damaged: {error!r}"
                raise ValueError(reason) from error

    def write(self, target: Path, outputs: Sequence[str]) -> None:
        """Write the graph with these outputs, or with all."""
        source = self._source
        numbers = {source.tensors[number].name: number for number in source.outputs}
        if unknown := set(outputs) - set(numbers):
            raise ValueError(f"there is no output {', '.join(sorted(unknown))}")
        kept = [numbers[name] for name in outputs or numbers]
        self._graph.write(
            target,
            {self._name(number): self._shape(number) for number in source.inputs},
            {self._name(number): self._shape(number) for number in kept},
        )

    def _add(self, operator: Operator) -> None:
        (output,) = operator.outputs
        first, second = operator.inputs
        self._follow_layout(operator)
        names = self._operand(first, output), self._operand(second, output)
        self._emit("Add", *names, output=output, activation=operator.options.number(0, "b"))

    def _convolve(self, operator: Operator) -> None:
        self._emit_convolution(operator, groups=1, axes=(0, 3, 1, 2), fields=(3, 4, 5))

    def _convolve_depthwise(self, operator: Operator) -> None:
        groups = self._source.tensors[operator.inputs[0]].shape[3]
        self._emit_convolution(operator, groups=groups, axes=(3, 0, 1, 2), fields=(4, 5, 6))

    def _emit_convolution(
        self,
        operator: Operator,
        *,
        groups: int,
        axes: tuple[int, int, int, int],
        fields: tuple[int, int, int],
    ) -> None:
        """Emit a convolution.

        Args:
            axes: The axes of the weights in the order of ONNX.
            fields: Positions of activation and dilations in the options.
        """
        picture, weights, *bias = operator.inputs
        (output,) = operator.outputs
        kernel = self._values[weights].transpose(axes).astype(np.float32)
        names = [self._name(picture), self._constant(weights, np.ascontiguousarray(kernel))]
        names += [self._constant(each, self._values[each].astype(np.float32)) for each in bias]
        activation, *dilations = fields
        steps = [operator.options.number(field, default=1) for field in reversed(dilations)]
        self._is_channels_first.add(output)
        self._emit(
            "Conv",
            *names,
            output=output,
            activation=operator.options.number(activation, "b"),
            group=groups,
            dilations=steps,
            **self._window(operator, kernel.shape[2:], steps),
        )

    def _dequantize(self, operator: Operator) -> None:
        """Keep half floats as they are: a constant becomes float where it is used."""
        (source,), (output,) = operator.inputs, operator.outputs
        if source not in self._values:
            raise ValueError("quantised networks are not known")
        self._values[output] = self._values[source]

    def _logistic(self, operator: Operator) -> None:
        self._follow_layout(operator)
        (source,), (output,) = operator.inputs, operator.outputs
        self._emit("Sigmoid", self._name(source), output=output)

    def _max_pool(self, operator: Operator) -> None:
        (source,), (output,), options = operator.inputs, operator.outputs, operator.options
        sides = options.number(4), options.number(3)
        self._follow_layout(operator)
        self._emit(
            "MaxPool",
            self._name(source),
            output=output,
            activation=options.number(5, "b"),
            kernel_shape=sides,
            **self._window(operator, sides, (1, 1)),
        )

    def _reshape(self, operator: Operator) -> None:
        source, (output,) = operator.inputs[0], operator.outputs
        name = self._name(source)
        if source in self._is_channels_first:
            last = f"{name}/channels-last"
            name = self._graph.add("Transpose", name, output=last, perm=CHANNELS_LAST)
        shape = np.array(self._source.tensors[output].shape, np.int64)
        shape_name = self._graph.add_constant(f"{self._name(output)}/shape", shape)
        self._graph.add("Reshape", name, shape_name, output=self._name(output))

    def _resize_bilinear(self, operator: Operator) -> None:
        source, (output,), options = operator.inputs[0], operator.outputs, operator.options
        self._follow_layout(operator)
        sizes = np.array(self._shape(output), np.int64)
        sizes_name = self._graph.add_constant(f"{self._name(output)}/sizes", sizes)
        align, half_pixel = options.number(2, "b"), options.number(3, "b")
        mode = "align_corners" if align else "half_pixel" if half_pixel else "asymmetric"
        names = self._name(source), "", "", sizes_name
        self._emit(
            "Resize", *names, output=output, mode="linear", coordinate_transformation_mode=mode
        )

    def _pad(self, operator: Operator) -> None:
        (source, sides), (output,) = operator.inputs, operator.outputs
        self._follow_layout(operator)
        pads = self._values[sides]
        if output in self._is_channels_first:
            pads = pads[list(CHANNELS_FIRST)]
        flat = pads.T.astype(np.int64).reshape(-1)
        pads_name = self._graph.add_constant(f"{self._name(output)}/pads", flat)
        self._emit("Pad", self._name(source), pads_name, output=output)

    def _window(
        self, operator: Operator, kernel: Sequence[int], dilations: Sequence[int]
    ) -> dict[str, Attribute]:
        """Return strides and pads of a window that moves over the picture."""
        options: FlatTable = operator.options
        strides = options.number(2), options.number(1)
        pads = [0, 0, 0, 0]
        if options.number(0, "b") == SAME_PADDING:
            sides = self._source.tensors[operator.inputs[0]].shape[1:3]
            for axis in (0, 1):
                reach = (kernel[axis] - 1) * dilations[axis] + 1
                steps = ceil(sides[axis] / strides[axis]) - 1
                total = max(steps * strides[axis] + reach - sides[axis], 0)
                pads[axis], pads[axis + 2] = total // 2, total - total // 2
        return {"strides": strides, "pads": pads}

    def _emit(
        self, kind: str, *names: str, output: int, activation: int = 0, **attributes: Attribute
    ) -> None:
        """Add a node, and another one for the activation that it includes."""
        name = self._name(output)
        if not activation:
            self._graph.add(kind, *names, output=name, **attributes)
            return
        linear = self._graph.add(kind, *names, output=f"{name}/linear", **attributes)
        if activation == RELU:
            self._graph.add("Relu", linear, output=name)
        elif activation == RELU6:
            limits = [
                self._graph.add_constant(f"limit-{value}", np.array(value, np.float32))
                for value in (0, 6)
            ]
            self._graph.add("Clip", linear, *limits, output=name)
        else:
            raise ValueError(f"activation {activation} is not known")

    def _follow_layout(self, operator: Operator) -> None:
        """Give the output the layout of the inputs."""
        if self._is_channels_first.intersection(operator.inputs):
            self._is_channels_first.update(operator.outputs)

    def _operand(self, number: int, output: int) -> str:
        """Return the name of an input; a constant gets the layout of the output."""
        if number not in self._values:
            return self._name(number)
        values = self._values[number].astype(np.float32)
        if output in self._is_channels_first:
            values = values.reshape((1,) * (4 - values.ndim) + values.shape)
            values = np.ascontiguousarray(values.transpose(CHANNELS_FIRST))
        return self._constant(number, values)

    def _constant(self, number: int, values: NDArray[Any]) -> str:
        return self._graph.add_constant(self._name(number), values)

    def _shape(self, number: int) -> tuple[int, ...]:
        shape = self._source.tensors[number].shape
        if number in self._is_channels_first:
            return tuple(shape[axis] for axis in CHANNELS_FIRST)
        return shape

    def _name(self, number: int) -> str:
        return self._source.tensors[number].name
