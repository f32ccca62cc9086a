"""``gridwatch central backup``, ``verify-backup``, ``restore``, ``new-backup-key``."""

import asyncio
from pathlib import Path

from api import wiring
from api.backup.create import BackupTarget, create_backup
from api.backup.encryption import Identity, parse_identity
from api.backup.manifest import Manifest
from api.backup.restore import check_files, restore_backup, try_restore
from api.evidence.blobs import EvidenceStore
from api.settings import CentralSettings
from gridwatch.commands.output import print_json
from gridwatch.errors import UsageError


def run_backup(settings: CentralSettings, target: BackupTarget, *, json: bool) -> None:
    """Create a backup and print what it contains.

    Raises:
        BackupError: It cannot be created.
    """
    backup, manifest = asyncio.run(_create(settings, target))
    _print("is complete", backup, manifest, json=json)
    if manifest.missing_evidence and not json:
        print(
            f"{len(manifest.missing_evidence)} evidence files are missing: manifest.json names them"
        )


def run_verify(backup: Path, key: Path | None, *, json: bool) -> None:
    """Check the files of a backup; with its key, restore it on trial and compare.

    Raises:
        BackupError: It is damaged, or not what its manifest says.
    """
    manifest = asyncio.run(try_restore(backup, read_key(key))) if key else check_files(backup)
    _print(
        "was restored on trial and is complete" if key else "has all its files, undamaged",
        backup,
        manifest,
        json=json,
    )


def run_restore(backup: Path, key: Path, data: Path, *, json: bool) -> None:
    """Restore a backup into an empty data folder.

    Raises:
        BackupError: The backup is damaged, or the key is another one.
        DataFolderError: The folder holds a database already.
    """
    manifest = asyncio.run(restore_backup(backup, read_key(key), data))
    _print(f"is restored into {data}", backup, manifest, json=json)


def read_key(file: Path) -> Identity:
    """Read the identity that opens backups.

    Raises:
        UsageError: The file cannot be read.
        BackupError: It holds no identity.
    """
    try:
        return parse_identity(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{file} cannot be read; --key needs the file of the backup key") from None


async def _create(settings: CentralSettings, target: BackupTarget) -> tuple[Path, Manifest]:
    evidence = EvidenceStore.in_folder(settings.data / "evidence")
    async with wiring.open_database(settings) as engine:
        return await create_backup(engine, evidence, target)


def _print(what: str, backup: Path, manifest: Manifest, *, json: bool) -> None:
    if json:
        print_json(
            {
                "backup": str(backup),
                "taken_at": manifest.taken_at.isoformat(),
                "incidents": manifest.rows.get("incident", 0),
                "evidence": manifest.evidence,
                "missing_evidence": len(manifest.missing_evidence),
                "bytes": sum(file.bytes for file in manifest.files.values()),
            }
        )
        return
    print(
        f"{backup} {what}: {manifest.rows.get('incident', 0)} incidents and {manifest.evidence} "
        f"evidence files, as of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    )
