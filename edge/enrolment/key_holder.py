"""The key that a node signs with; it may change while the node runs."""

from dataclasses import dataclass

from pipeline.wire.signature import NodeKey


@dataclass(slots=True)
class KeyHolder:
    """Holds the key; all parts of the node read it here each time."""

    key: NodeKey

    @classmethod
    def of(cls, key: bytes) -> "KeyHolder":
        """Return a holder of a key that has replaced none."""
        return cls(NodeKey(key))
