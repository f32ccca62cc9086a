"""Encrypt Web Push messages (RFC 8291, RFC 8188) and identify the centre (RFC 8292). Pure."""

import hashlib
import hmac
import json
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from api.notify.keys import decode_base64url, encode_base64url, encode_point

RECORD_SIZE = 4096
MAX_CONTENT = RECORD_SIZE - 16 - 86 - 1
"""Every push service takes 4,096 bytes: the header, the content, its delimiter and its tag."""
TOKEN_LIFETIME = timedelta(hours=12)
"""At most 24 hours are allowed."""
LAST_RECORD = b"\x02"


def encrypt(
    content: bytes, *, p256dh: str, auth: str, sender: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Encrypt a message for one browser as ``aes128gcm``.

    Args:
        content: At most ``MAX_CONTENT`` bytes.
        p256dh: Public key of the browser, base64url.
        auth: Secret of the browser, base64url.
        sender: A key that is used once.
        salt: 16 bytes that are used once.

    Raises:
        ValueError: A key of the browser is malformed.
    """
    receiver = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), decode_base64url(p256dh)
    )
    public = encode_point(sender.public_key())
    shared = sender.exchange(ec.ECDH(), receiver)
    key, nonce = content_keys(
        shared,
        auth=decode_base64url(auth),
        salt=salt,
        points=(encode_point(receiver), public),
    )
    header = salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(public)]) + public
    return header + AESGCM(key).encrypt(nonce, content + LAST_RECORD, None)


def content_keys(
    shared: bytes, *, auth: bytes, salt: bytes, points: tuple[bytes, bytes]
) -> tuple[bytes, bytes]:
    """Derive the content encryption key and the nonce.

    Args:
        shared: The secret that browser and sender have agreed on.
        points: The public keys of the browser and of the sender.
    """
    info = b"WebPush: info\0" + points[0] + points[1]
    input_key = _hkdf(auth, shared, info, 32)
    return (
        _hkdf(salt, input_key, b"Content-Encoding: aes128gcm\0", 16),
        _hkdf(salt, input_key, b"Content-Encoding: nonce\0", 12),
    )


def vapid_header(
    key: ec.EllipticCurvePrivateKey, *, audience: str, contact: str, now: datetime
) -> str:
    """Return the ``Authorization`` header that names the sender to a push service.

    Args:
        audience: Origin of the push service.
        contact: ``mailto:`` or ``https:``; whom the push service may write to.
    """
    claims = {"aud": audience, "exp": int((now + TOKEN_LIFETIME).timestamp())}
    if contact:
        claims["sub"] = contact
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    signed = ".".join(
        encode_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts
    )
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    signature = encode_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={encode_base64url(encode_point(key.public_key()))}"


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """HKDF with SHA-256 for at most 32 bytes."""
    pseudorandom = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(pseudorandom, info + b"\x01", hashlib.sha256).digest()[:length]
