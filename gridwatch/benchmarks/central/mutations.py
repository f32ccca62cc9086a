"""Mutate real messages as broken or hostile nodes do: seeded, so that a run can be repeated."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.random import Generator

from pipeline.wire import Node

EXTREME_VALUES: tuple[object, ...] = (
    *(1e300, -1e300, 2**63, -(2**63), 10**30, 0, -1, 1.5, True, None, "", [], {}, "NaN"),
    *("\0", "\ud800", "\ufeff", "🙂" * 50, "x" * 5000, "a\nb", "../..", "'; DROP TABLE alert; --"),
    *("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z"),
    *("2026-13-45T99:99:99Z", [[[[[[[[]]]]]]]], {"\0": {"\ud800": 1}}),
)
"""What stands for a value of a message; JSON holds all of them."""
TOPIC_LEVELS = ("", "x" * 300, "A", "é", "\x01", "a b", "..", "alert", "down", "receipt")


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A topic and a payload, not yet signed."""

    topic: str
    payload: bytes


class Mutator:
    """Makes messages from a sample of real ones.

    Args:
        sample: Alerts and reports of ``node``.
    """

    def __init__(self, node: Node, sample: Sequence[RawMessage], generator: Generator) -> None:
        self._prefix = node.topic("up")
        self._sample = sample
        self._generator = generator
        self._mutations: tuple[Callable[[RawMessage], RawMessage], ...] = (
            self._flip_bits,
            self._truncate,
            self._replace_value,
            self._replace_value,
            self._remove_value,
            self._insert_bytes,
            self._change_topic,
            self._swap_payload,
            lambda message: message,  # a replay
        )

    def next(self) -> RawMessage:
        """Return the next message: one of the sample with one or two mutations."""
        message: RawMessage = self._choose(self._sample)
        for _ in range(int(self._generator.integers(1, 3))):
            message = self._choose(self._mutations)(message)
        return message

    def _choose(self, items: Sequence[Any]) -> Any:  # noqa: ANN401  # an item of the sequence
        return items[int(self._generator.integers(len(items)))]

    def _position(self, payload: bytes) -> int:
        return int(self._generator.integers(len(payload) + 1))

    def _flip_bits(self, message: RawMessage) -> RawMessage:
        payload = bytearray(message.payload)
        for _ in range(int(self._generator.integers(1, 4)) if payload else 0):
            payload[int(self._generator.integers(len(payload)))] ^= 1 << int(
                self._generator.integers(8)
            )
        return RawMessage(message.topic, bytes(payload))

    def _truncate(self, message: RawMessage) -> RawMessage:
        return RawMessage(message.topic, message.payload[: self._position(message.payload)])

    def _insert_bytes(self, message: RawMessage) -> RawMessage:
        at = self._position(message.payload)
        odd = self._choose((b"\xff", b"\\u0000", b"\\ud800", b"\0", b"{", b"[" * 2000, b'"', b"9"))
        return RawMessage(message.topic, message.payload[:at] + odd + message.payload[at:])

    def _replace_value(self, message: RawMessage) -> RawMessage:
        return self._edit(message, lambda parent, key: _assign(parent, key, self._extreme()))

    def _remove_value(self, message: RawMessage) -> RawMessage:
        return self._edit(message, lambda parent, key: parent.pop(key))

    def _change_topic(self, message: RawMessage) -> RawMessage:
        levels = message.topic.split("/")
        at = int(self._generator.integers(6, len(levels)))  # stays below the prefix and ``up``
        levels[at] = self._choose(TOPIC_LEVELS)
        return RawMessage("/".join(levels), message.payload)

    def _swap_payload(self, message: RawMessage) -> RawMessage:
        return RawMessage(message.topic, self._choose(self._sample).payload)

    def _extreme(self) -> object:
        return self._choose(EXTREME_VALUES)

    def _edit(self, message: RawMessage, edit: Callable[[Any, Any], object]) -> RawMessage:
        """Edit a random member of the document; leave what is no JSON object as it is."""
        try:
            document = json.loads(message.payload)
        except (ValueError, RecursionError):
            return message
        places = list(_places(document))
        if not places:
            return message
        edit(*self._choose(places))
        return RawMessage(message.topic, json.dumps(document).encode())


def _assign(parent: Any, key: Any, value: object) -> None:  # noqa: ANN401  # any JSON
    parent[key] = value


def _places(value: Any, depth: int = 0) -> list[tuple[Any, Any]]:  # noqa: ANN401  # any JSON
    """List parent and key of every member of a document, to a depth of six."""
    if depth > 6 or not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else range(len(value))
    return [place for key in keys for place in ((value, key), *_places(value[key], depth + 1))]
