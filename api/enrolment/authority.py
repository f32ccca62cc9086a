"""The centre's own small certificate authority: for its broker and its nodes."""

import ipaddress
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.errors import DataFolderError, UnprocessableError
from pipeline.wire import Node
from pipeline.wire.enrolment import NODE_URI

AUTHORITY_LIFETIME = timedelta(days=3650)
CERTIFICATE_LIFETIME = timedelta(days=397)
"""Of a server or node; a node renews its own with its key."""
BACKDATED = timedelta(hours=1)
"""A node's clock may be behind."""
RENEW_BEFORE = timedelta(days=30)
MAX_COMMON_NAME = 64
CA_FILE, CA_KEY_FILE = "ca.crt", "ca.key"


class Authority:
    """Signs certificates; open it with ``Authority.open``."""

    def __init__(
        self, folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> None:
        self._folder, self._certificate, self._key = folder, certificate, key

    @classmethod
    def open(cls, folder: Path, *, now: datetime) -> "Authority":
        """Open the authority in ``folder``; create it the first time.

        Raises:
            DataFolderError: Its files are damaged.
        """
        certificate_file, key_file = folder / CA_FILE, folder / CA_KEY_FILE
        if not key_file.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = _sign_authority(key, now=now)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM))
            _write(key_file, _key_bytes(key))
        try:
            certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
            loaded = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise DataFolderError(
                folder, f"the certificate authority is damaged: {error}"
            ) from None
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise DataFolderError(folder, "the key of the certificate authority has another type")
        return cls(folder, certificate, loaded)

    @property
    def file(self) -> Path:
        """The certificate, in PEM form."""
        return self._folder / CA_FILE

    @property
    def pem(self) -> str:
        """The certificate, in PEM form."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers and openssl show it."""
        digest = self._certificate.fingerprint(hashes.SHA256()).hex().upper()
        return ":".join(digest[n : n + 2] for n in range(0, len(digest), 2))

    @property
    def expires_at(self) -> datetime:
        """When the certificate expires."""
        return self._certificate.not_valid_after_utc

    def server_files(self, name: str, hosts: Sequence[str], *, now: datetime) -> tuple[Path, Path]:
        """Return the files of certificate and key of a server, issued again when they are due.

        Args:
            name: Of the files.
            hosts: Names and addresses by which clients connect.
        """
        certificate_file, key_file = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        if not _is_current(certificate_file, names, now=now):
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = self._sign(
                key.public_key(), hosts[0], names, ExtendedKeyUsageOID.SERVER_AUTH, now=now
            )
            _write(key_file, _key_bytes(key))
            _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM))
        return certificate_file, key_file

    def sign_node(self, request_pem: str, node: Node, *, now: datetime) -> str:
        """Issue the certificate of a node, in PEM form.

        Only the public key of the request is used; its signature proves that the node has the
        private one.

        Raises:
            UnprocessableError: The request is invalid.
        """
        try:
            request = x509.load_pem_x509_csr(request_pem.encode())
            public_key = request.public_key()
            is_signed = request.is_signature_valid
        except (ValueError, TypeError, InvalidSignature):
            is_signed, public_key = False, None
        if not is_signed or not isinstance(public_key, ec.EllipticCurvePublicKey):
            raise UnprocessableError(
                "bad_certificate_request", "send one for an elliptic curve key"
            )
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"{NODE_URI}{node}")])
        certificate = self._sign(
            public_key, str(node), names, ExtendedKeyUsageOID.CLIENT_AUTH, now=now
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode()

    def _sign(
        self,
        public_key: ec.EllipticCurvePublicKey,
        name: str,
        names: x509.SubjectAlternativeName,
        usage: x509.ObjectIdentifier,
        *,
        now: datetime,
    ) -> x509.Certificate:
        builder = _builder(name, now=now, lifetime=CERTIFICATE_LIFETIME)
        return (
            builder.issuer_name(self._certificate.subject)
            .public_key(public_key)
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )


def _sign_authority(key: ec.EllipticCurvePrivateKey, *, now: datetime) -> x509.Certificate:
    builder = _builder("gridwatch", now=now, lifetime=AUTHORITY_LIFETIME)
    usage = dict.fromkeys(_KEY_USAGES, False)
    return (
        builder.issuer_name(_subject("gridwatch"))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(**{**usage, "key_cert_sign": True, "crl_sign": True}), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _builder(name: str, *, now: datetime, lifetime: timedelta) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_subject(name))
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + lifetime)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:MAX_COMMON_NAME])])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _is_current(file: Path, names: x509.SubjectAlternativeName, *, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        stored = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    return stored == names and now + RENEW_BEFORE < certificate.not_valid_after_utc


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read; it is whole or not there."""
    part = file.with_name(f"{file.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(content)
    part.replace(file)
