"""Enrolment of a node by a one-time code, and rotation of its key.

Node and centre each make an X25519 key for the exchange; the key that signs messages is derived
from both, so neither it nor the node's private keys ever travel. A code has a part that is sent and
a secret part that is not: with that, each side proves to the other that it knows the code, also
without TLS.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Annotated, Self

import msgspec

from pipeline.errors import WireError
from pipeline.wire.address import Node

ENROLMENT_PATH = "/v1/enrolment"
ROTATION_PATH = "/v1/node-key"
CONFIRMATION_PATH = "/v1/node-key/confirmation"
CODE_HEADER, PROOF_HEADER = "X-Gridwatch-Code", "X-Gridwatch-Proof"
MAX_BODY_BYTES = 16_384

NODE_URI = "urn:gridwatch:node:"
"""A certificate names its node by this and ``district/site/node`` as alternative name."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, without I, L, O and U."""
ID_LENGTH, SECRET_LENGTH = 4, 16
"""Letters; 16 are 80 bits, too many to guess from a recorded enrolment."""
_LOOKALIKES = str.maketrans("ILO", "110")

PublicKey = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Pem = Annotated[str, msgspec.Meta(max_length=8192)]


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """A one-time code."""

    id: str
    secret: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a code as a person types it.

        Raises:
            WireError: It has not the letters of a code.
        """
        letters = re.sub(r"[\s-]", "", text).upper().translate(_LOOKALIKES)
        if len(letters) != ID_LENGTH + SECRET_LENGTH or set(letters) - set(ALPHABET):
            raise WireError("this is no code: it has 20 letters and digits, in five groups of four")
        return cls(letters[:ID_LENGTH], letters[ID_LENGTH:])

    def __str__(self) -> str:
        """Return the code in groups of four."""
        letters = self.id + self.secret
        return "-".join(letters[n : n + 4] for n in range(0, len(letters), 4))

    def prove(self, label: str, *parts: bytes) -> str:
        """Return a proof of knowing the secret, over ``parts``."""
        return prove(self.secret.encode(), label, *parts)


class KeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a node sends: its half of the exchange, and a request for a certificate in PEM form."""

    public_key: PublicKey
    certificate_request: Pem


class KeyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the centre answers.

    Args:
        authority: PEM of the centre's own certificate authority.
        broker_host: Empty if it is the host of the centre.
    """

    node: str
    public_key: PublicKey
    certificate: Pem
    authority: Pem
    broker_host: str = ""
    broker_port: int = 1883
    broker_tls: bool = False


def prove(secret: bytes, label: str, *parts: bytes) -> str:
    """Return a keyed hash over ``parts`` for one purpose: 64 hexadecimal digits."""
    hashed = b"".join(hashlib.sha256(part).digest() for part in parts)
    return hmac.new(secret, label.encode() + b"\0" + hashed, hashlib.sha256).hexdigest()


def is_proof_valid(expected: str, given: str) -> bool:
    """Compare two proofs in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def derive_key(shared: bytes, node: Node, *, request: bytes, centre_public_key: str) -> bytes:
    """Derive the key that signs the messages of a node (HKDF, RFC 5869)."""
    extracted = hmac.new(b"gridwatch node key", shared, hashlib.sha256).digest()
    context = prove(extracted, str(node), request, centre_public_key.encode())
    return hmac.new(extracted, bytes.fromhex(context) + b"\x01", hashlib.sha256).digest()
