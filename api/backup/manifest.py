"""What a backup consists of, and its names on the backup disk. Pure but for reading folders."""

from datetime import datetime
from pathlib import Path

import msgspec

from api.errors import BackupError

MANIFEST, DUMP, AUTHORITY, EVIDENCE_LIST, POOL = (
    "manifest.json",
    "database.dump.age",
    "authority.tar.age",
    "evidence.csv",
    "evidence",
)
NAME_FORMAT = "%Y-%m-%dT%H%M%S.%fZ"
FORMAT_VERSION = 1


class StoredFile(msgspec.Struct, frozen=True):
    """An encrypted file of a backup."""

    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a complete backup.

    Args:
        taken_at: What was committed before is in the backup; nothing that came later is.
        schema: Version of the database schema.
        rows: Number of rows in each table.
        evidence: Number of evidence files.
        missing_evidence: SHA-256 of evidence that the database names and the store did not have.
        files: The encrypted files by name.
    """

    taken_at: datetime
    gridwatch: str
    schema: str
    rows: dict[str, int]
    evidence: int
    missing_evidence: tuple[str, ...]
    files: dict[str, StoredFile]
    format: int = FORMAT_VERSION


def backup_name(taken_at: datetime) -> str:
    """Return the folder name of a backup; names sort by time.

    Args:
        taken_at: In UTC.
    """
    return taken_at.strftime(NAME_FORMAT)


def list_backups(folder: Path) -> list[Path]:
    """List the complete backups in a folder, oldest first."""
    return sorted(manifest.parent for manifest in folder.glob(f"*/{MANIFEST}"))


def list_incomplete(folder: Path) -> list[Path]:
    """List the remains of backups that did not finish, oldest first."""
    dumps = {
        path.parent
        for name in (DUMP, AUTHORITY, EVIDENCE_LIST)
        for path in folder.glob(f"*/{name}*")
    }
    return sorted(path for path in dumps if not (path / MANIFEST).exists())


def read_manifest(backup: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises:
        BackupError: There is none, or it cannot be read.
    """
    file = backup / MANIFEST
    try:
        manifest = msgspec.json.decode(file.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise BackupError(f"{backup} is not a complete backup: it has no {MANIFEST}") from None
    except (OSError, msgspec.DecodeError) as error:
        raise BackupError(f"{file} cannot be read: {error}") from None
    if manifest.format != FORMAT_VERSION:
        raise BackupError(f"{file} has format {manifest.format}; this version reads 1")
    return manifest


def write_manifest(backup: Path, manifest: Manifest) -> None:
    """Write the manifest: from now on the backup is complete."""
    part = backup / f"{MANIFEST}.part"
    part.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    part.rename(backup / MANIFEST)
