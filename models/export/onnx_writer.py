"""Write an ONNX file without the package ``onnx``, which an edge node does not have.

Only what converters need: nodes, constants, inputs and outputs. The fields
are those of ``onnx.proto3`` (ONNX, IR version 8), in the encoding of protocol buffers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from struct import pack
from typing import Any

from numpy.typing import NDArray

IR_VERSION, OPSET_VERSION = 8, 13
VARINT, BYTES, FLOAT32 = 0, 2, 5
"""Wire types."""
DATA_TYPES = {"float32": 1, "int32": 6, "int64": 7}
ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_STRING, ATTRIBUTE_INTS = 1, 2, 3, 7

Attribute = int | float | str | Sequence[int]
Shape = Sequence[int | str]
"""Sides of a tensor; an open one has a name instead of a number."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a graph.

    Args:
        kind: The ONNX operator.
        inputs: Names of tensors or constants, in order.
        output: Name of its only output.
        attributes: By name.
    """

    kind: str
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(slots=True)
class Graph:
    """A network under construction, its nodes in an order in which they can run."""

    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)

    def add(self, kind: str, *inputs: str, output: str, **attributes: Attribute) -> str:
        """Add a node; returns its output."""
        self.nodes.append(Node(kind, inputs, output, attributes))
        return output

    def add_constant(self, name: str, values: NDArray[Any]) -> str:
        """Add a constant of float32, int32 or int64; returns its name."""
        self.constants[name] = values
        return name

    def write(self, file: Path, inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> None:
        """Write the graph, as from ``encode``."""
        file.write_bytes(self.encode(inputs, outputs))

    def encode(self, inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> bytes:
        """Encode the graph; equal graphs give equal bytes.

        Args:
            inputs: Shape of each input, float32.
            outputs: Shape of each output, float32. Nodes and constants that none of them needs
                are left out.
        """
        nodes = self._nodes_for(outputs)
        used = {name for node in nodes for name in node.inputs}
        graph = b"".join(
            (
                *(_message(1, _node(node)) for node in nodes),
                _message(2, b"graph"),
                *(
                    _message(5, _tensor(name, values))
                    for name, values in sorted(self.constants.items())
                    if name in used
                ),
                *(_message(11, _value(name, shape)) for name, shape in inputs.items()),
                *(_message(12, _value(name, shape)) for name, shape in outputs.items()),
            )
        )
        opset = _message(1, b"") + _integer(2, OPSET_VERSION)
        producer = _message(2, b"gridwatch")
        return _integer(1, IR_VERSION) + producer + _message(7, graph) + _message(8, opset)

    def _nodes_for(self, outputs: Iterable[str]) -> list[Node]:
        """Return the nodes that lead to these outputs, in order."""
        needed, kept = set(outputs), []
        for node in reversed(self.nodes):
            if node.output in needed:
                needed.update(node.inputs)
                kept.append(node)
        return kept[::-1]


def _node(node: Node) -> bytes:
    return b"".join(
        (
            *(_message(1, name.encode()) for name in node.inputs),
            _message(2, node.output.encode()),
            _message(3, node.output.encode()),
            _message(4, node.kind.encode()),
            *(_message(5, _attribute(*item)) for item in sorted(node.attributes.items())),
        )
    )


def _attribute(name: str, value: Attribute) -> bytes:
    head = _message(1, name.encode())
    if isinstance(value, str):
        return head + _message(4, value.encode()) + _integer(20, ATTRIBUTE_STRING)
    if isinstance(value, float):
        return head + _key(2, FLOAT32) + pack("<f", value) + _integer(20, ATTRIBUTE_FLOAT)
    if isinstance(value, int):
        return head + _integer(3, value) + _integer(20, ATTRIBUTE_INT)
    values = b"".join(_integer(8, each) for each in value)
    return head + values + _integer(20, ATTRIBUTE_INTS)


def _tensor(name: str, values: NDArray[Any]) -> bytes:
    dims = b"".join(_integer(1, side) for side in values.shape)
    kind = _integer(2, DATA_TYPES[values.dtype.name])
    raw = values.astype(values.dtype.newbyteorder("<")).tobytes()
    return dims + kind + _message(8, name.encode()) + _message(9, raw)


def _value(name: str, shape: Shape) -> bytes:
    sides = (_integer(1, n) if isinstance(n, int) else _message(2, n.encode()) for n in shape)
    dims = b"".join(_message(1, side) for side in sides)
    tensor = _integer(1, DATA_TYPES["float32"]) + _message(2, dims)
    return _message(1, name.encode()) + _message(2, _message(1, tensor))


def _message(number: int, content: bytes) -> bytes:
    return _key(number, BYTES) + bytes(_varint(len(content))) + content


def _integer(number: int, value: int) -> bytes:
    return _key(number, VARINT) + bytes(_varint(value % 2**64))


def _key(number: int, wire_type: int) -> bytes:
    return bytes(_varint(number << 3 | wire_type))


def _varint(value: int) -> Iterator[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value
