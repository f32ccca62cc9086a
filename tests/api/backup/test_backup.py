"""A backup taken while the centre runs is restored elsewhere with all that was committed before."""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.backup.create import BackupTarget, create_backup
from api.backup.encryption import Identity, generate_key, parse_identity
from api.backup.evidence_pool import pool_file
from api.backup.manifest import DUMP, EVIDENCE_LIST, list_backups, read_manifest
from api.backup.restore import check_files, restore_backup, try_restore
from api.backup.schedule import BackupSchedule
from api.database.engine import create_engine
from api.embedded.postgres import EmbeddedPostgres
from api.enrolment.authority import Authority
from api.enrolment.settings import AUTHORITY_FOLDER
from api.errors import BackupError, DataFolderError
from api.evidence.blobs import EvidenceStore
from tests.api.alerts import NOON
from tests.api.databases import rows

PHOTO = b"a photo of the square" * 1000


@dataclass(frozen=True)
class Backups:
    """A folder for backups, its keys, and a store with one photo."""

    target: BackupTarget
    identity: Identity
    evidence: EvidenceStore


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    recipient, identity = generate_key()
    return Backups(
        target=BackupTarget(folder=tmp_path / "backups", recipient=recipient, keep=2),
        identity=parse_identity(identity),
        evidence=EvidenceStore.in_folder(tmp_path / "evidence"),
    )


async def store_photo(engine: AsyncEngine, store: EvidenceStore, content: bytes = PHOTO) -> str:
    """Store evidence as the centre does: the bytes first, then the row."""
    sha256 = hashlib.sha256(content).hexdigest()
    await store.put(sha256, content)
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO evidence VALUES (:sha256, 'image/jpeg', :n, 'a/b/c', NULL, now())"),
            {"sha256": sha256, "n": len(content)},
        )
    return sha256


async def back_up(engine: AsyncEngine, backups: Backups) -> Path:
    """Create a backup."""
    backup, _ = await create_backup(engine, backups.evidence, backups.target)
    return backup


async def test_a_backup_is_restored_into_an_empty_folder(
    database: AsyncEngine, backups: Backups, tmp_path: Path
) -> None:
    sha256 = await store_photo(database, backups.evidence)
    backup = await back_up(database, backups)
    await store_photo(database, backups.evidence, b"after the backup")

    await restore_backup(backup, backups.identity, tmp_path / "new")

    with EmbeddedPostgres(tmp_path / "new/postgres") as server:
        restored = create_engine(server.url)
        stored = await rows(restored, "SELECT sha256 FROM evidence")
        await restored.dispose()
    assert stored == [(sha256,)]
    assert await EvidenceStore.in_folder(tmp_path / "new/evidence").get(sha256) == PHOTO
    with pytest.raises(DataFolderError, match="holds a database already"):
        await restore_backup(backup, backups.identity, tmp_path / "new")


async def test_the_keys_of_the_authority_are_restored_and_stay_private(
    database: AsyncEngine, backups: Backups, tmp_path: Path
) -> None:
    authority = Authority.open(tmp_path / "authority", now=NOON)
    target = replace(backups.target, authority=tmp_path / "authority")
    backup, _ = await create_backup(database, backups.evidence, target)

    await restore_backup(backup, backups.identity, tmp_path / "data")

    restored = tmp_path / "data" / AUTHORITY_FOLDER
    assert Authority.open(restored, now=NOON).pem == authority.pem
    assert (restored / "ca.key").stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE KEY" not in b"".join(file.read_bytes() for file in backup.iterdir())


async def test_nothing_in_a_backup_can_be_read_without_its_key(
    database: AsyncEngine, backups: Backups
) -> None:
    await store_photo(database, backups.evidence)
    backup = await back_up(database, backups)
    _, other = generate_key()

    files = [file.read_bytes() for file in backups.target.folder.rglob("*.age")]

    assert len(files) == 2
    assert all(b"photo of the square" not in content for content in files)
    with pytest.raises(BackupError, match="cannot be opened with this key"):
        await try_restore(backup, parse_identity(other))


@pytest.mark.parametrize("damaged", [DUMP, EVIDENCE_LIST, "evidence"])
async def test_a_damaged_file_is_found_without_the_key_and_named(
    database: AsyncEngine, backups: Backups, damaged: str
) -> None:
    sha256 = await store_photo(database, backups.evidence)
    backup = await back_up(database, backups)
    pooled = pool_file(backups.target.folder, sha256)
    file = pooled if damaged == "evidence" else backup / damaged
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)

    with pytest.raises(BackupError, match=f"{file.name} was modified or is damaged"):
        check_files(backup)


async def test_missing_evidence_is_named(database: AsyncEngine, backups: Backups) -> None:
    sha256 = await store_photo(database, backups.evidence)
    store = Path(backups.target.folder.parent / "evidence")
    (store / sha256[:2] / sha256).unlink()

    backup = await back_up(database, backups)

    assert read_manifest(backup).missing_evidence == (sha256,)


async def test_only_the_newest_backups_and_their_evidence_are_kept(
    database: AsyncEngine, backups: Backups
) -> None:
    old = await store_photo(database, backups.evidence, b"old")
    await back_up(database, backups)
    async with database.begin() as connection:
        await connection.execute(text("DELETE FROM evidence"))
    new = await store_photo(database, backups.evidence, b"new")
    incomplete = backups.target.folder / "2020-01-01T000000.000000Z"
    incomplete.mkdir()
    (incomplete / f"{DUMP}.part").touch()

    for _ in range(2):
        await back_up(database, backups)

    assert len(list_backups(backups.target.folder)) == 2
    assert not incomplete.exists()
    assert not pool_file(backups.target.folder, old).exists()
    assert pool_file(backups.target.folder, new).exists()


@pytest.mark.parametrize("key", ["", "public-0123", "AGE-SECRET-KEY-1"])
async def test_a_wrong_key_is_refused_before_anything_is_written(
    database: AsyncEngine, backups: Backups, key: str
) -> None:
    target = BackupTarget(folder=backups.target.folder, recipient=key, keep=1)

    with pytest.raises(BackupError, match="must start with age1"):
        await create_backup(database, backups.evidence, target)

    assert not target.folder.exists()


async def test_the_schedule_creates_a_backup_when_the_newest_is_too_old(
    database: AsyncEngine, backups: Backups
) -> None:
    clock = [NOON]
    schedule = BackupSchedule(
        database,
        backups.evidence,
        backups.target,
        every=timedelta(hours=24),
        now=lambda: clock[0],
    )

    created = [await schedule.back_up_if_due()]
    [backup] = list_backups(backups.target.folder)
    clock[0] = read_manifest(backup).taken_at + timedelta(hours=23)
    created.append(await schedule.back_up_if_due())
    clock[0] += timedelta(hours=2)
    created.append(await schedule.back_up_if_due())

    assert created == [True, False, True]
