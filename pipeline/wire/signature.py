"""Proof that a message comes from the node it names: HMAC-SHA256 (RFC 2104).

It travels as the MQTT 5 user property ``sig``, because an embedded broker keeps no
node inside its own topics.
"""

import hashlib
import hmac

SIGNATURE_PROPERTY = "sig"


def sign(key: bytes, topic: str, payload: bytes) -> str:
    """Sign topic and payload with the node's key; 64 hexadecimal digits."""
    return hmac.new(key, topic.encode() + b"\0" + payload, hashlib.sha256).hexdigest()


def verify_signature(key: bytes, topic: str, payload: bytes, signature: str) -> bool:
    """Tell whether ``signature`` is the node's own, in constant time."""
    return hmac.compare_digest(sign(key, topic, payload).encode(), signature.encode())


def broker_password(key: bytes) -> str:
    """Make the node's MQTT password, so that a box carries one secret only."""
    return hmac.new(key, b"mqtt", hashlib.sha256).hexdigest()
