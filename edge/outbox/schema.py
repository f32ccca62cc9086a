"""Tables of the outbox database and the SQL statements on them.

Table and column names are on the disks of running nodes. ``exercise`` holds drills, ``tally`` the
durable counters, ``note`` name-value pairs.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from edge.outbox.sending_order import DRILL_OFFSET
from pipeline.wire import Receipt

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    boot_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    decided_at TEXT NOT NULL,
    change TEXT NOT NULL,
    rejected TEXT,
    rank INTEGER NOT NULL,
    UNIQUE (boot_id, seq)
);
DROP INDEX IF EXISTS message_waiting;
DROP INDEX IF EXISTS message_by_rank;
CREATE INDEX IF NOT EXISTS message_by_age ON message (rejected);
CREATE INDEX IF NOT EXISTS message_by_importance ON message (rejected, rank);
CREATE TABLE IF NOT EXISTS open_alert (
    alert_id TEXT PRIMARY KEY,
    payload BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 TEXT NOT NULL UNIQUE,
    media_type TEXT NOT NULL,
    rejected TEXT
);
CREATE TABLE IF NOT EXISTS tally (
    name TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) WITHOUT ROWID;
"""
"""Both indexes end in ``n`` and cover their queries: ``rejected`` is stored behind the payload."""
DRILL_SCHEMA = """
CREATE TABLE IF NOT EXISTS note (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS exercise (
    boot_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    camera TEXT NOT NULL,
    PRIMARY KEY (boot_id, seq)
) WITHOUT ROWID;
"""
DRILL_CONFIRMED = "proven."
"""Prefix of a note, followed by the camera's name: when the centre last confirmed a drill."""
MATCHING_ROW = "SELECT 1 FROM message m WHERE m.boot_id = exercise.boot_id AND m.seq = exercise.seq"
PAGE_BYTES = 4096


def open_database(file: Path, max_bytes: int) -> sqlite3.Connection:
    """Open the database, creating it if needed; every commit is synced to disk.

    The connection holds an exclusive lock. Without it SQLite keeps the WAL index in a
    memory-mapped file, and writing to that on a full disk kills the process with SIGBUS.
    """
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA max_page_count = {max_bytes // PAGE_BYTES}")
    _add_rank(db)
    db.executescript(SCHEMA + DRILL_SCHEMA)
    return db


def _add_rank(db: sqlite3.Connection) -> None:
    """Migrate a database without ``rank``: its rows are sent after new ones."""
    columns = {name for _, name, *_ in db.execute("PRAGMA table_info(message)")}
    if columns and "rank" not in columns:
        db.execute(f"ALTER TABLE message ADD COLUMN rank INTEGER NOT NULL DEFAULT {DRILL_OFFSET}")


def mark_rejected(db: sqlite3.Connection, receipt: Receipt) -> int:
    """Mark the rows that the centre rejected; return how many."""
    return sum(
        db.execute(
            "UPDATE message SET rejected = ? WHERE boot_id = ? AND seq = ? AND rejected IS NULL",
            (rejection.reason, receipt.boot_id, rejection.seq),
        ).rowcount
        for rejection in receipt.rejected
    )


def delete_receipted(db: sqlite3.Connection, receipt: Receipt) -> int:
    """Delete the rows that the centre has stored; return how many."""
    statement = "DELETE FROM message WHERE rejected IS NULL AND boot_id = ? AND seq"
    deleted = db.execute(f"{statement} <= ?", (receipt.boot_id, receipt.acked_seq)).rowcount
    return deleted + sum(
        db.execute(f"{statement} = ?", (receipt.boot_id, seq)).rowcount for seq in receipt.also
    )


def has_row(db: sqlite3.Connection, boot_id: str, seq: int, *, rejected: bool = False) -> bool:
    """Return whether a row still waits for its receipt or, with ``rejected``, was rejected."""
    row = db.execute(
        "SELECT rejected IS NOT NULL FROM message WHERE boot_id = ? AND seq = ?", (boot_id, seq)
    ).fetchone()
    return row is not None and bool(row[0]) == rejected


def count_waiting(db: sqlite3.Connection, boot_id: str, first: int, last: int) -> int:
    """Count the waiting rows of a boot, from ``first`` to ``last``."""
    row = db.execute(
        "SELECT count(*) FROM message WHERE rejected IS NULL AND boot_id = ? "
        "AND seq BETWEEN ? AND ?",
        (boot_id, first, last),
    ).fetchone()
    return int(row[0])


def increment_counter(db: sqlite3.Connection, name: str, n: int) -> None:
    """Add ``n`` to a durable counter."""
    if n:
        db.execute(
            "INSERT INTO tally VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
            (name, n),
        )


def write_notes(db: sqlite3.Connection, notes: Mapping[str, str]) -> None:
    """Insert or replace notes."""
    db.executemany("INSERT OR REPLACE INTO note VALUES (?, ?)", sorted(notes.items()))


def insert_drill(db: sqlite3.Connection, boot_id: str, seq: int, camera: str) -> None:
    """Record that a row is a drill of ``camera``."""
    db.execute("INSERT INTO exercise VALUES (?, ?, ?)", (boot_id, seq, camera))


def confirm_drills(db: sqlite3.Connection, receipt: Receipt) -> None:
    """Note for each camera whose drill ``receipt`` confirms when the centre confirmed it.

    Call it after the rows of the receipt are deleted or marked: a drill is confirmed once its row
    is gone. A rejected drill confirms nothing.
    """
    db.execute(f"DELETE FROM exercise WHERE EXISTS ({MATCHING_ROW} AND m.rejected IS NOT NULL)")  # noqa: S608  # a constant
    confirmed = db.execute(
        f"DELETE FROM exercise WHERE NOT EXISTS ({MATCHING_ROW}) RETURNING camera"  # noqa: S608  # a constant
    ).fetchall()
    if isinstance(receipt.at, datetime):
        write_notes(
            db, {DRILL_CONFIRMED + camera: receipt.at.isoformat() for (camera,) in confirmed}
        )
