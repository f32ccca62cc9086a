"""Create a backup while the centre runs, and delete those beyond the number to keep."""

import asyncio
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.backup import encryption, evidence_pool
from api.backup.key_archive import pack_folder
from api.backup.manifest import (
    AUTHORITY,
    DUMP,
    EVIDENCE_LIST,
    Manifest,
    StoredFile,
    backup_name,
    list_backups,
    list_incomplete,
    write_manifest,
)
from api.backup.postgres_tools import dump
from api.backup.store import open_snapshot
from api.embedded.data_folder import prepare_folder
from api.errors import BackupError
from api.evidence.blobs import EvidenceStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupTarget:
    """Where backups go.

    Args:
        folder: On another disk or machine than the data folder.
        recipient: Key that backups are encrypted for; starts with ``age1``.
        keep: Number of complete backups to keep.
        authority: Folder with the keys of the centre's certificate authority; ``None`` for none.
    """

    folder: Path
    recipient: str
    keep: int
    authority: Path | None = None


async def create_backup(
    engine: AsyncEngine, evidence: EvidenceStore, target: BackupTarget
) -> tuple[Path, Manifest]:
    """Back up the database, its evidence and the keys of the certificate authority.

    Older backups beyond ``keep`` are deleted after it.

    Evidence is written before the row that names it, so all evidence of the dump is there, unless
    it was deleted meanwhile; the manifest names what is missing.

    Raises:
        BackupError: The key is no key, the folder cannot be written, or ``pg_dump`` fails.
        DataFolderError: The folder cannot be created.
    """
    recipient = encryption.parse_recipient(target.recipient)
    folder = prepare_folder(target.folder, mode=0o700)
    before = list_backups(folder)
    url = engine.url.render_as_string(hide_password=False)
    try:
        async with open_snapshot(engine) as state:
            backup = folder / backup_name(state.taken_at)
            backup.mkdir(mode=0o700)
            await asyncio.to_thread(_dump, url, state.snapshot, backup / DUMP, recipient)
        names = [DUMP, EVIDENCE_LIST]
        if target.authority is not None and target.authority.is_dir():
            await asyncio.to_thread(pack_folder, target.authority, backup / AUTHORITY, recipient)
            names.append(AUTHORITY)
        known = evidence_pool.read_list(before[-1]) if before else {}
        hashes, missing = await evidence_pool.add_evidence(
            folder, state.evidence, evidence, recipient, known=known
        )
        evidence_pool.write_list(backup, hashes)
        manifest = Manifest(
            taken_at=state.taken_at,
            gridwatch=version("gridwatch"),
            schema=state.schema,
            rows=state.rows,
            evidence=len(hashes),
            missing_evidence=tuple(missing),
            files={name: _describe(backup / name) for name in names},
        )
        write_manifest(backup, manifest)
        await asyncio.to_thread(_delete_old, folder, target.keep)
    except OSError as error:
        raise BackupError(f"{folder} cannot be written: {error.strerror or error}") from error
    return backup, manifest


def _dump(url: str, snapshot: str, file: Path, recipient: encryption.Recipient) -> None:
    with dump(url, snapshot) as source:
        encryption.encrypt(source, file, recipient)


def _describe(file: Path) -> StoredFile:
    return StoredFile(sha256=encryption.file_sha256(file), bytes=file.stat().st_size)


def _delete_old(folder: Path, keep: int) -> None:
    complete = list_backups(folder)
    for backup in [*complete[:-keep], *list_incomplete(folder)]:
        shutil.rmtree(backup)
        log.info("backup_deleted", backup=backup.name)
    evidence_pool.delete_unlisted(folder, complete[-keep:])
