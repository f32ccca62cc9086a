"""The outbox's tables, and the statements that several of its moves share."""

import sqlite3
from pathlib import Path

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
    UNIQUE (boot_id, seq)
);
CREATE INDEX IF NOT EXISTS message_waiting ON message (n) WHERE rejected IS NULL;
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
PAGE_BYTES = 4096


def open_database(file: Path, max_bytes: int) -> sqlite3.Connection:
    """Open the outbox's file, made if it is not there; each commit is on the disk."""
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=10)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA max_page_count = {max_bytes // PAGE_BYTES}")
    db.executescript(SCHEMA)
    return db


def mark(db: sqlite3.Connection, receipt: Receipt) -> int:
    """Mark the rows that the centre has refused; give how many."""
    return sum(
        db.execute(
            "UPDATE message SET rejected = ? WHERE boot_id = ? AND seq = ? AND rejected IS NULL",
            (each.reason, receipt.boot_id, each.seq),
        ).rowcount
        for each in receipt.rejected
    )


def delete(db: sqlite3.Connection, receipt: Receipt) -> int:
    """Delete the rows that the centre has committed; give how many."""
    row = "DELETE FROM message WHERE rejected IS NULL AND boot_id = ? AND seq"
    done = db.execute(f"{row} <= ?", (receipt.boot_id, receipt.acked_seq)).rowcount
    return done + sum(
        db.execute(f"{row} = ?", (receipt.boot_id, seq)).rowcount for seq in receipt.also
    )


def count(db: sqlite3.Connection, name: str, n: int) -> None:
    """Add ``n`` to a durable counter."""
    if n:
        db.execute(
            "INSERT INTO tally VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
            (name, n),
        )
