"""Read the graph of a TensorFlow Lite file, without its runtime.

The file is a flatbuffer: tables of fields at fixed positions, which ``schema.fbs`` of TensorFlow
Lite (version 3) lists. Only what float networks use is read; there is no quantisation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import calcsize, error, unpack_from
from typing import Any

import numpy as np
from numpy.typing import NDArray

IDENTIFIER = b"TFL3"
DTYPES: dict[int, str] = {0: "<f4", 1: "<f2", 2: "<i4", 4: "<i8"}
"""TensorType to NumPy."""


@dataclass(frozen=True, slots=True)
class FlatTable:
    """A table of a flatbuffer.

    Args:
        data: The whole file.
        at: Where the table begins.
    """

    data: bytes
    at: int

    def number(self, field: int, kind: str = "i", default: int = 0) -> int:
        """Return a number; ``kind`` is its format as of ``struct``."""
        at = self._position(field)
        return default if at is None else int(unpack_from("<" + kind, self.data, at)[0])

    def table(self, field: int) -> "FlatTable":
        """Return a table; one without fields if it is absent."""
        at = self._position(field)
        return FlatTable(self.data, self._follow(at) if at is not None else -1)

    def tables(self, field: int) -> list["FlatTable"]:
        """Return the tables of a list."""
        at, count = self._vector(field)
        return [FlatTable(self.data, self._follow(at + 4 * i)) for i in range(count)]

    def numbers(self, field: int) -> tuple[int, ...]:
        """Return the integers of a list."""
        at, count = self._vector(field)
        return tuple(unpack_from(f"<{count}i", self.data, at))

    def bytes(self, field: int) -> bytes:
        """Return a string or a list of bytes."""
        at, count = self._vector(field)
        return self.data[at : at + count]

    def _vector(self, field: int) -> tuple[int, int]:
        """Return where the first item of a list is, and how many there are."""
        position = self._position(field)
        if position is None:
            return 0, 0
        at = self._follow(position)
        return at + 4, int(unpack_from("<I", self.data, at)[0])

    def _follow(self, at: int) -> int:
        return at + int(unpack_from("<I", self.data, at)[0])

    def _position(self, field: int) -> int | None:
        """Return where a field is; ``None`` if it has its default."""
        if self.at < 0:
            return None
        fields = self.at - unpack_from("<i", self.data, self.at)[0]
        (size,) = unpack_from("<H", self.data, fields)
        slot = calcsize("<HH") + 2 * field
        offset = unpack_from("<H", self.data, fields + slot)[0] if slot < size else 0
        return self.at + offset if offset else None


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of the graph.

    Args:
        values: Of a constant; ``None`` for what the network computes.
    """

    name: str
    shape: tuple[int, ...]
    values: NDArray[Any] | None


@dataclass(frozen=True, slots=True)
class Operator:
    """An operation of the graph.

    Args:
        code: BuiltinOperator.
        inputs: Positions of tensors; -1 for one that is left out.
        outputs: Likewise.
        options: Its own table of options.
    """

    code: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: FlatTable


@dataclass(frozen=True, slots=True)
class TfliteGraph:
    """The first graph of a file, its operators in the order in which they run."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_graph(data: bytes) -> TfliteGraph:
    """Read the first graph of a file.

    Raises:
        ValueError: The file is not a TensorFlow Lite model, is damaged, or is quantised.
    """
    if data[4:8] != IDENTIFIER:
        raise ValueError("it is not a TensorFlow Lite model")
    try:
        return _read(FlatTable(data, unpack_from("<I", data)[0]))
    except (error, IndexError, KeyError, OverflowError, ValueError) as cause:
        raise ValueError(f"the model is damaged or of an unknown kind: {cause}") from cause


def _read(model: FlatTable) -> TfliteGraph:
    codes = [max(code.number(0, "b"), code.number(3)) for code in model.tables(1)]
    (graph, *_) = model.tables(2)
    operators = (
        Operator(codes[each.number(0, "I")], each.numbers(1), each.numbers(2), each.table(4))
        for each in graph.tables(3)
    )
    tensors = tuple(_tensors(graph, model.tables(4)))
    return TfliteGraph(tensors, tuple(operators), graph.numbers(1), graph.numbers(2))


def _tensors(graph: FlatTable, buffers: list[FlatTable]) -> Iterator[Tensor]:
    for each in graph.tables(0):
        shape, content = each.numbers(0), buffers[each.number(2, "I")].bytes(0)
        kind = np.dtype(DTYPES[each.number(1, "b")]) if content else None
        values = np.frombuffer(content, kind).reshape(shape) if content else None
        yield Tensor(each.bytes(3).decode(), shape, values)
