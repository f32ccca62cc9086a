"""Originals are sealed for a custodian: the box can close them, and nobody but the custodian open.

Published method: sealed boxes of libsodium (X25519, XSalsa20-Poly1305), by PyNaCl.
"""

from nacl.encoding import HexEncoder
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from edge.errors import SealError

PUBLIC_PREFIX, PRIVATE_PREFIX = "public-", "private-"
"""Written before a key, so that nobody takes one for the other."""
KEY_DIGITS = 64


class Sealer:
    """Closes what only the custodian can open.

    Args:
        public_key: The custodian's public key, as ``generate_key_pair`` writes it.

    Raises:
        SealError: It is none.
    """

    def __init__(self, public_key: str) -> None:
        self._box = SealedBox(PublicKey(_digits(public_key, PUBLIC_PREFIX), HexEncoder))

    def seal(self, content: bytes) -> bytes:
        """Seal ``content``; equal ones give different bytes."""
        return bytes(self._box.encrypt(content))


def generate_key_pair() -> tuple[str, str]:
    """Make a public key for boxes, and the private one that opens what they seal."""
    private = PrivateKey.generate()
    public = private.public_key.encode(HexEncoder).decode()
    return PUBLIC_PREFIX + public, PRIVATE_PREFIX + private.encode(HexEncoder).decode()


def open_sealed(sealed: bytes, private_key: str) -> bytes:
    """Open what was sealed.

    Raises:
        SealError: ``private_key`` is no private key, or not the one it was sealed for; or the
            content was changed.
    """
    box = SealedBox(PrivateKey(_digits(private_key, PRIVATE_PREFIX), HexEncoder))
    try:
        return bytes(box.decrypt(sealed))
    except CryptoError:
        raise SealError("it was sealed for another key, or was changed") from None


def _digits(key: str, kind: str) -> bytes:
    """Take the digits of a key; the key itself is never repeated."""
    digits = key.strip().removeprefix(kind)
    if key.strip() == digits:
        raise SealError(f"the key must begin with {kind}; `gridwatch edge new-seal` makes a pair")
    if len(digits) != KEY_DIGITS or set(digits) - set("0123456789abcdef"):
        raise SealError(f"the key must have {KEY_DIGITS} of 0-9 and a-f after {kind}")
    return digits.encode()
