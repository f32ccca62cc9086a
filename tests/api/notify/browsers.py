"""Browsers that subscribe to Web Push, as tests need them."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from api.notify.keys import encode_base64url, encode_point

PUSH_SERVICE = "https://fcm.googleapis.com"


def subscription(name: str = "phone", *, service: str = PUSH_SERVICE) -> dict[str, Any]:
    """Return what a browser sends to subscribe."""
    key = ec.generate_private_key(ec.SECP256R1())
    keys = {
        "p256dh": encode_base64url(encode_point(key.public_key())),
        "auth": encode_base64url(bytes(16)),
    }
    return {"endpoint": f"{service}/{name}", "keys": keys, "device": name}
