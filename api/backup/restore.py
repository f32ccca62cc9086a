"""Verify a backup, and restore it into an empty data folder."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from api.backup import encryption, evidence_pool, postgres_tools
from api.backup.key_archive import unpack_folder
from api.backup.manifest import AUTHORITY, DUMP, Manifest, read_manifest
from api.backup.store import clear_feed, count_rows
from api.database.engine import create_engine
from api.embedded.data_folder import prepare_folder
from api.embedded.postgres import EmbeddedPostgres
from api.enrolment.settings import AUTHORITY_FOLDER
from api.errors import BackupError, DataFolderError
from api.evidence.blobs import EvidenceStore

JOBS = os.cpu_count() or 1


def check_files(backup: Path) -> Manifest:
    """Check every file of a backup against its recorded SHA-256; needs no key.

    Raises:
        BackupError: A file is missing or differs; the message names it.
    """
    manifest = read_manifest(backup)
    for name, recorded in manifest.files.items():
        _check_file(backup / name, recorded.sha256)
    for sha256, encrypted in evidence_pool.read_list(backup).items():
        _check_file(evidence_pool.pool_file(backup.parent, sha256), encrypted)
    return manifest


async def try_restore(backup: Path, identity: encryption.Identity) -> Manifest:
    """Restore a backup into a temporary folder, compare it with its manifest, and delete it again.

    Raises:
        BackupError: It is not what the manifest says.
    """
    with tempfile.TemporaryDirectory(prefix="gridwatch-restore-") as folder:
        return await restore_backup(backup, identity, Path(folder) / "data")


async def restore_backup(backup: Path, identity: encryption.Identity, data: Path) -> Manifest:
    """Restore a backup into a data folder that holds no centre.

    The database appears under its name when it is complete: a restore that was cut off is simply
    repeated.

    Raises:
        BackupError: The backup is damaged, the key is another one, or rows are missing after it.
        DataFolderError: The folder holds a database, or cannot be written.
    """
    folder = prepare_folder(data)
    if (folder / "postgres").exists():
        raise DataFolderError(folder, "holds a database already: name an empty folder")
    manifest = await asyncio.to_thread(check_files, backup)
    restoring = folder / "postgres.restoring"
    shutil.rmtree(restoring, ignore_errors=True)
    await _restore_database(backup, identity, restoring, manifest)
    store = EvidenceStore.in_folder(folder / "evidence")
    for sha256 in evidence_pool.read_list(backup):
        content = await asyncio.to_thread(
            evidence_pool.read_evidence, backup.parent, sha256, identity
        )
        await store.put(sha256, content)
    if AUTHORITY in manifest.files:
        await asyncio.to_thread(
            unpack_folder, backup / AUTHORITY, folder / AUTHORITY_FOLDER, identity
        )
    restoring.rename(folder / "postgres")
    return manifest


async def _restore_database(
    backup: Path, identity: encryption.Identity, folder: Path, manifest: Manifest
) -> None:
    """Decrypt the dump beside the database, since parallel jobs need a file, and restore it."""
    prepare_folder(folder)
    plain = folder / "database.dump"
    plain.touch(0o600)
    try:
        with plain.open("wb") as target:
            await asyncio.to_thread(encryption.decrypt, backup / DUMP, target, identity)
        with EmbeddedPostgres(folder) as server:
            await asyncio.to_thread(postgres_tools.restore, server.url, plain, jobs=JOBS)
            rows = await _count_and_clear(server.url)
    finally:
        plain.unlink(missing_ok=True)
    differing = sorted(
        f"{table} ({rows.get(table, 0)} instead of {expected})"
        for table, expected in manifest.rows.items()
        if rows.get(table) != expected
    )
    if differing:
        raise BackupError(f"{backup}: after the restore rows differ: {', '.join(differing)}")


async def _count_and_clear(url: str) -> dict[str, int]:
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            rows = await count_rows(connection)
        await clear_feed(engine)
        return rows
    finally:
        await engine.dispose()


def _check_file(file: Path, sha256: str) -> None:
    try:
        found = encryption.file_sha256(file)
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}") from None
    if found != sha256:
        raise BackupError(f"{file} was modified or is damaged")
