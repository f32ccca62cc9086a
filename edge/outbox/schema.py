"""The outbox's tables, and the statements that several of its moves share."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path

from pipeline.alert import Change
from pipeline.signal import Level
from pipeline.wire import AlertMessage, Receipt

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
"""Both indexes end in ``n`` and answer alone: ``rejected`` lies behind a row's long payload."""
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
"""Notes of this name and a camera's: when the centre last confirmed an exercise of it."""
MATCHING_ROW = "SELECT 1 FROM message m WHERE m.boot_id = exercise.boot_id AND m.seq = exercise.seq"
PAGE_BYTES = 4096
CHANGE_ORDER = (Change.OPENED, Change.CLOSED, Change.UPDATED)
"""From what must be known first: an end tells all that the updates before it did."""
DRILL_OFFSET = len(Level) * len(CHANGE_ORDER)


def open_database(file: Path, max_bytes: int) -> sqlite3.Connection:
    """Open the outbox's file, made if it is not there; each commit is on the disk.

    It is this connection's alone. Shared, its index would be a file in memory, and to touch a
    part of that which a full disk does not hold kills the process (SIGBUS).
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
    """Let what an earlier version has left wait behind what is new, but for its newest."""
    columns = {name for _, name, *_ in db.execute("PRAGMA table_info(message)")}
    if columns and "rank" not in columns:
        db.execute(f"ALTER TABLE message ADD COLUMN rank INTEGER NOT NULL DEFAULT {DRILL_OFFSET}")


def message_rank(message: AlertMessage) -> int:
    """Say how long a message can wait: worse ones less, then those that open; drills longest."""
    worst = max(level.rank for level in Level)
    told = (worst - message.data.level.rank) * len(CHANGE_ORDER) + CHANGE_ORDER.index(
        message.change
    )
    return told + DRILL_OFFSET if message.data.drill else told


def select_most_important(
    db: sqlite3.Connection, limit: int, exclude: Collection[int]
) -> list[int]:
    """Choose rows that wait, by rank; of equals the oldest."""
    return _take_ids(
        db.execute("SELECT n FROM message WHERE rejected IS NULL ORDER BY rank, n"), limit, exclude
    )


def select_newest(db: sqlite3.Connection, limit: int, exclude: Collection[int]) -> list[int]:
    """Choose rows that wait, the newest first."""
    return _take_ids(
        db.execute("SELECT n FROM message WHERE rejected IS NULL ORDER BY n DESC"), limit, exclude
    )


def _take_ids(rows: Iterable[tuple[int]], limit: int, exclude: Collection[int]) -> list[int]:
    """Read no further than it takes."""
    return list(islice((n for (n,) in rows if n not in exclude), limit))


def mark_rejected(db: sqlite3.Connection, receipt: Receipt) -> int:
    """Mark the rows that the centre has refused; give how many."""
    return sum(
        db.execute(
            "UPDATE message SET rejected = ? WHERE boot_id = ? AND seq = ? AND rejected IS NULL",
            (each.reason, receipt.boot_id, each.seq),
        ).rowcount
        for each in receipt.rejected
    )


def delete_receipted(db: sqlite3.Connection, receipt: Receipt) -> int:
    """Delete the rows that the centre has committed; give how many."""
    row = "DELETE FROM message WHERE rejected IS NULL AND boot_id = ? AND seq"
    done = db.execute(f"{row} <= ?", (receipt.boot_id, receipt.acked_seq)).rowcount
    return done + sum(
        db.execute(f"{row} = ?", (receipt.boot_id, seq)).rowcount for seq in receipt.also
    )


def has_row(db: sqlite3.Connection, boot_id: str, seq: int, *, rejected: bool = False) -> bool:
    """Tell whether a row waits for its receipt, or is kept because it was refused."""
    row = db.execute(
        "SELECT rejected IS NOT NULL FROM message WHERE boot_id = ? AND seq = ?", (boot_id, seq)
    ).fetchone()
    return row is not None and bool(row[0]) == rejected


def count_waiting(db: sqlite3.Connection, boot_id: str, first: int, last: int) -> int:
    """Count the rows of a boot that wait, from number to number."""
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
    """Write notes down, each in place of the last of its name."""
    db.executemany("INSERT OR REPLACE INTO note VALUES (?, ?)", sorted(notes.items()))


def insert_drill(db: sqlite3.Connection, boot_id: str, seq: int, camera: str) -> None:
    """Remember that a row is an exercise."""
    db.execute("INSERT INTO exercise VALUES (?, ?, ?)", (boot_id, seq, camera))


def confirm_drills(db: sqlite3.Connection, receipt: Receipt) -> None:
    """Note the cameras whose exercises a receipt has just confirmed, at the time it tells.

    Call it when the receipt's rows are deleted and marked. A refused one proves nothing.
    """
    db.execute(f"DELETE FROM exercise WHERE EXISTS ({MATCHING_ROW} AND m.rejected IS NOT NULL)")  # noqa: S608  # our constant
    gone = db.execute(
        f"DELETE FROM exercise WHERE NOT EXISTS ({MATCHING_ROW}) RETURNING camera"  # noqa: S608  # the same
    ).fetchall()
    if isinstance(receipt.at, datetime):
        write_notes(db, {DRILL_CONFIRMED + camera: receipt.at.isoformat() for (camera,) in gone})
