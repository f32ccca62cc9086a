"""The archive of an export: a ZIP file with a manifest that the centre has signed. Pure.

manifest.json       what was exported by whom, and the SHA-256 of each file
manifest.sig        Ed25519 signature of the bytes of manifest.json (RFC 8032), base64url
incident.json       the incident with its history
evidence/NAME       pictures, clips and photos
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.errors import ExportError
from api.notify.keys import decode_base64url, encode_base64url

FORMAT = "gridwatch-export/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
MAX_MANIFEST_BYTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """One file of an archive.

    Args:
        original_sha256: Of the file that the centre stores; it differs if a watermark was added.
    """

    name: str
    sha256: str
    bytes: int
    original_sha256: str = ""
    media_type: str = ""
    redacted: bool | None = None
    watermarked: bool = False


@dataclass(frozen=True, slots=True)
class Verified:
    """A verified archive.

    Args:
        is_known_key: Whether it was checked against a key from elsewhere. The key in the archive
            proves only that nothing was changed after the archive was made.
    """

    manifest: Mapping[str, Any]
    is_known_key: bool


def public_key_text(key: Ed25519PublicKey) -> str:
    """Return a public key as it is printed and stored."""
    return encode_base64url(key.public_bytes_raw())


def describe_file(name: str, content: bytes) -> ExportedFile:
    """Return what the manifest says of a file."""
    digest = hashlib.sha256(content).hexdigest()
    return ExportedFile(name=name, sha256=digest, bytes=len(content))


def sign_archive(
    archive: zipfile.ZipFile,
    facts: Mapping[str, Any],
    files: list[ExportedFile],
    key: Ed25519PrivateKey,
) -> None:
    """Add the manifest and its signature to an archive that holds the files already."""
    manifest = {
        "format": FORMAT,
        **facts,
        "public_key": public_key_text(key.public_key()),
        "files": [asdict(file) for file in files],
    }
    content = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    archive.writestr(MANIFEST, content)
    archive.writestr(SIGNATURE, encode_base64url(key.sign(content)))


def verify_archive(source: Path | IO[bytes], *, known_key: str = "") -> Verified:
    """Check the signature and every file of an archive.

    Args:
        known_key: The public key of the centre, from a source other than the archive.

    Raises:
        ExportError: What is wrong, with the name of the file.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _read_manifest(archive, known_key)
            _check_files(archive, manifest)
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        raise ExportError(f"is no readable ZIP file: {error}") from None
    return Verified(manifest, is_known_key=bool(known_key))


def _read_manifest(archive: zipfile.ZipFile, known_key: str) -> Mapping[str, Any]:
    names = archive.namelist()
    if len(names) != len(set(names)):
        raise ExportError("contains a name twice")
    try:
        if archive.getinfo(MANIFEST).file_size > MAX_MANIFEST_BYTES:
            raise ExportError(f"{MANIFEST} is too large")
        content, signature = archive.read(MANIFEST), archive.read(SIGNATURE)
        manifest: Mapping[str, Any] = json.loads(content)
        key = decode_base64url(known_key or str(manifest["public_key"]))
        Ed25519PublicKey.from_public_bytes(key).verify(
            decode_base64url(signature.decode("ascii")), content
        )
    except KeyError as error:
        raise ExportError(f"lacks {error}") from None
    except InvalidSignature:
        raise ExportError(f"{MANIFEST} was changed, or signed with another key") from None
    except (ValueError, TypeError) as error:
        raise ExportError(f"{MANIFEST} cannot be read: {error}") from None
    if manifest.get("format") != FORMAT:
        raise ExportError(f"has the format {manifest.get('format')}, not {FORMAT}")
    return manifest


def _check_files(archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> None:
    listed = {str(file["name"]): file for file in manifest["files"]}
    present = set(archive.namelist()) - {MANIFEST, SIGNATURE}
    if missing := sorted(set(listed) - present):
        raise ExportError(f"lacks {missing[0]}")
    if added := sorted(present - set(listed)):
        raise ExportError(f"{added[0]} was added")
    for name, file in listed.items():
        if archive.getinfo(name).file_size != file["bytes"]:
            raise ExportError(f"{name} was changed")
        digest = hashlib.sha256()
        with archive.open(name) as opened:
            while chunk := opened.read(1 << 20):
                digest.update(chunk)
        if digest.hexdigest() != file["sha256"]:
            raise ExportError(f"{name} was changed")
