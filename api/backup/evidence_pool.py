"""Evidence files of all backups: each is encrypted and stored once, under its SHA-256."""

import asyncio
import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from api.backup import encryption
from api.backup.manifest import EVIDENCE_LIST, POOL
from api.errors import BackupError
from api.evidence.blobs import EvidenceStore

FileHashes = dict[str, str]
"""SHA-256 of each encrypted file, by the SHA-256 of the evidence."""


def pool_file(folder: Path, sha256: str) -> Path:
    """Return where the evidence of a SHA-256 is stored on the backup disk."""
    return folder / POOL / sha256[:2] / f"{sha256}{encryption.SUFFIX}"


async def add_evidence(
    folder: Path,
    sha256s: Iterable[str],
    store: EvidenceStore,
    recipient: encryption.Recipient,
    *,
    known: Mapping[str, str],
) -> tuple[FileHashes, list[str]]:
    """Add evidence to the pool, where it is not there yet.

    Args:
        known: The hashes of the backup before, so that its files are not read again.

    Returns:
        The hashes of the encrypted files, and the evidence that the store does not have.
    """
    hashes: FileHashes = {}
    missing = []
    for sha256 in sha256s:
        file = pool_file(folder, sha256)
        if not file.exists():
            try:
                content = await store.get(sha256)
            except FileNotFoundError:
                missing.append(sha256)
                continue
            await asyncio.to_thread(_write, file, content, recipient)
            hashes[sha256] = await asyncio.to_thread(encryption.file_sha256, file)
        else:
            hashes[sha256] = known.get(sha256, "") or await asyncio.to_thread(
                encryption.file_sha256, file
            )
    return hashes, missing


def read_evidence(folder: Path, sha256: str, identity: encryption.Identity) -> bytes:
    """Return evidence of the pool.

    Raises:
        BackupError: It is not there, or differs from its SHA-256.
    """
    content = io.BytesIO()
    encryption.decrypt(pool_file(folder, sha256), content, identity)
    if hashlib.sha256(content.getbuffer()).hexdigest() != sha256:
        raise BackupError(f"evidence {sha256} was modified")
    return content.getvalue()


def write_list(backup: Path, hashes: FileHashes) -> None:
    """Write the evidence list of a backup."""
    with (backup / EVIDENCE_LIST).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(sorted(hashes.items()))


def read_list(backup: Path) -> FileHashes:
    """Read the evidence list of a backup.

    Raises:
        BackupError: It cannot be read.
    """
    try:
        with (backup / EVIDENCE_LIST).open(newline="", encoding="utf-8") as file:
            return {row[0]: row[1] for row in csv.reader(file)}
    except (OSError, ValueError, IndexError) as error:
        raise BackupError(f"{backup / EVIDENCE_LIST} cannot be read: {error}") from None


def delete_unlisted(folder: Path, backups: Iterable[Path]) -> int:
    """Delete evidence that no backup lists; return the number of deleted files."""
    listed = {sha256 for backup in backups for sha256 in read_list(backup)}
    unlisted = [
        file for file in (folder / POOL).glob("*/*") if file.name.partition(".")[0] not in listed
    ]
    for file in unlisted:
        file.unlink(missing_ok=True)
    return len(unlisted)


def _write(file: Path, content: bytes, recipient: encryption.Recipient) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    encryption.encrypt(io.BytesIO(content), file, recipient)
