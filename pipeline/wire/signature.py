"""Signatures of messages: HMAC-SHA256 (RFC 2104).

Sent as the MQTT 5 user property ``sig``, because an embedded broker does not restrict a node to
its own topics.
"""

import hashlib
import hmac
from typing import Self

SIGNATURE_PROPERTY = "sig"


class NodeKey(bytes):
    """The key of a node, and the one that it has replaced a moment ago, if any.

    Signatures are made with the key, and accepted by both.
    """

    previous: bytes

    def __new__(cls, key: bytes, previous: bytes = b"") -> Self:
        """Create a key."""
        self = super().__new__(cls, key)
        self.previous = previous
        return self


def sign(key: bytes, topic: str, payload: bytes) -> str:
    """Return the signature of topic and payload by the key of a node: 64 hexadecimal digits."""
    name = topic.encode("utf-8", "surrogatepass")
    return hmac.new(key, name + b"\0" + payload, hashlib.sha256).hexdigest()


def verify_signature(key: bytes, topic: str, payload: bytes, signature: str) -> bool:
    """Return whether a signature is valid; takes constant time."""
    given = signature.encode("utf-8", "surrogatepass")
    if hmac.compare_digest(sign(key, topic, payload).encode(), given):
        return True
    previous = key.previous if isinstance(key, NodeKey) else b""
    return bool(previous) and hmac.compare_digest(sign(previous, topic, payload).encode(), given)


def broker_password(key: bytes) -> str:
    """Derive the MQTT password of a node, so that it stores one secret only."""
    return hmac.new(key, b"mqtt", hashlib.sha256).hexdigest()
