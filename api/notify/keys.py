"""The keys of one centre: its identity at push services, receipt tokens, and signed exports.

All are derived from one secret, which the database makes on first use.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class NotificationKeys:
    """The keys that are derived from the secret of a centre."""

    secret: bytes = field(repr=False)

    def receipt_token(self, notification: UUID) -> str:
        """Return what proves that somebody has received a notification."""
        return encode_base64url(self._derive(b"receipt", notification.bytes)[:TOKEN_BYTES])

    def is_receipt_token(self, notification: UUID, token: str) -> bool:
        """Return whether a token proves that somebody has received a notification."""
        return hmac.compare_digest(self.receipt_token(notification).encode(), token.encode())

    def vapid_key(self) -> ec.EllipticCurvePrivateKey:
        """Return the key with which the centre identifies itself to push services (RFC 8292)."""
        number = int.from_bytes(self._derive(b"vapid", b""), "big")
        return ec.derive_private_key(number % (P256_ORDER - 1) + 1, ec.SECP256R1())

    def vapid_public_key(self) -> str:
        """Return the public key, as a browser takes it for ``applicationServerKey``."""
        return encode_base64url(encode_point(self.vapid_key().public_key()))

    def export_key(self) -> Ed25519PrivateKey:
        """Return the key with which the centre signs what it exports."""
        return Ed25519PrivateKey.from_private_bytes(self._derive(b"export", b""))

    def _derive(self, purpose: bytes, value: bytes) -> bytes:
        return hmac.new(self.secret, purpose + b"\0" + value, hashlib.sha256).digest()


def confirmation_code(notification: UUID) -> str:
    """Return the four digits in a test message, with which its arrival can be confirmed."""
    return f"{int.from_bytes(notification.bytes[-4:], 'big') % 10_000:04}"


def encode_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Encode a public key as an uncompressed point of 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encode_base64url(content: bytes) -> str:
    """Encode without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """Decode with or without padding.

    Raises:
        ValueError: It contains other characters.
    """
    padded = text + "=" * (-len(text) % 4)
    return base64.b64decode(padded.encode(), altchars=b"-_", validate=True)
