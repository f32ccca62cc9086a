"""Seal originals so that only a custodian can open them; the node itself cannot.

Published method: sealed boxes of libsodium (X25519, XSalsa20-Poly1305), as implemented by PyNaCl.
"""

from nacl.encoding import HexEncoder
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from edge.errors import SealError

PUBLIC_PREFIX, PRIVATE_PREFIX = "public-", "private-"
"""Prefixes of the keys, so that the two are not confused."""
KEY_DIGITS = 64


class Sealer:
    """Seal content for a custodian.

    Args:
        public_key: The custodian's public key, as returned by ``generate_key_pair``.

    Raises:
        SealError: The key is invalid.
    """

    def __init__(self, public_key: str) -> None:
        self._box = SealedBox(PublicKey(_digits(public_key, PUBLIC_PREFIX), HexEncoder))

    def seal(self, content: bytes) -> bytes:
        """Seal ``content``; sealing it again gives different bytes."""
        return bytes(self._box.encrypt(content))


def generate_key_pair() -> tuple[str, str]:
    """Generate the public key for nodes and the private key that opens what they seal."""
    private = PrivateKey.generate()
    public = private.public_key.encode(HexEncoder).decode()
    return PUBLIC_PREFIX + public, PRIVATE_PREFIX + private.encode(HexEncoder).decode()


def open_sealed(sealed: bytes, private_key: str) -> bytes:
    """Open sealed content.

    Raises:
        SealError: The key is invalid or does not match, or the content was modified.
    """
    box = SealedBox(PrivateKey(_digits(private_key, PRIVATE_PREFIX), HexEncoder))
    try:
        return bytes(box.decrypt(sealed))
    except CryptoError:
        raise SealError("it was sealed for another key, or it was modified") from None


def _digits(key: str, prefix: str) -> bytes:
    """Return the digits of a key; error messages never contain the key."""
    digits = key.strip().removeprefix(prefix)
    if key.strip() == digits:
        raise SealError(
            f"the key must start with {prefix}; `gridwatch edge new-seal` generates a pair"
        )
    if len(digits) != KEY_DIGITS or set(digits) - set("0123456789abcdef"):
        raise SealError(f"the key must have {KEY_DIGITS} digits of 0-9 and a-f after {prefix}")
    return digits.encode()
