"""Exercise alerts that the centre has confirmed: the outbox's SQL for them, and its notes."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from pipeline.wire import Receipt

SCHEMA = """
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
PROVEN = "proven."
"""Notes of this name and a camera's: when the centre last confirmed an exercise of it."""
ROW = "SELECT 1 FROM message m WHERE m.boot_id = exercise.boot_id AND m.seq = exercise.seq"


def note(db: sqlite3.Connection, notes: Mapping[str, str]) -> None:
    """Write notes down, each in place of the last of its name."""
    db.executemany("INSERT OR REPLACE INTO note VALUES (?, ?)", sorted(notes.items()))


def expect(db: sqlite3.Connection, boot_id: str, seq: int, camera: str) -> None:
    """Remember that a row is an exercise."""
    db.execute("INSERT INTO exercise VALUES (?, ?, ?)", (boot_id, seq, camera))


def take(db: sqlite3.Connection, receipt: Receipt) -> None:
    """Note the cameras whose exercises a receipt has just confirmed, at the time it tells.

    Call it when the receipt's rows are deleted and marked. A refused one proves nothing.
    """
    db.execute(f"DELETE FROM exercise WHERE EXISTS ({ROW} AND m.rejected IS NOT NULL)")  # noqa: S608  # our constant
    gone = db.execute(
        f"DELETE FROM exercise WHERE NOT EXISTS ({ROW}) RETURNING camera"  # noqa: S608  # the same
    ).fetchall()
    if isinstance(receipt.at, datetime):
        note(db, {PROVEN + camera: receipt.at.isoformat() for (camera,) in gone})
