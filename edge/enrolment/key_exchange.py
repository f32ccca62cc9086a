"""The node's half of agreeing on a key, and its request for a certificate."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.x509.oid import NameOID

from edge.errors import EnrolmentError
from pipeline.errors import WireError
from pipeline.wire import Node
from pipeline.wire.enrolment import KeyAnswer, KeyRequest, derive_key


@dataclass(frozen=True, slots=True)
class KeyExchange:
    """Private keys that are made for one enrolment or rotation and never leave the node."""

    private_key: X25519PrivateKey
    certificate_key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls) -> "KeyExchange":
        """Make new keys."""
        return cls(X25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1()))

    @property
    def certificate_key_pem(self) -> str:
        """The private key of the certificate."""
        return self.certificate_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def request(self) -> bytes:
        """Return the body of the request to the centre."""
        public = self.private_key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
        signed = (
            x509.CertificateSigningRequestBuilder()
            .subject_name(name)
            .sign(self.certificate_key, hashes.SHA256())
        )
        pem = signed.public_bytes(serialization.Encoding.PEM).decode()
        return msgspec.json.encode(KeyRequest(public_key=public.hex(), certificate_request=pem))

    def read_answer(self, request: bytes, answer: bytes) -> tuple[KeyAnswer, bytes]:
        """Return the centre's answer, and the key that both sides derive.

        Raises:
            EnrolmentError: It cannot be read.
        """
        try:
            read = msgspec.json.decode(answer, type=KeyAnswer)
            node = Node.parse(read.node)
            theirs = X25519PublicKey.from_public_bytes(bytes.fromhex(read.public_key))
            shared = self.private_key.exchange(theirs)
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, WireError) as error:
            raise EnrolmentError(f"the centre's answer cannot be read: {error}") from None
        key = derive_key(shared, node, request=request, centre_public_key=read.public_key)
        return read, key


def certificate_expiry(pem: str) -> datetime:
    """Return when a certificate expires."""
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
