"""The durable queue of alert messages and evidence uploads, in SQLite.

A row is committed before it is first published, and deleted by a receipt of the centre. When the
disk is full, rejected rows and then the oldest ``updated`` rows are deleted too: a later revision
holds the whole state of the alert.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from edge.data_folder import ReservedSpace
from edge.errors import OutboxError, OutboxFullError
from edge.outbox.schema import (
    confirm_drills,
    count_waiting,
    delete_receipted,
    has_row,
    increment_counter,
    insert_drill,
    mark_rejected,
    open_database,
    write_notes,
)
from edge.outbox.sending_order import message_rank, select_most_important, select_newest
from pipeline.alert import Change
from pipeline.wire import AlertMessage, Receipt, alert_topic, decode_alert, encode_alert

DELETE_ROWS = "DELETE FROM message WHERE n IN (SELECT n FROM message"


class OutboxRow(NamedTuple):
    """A message waiting for its receipt; the centre identifies it by ``boot_id`` and ``seq``.

    Rows sort by rank, then by age.
    """

    rank: int
    row_id: int
    boot_id: str
    seq: int
    topic: str
    payload: bytes
    decided_at: str


class PendingUpload(NamedTuple):
    """A file in the evidence folder that is not yet uploaded."""

    sha256: str
    media_type: str


class QueueDepth(NamedTuple):
    """How many messages and uploads wait, and how many messages the centre rejected."""

    messages: int
    uploads: int
    rejected: int


class Outbox:
    """The queue of one boot of a node; thread-safe.

    Args:
        folder: Folder of ``outbox.db``, on a local disk.
        boot_id: New at every start of the program.
        max_bytes: Largest size of the database.
        reserve_bytes: Disk space to reserve, released when the disk is full.

    Raises:
        OutboxError: The folder cannot be written, or the file is not an outbox.
    """

    def __init__(
        self,
        folder: Path,
        boot_id: str,
        *,
        max_bytes: int = 1 << 30,
        reserve_bytes: int = 1 << 24,
    ) -> None:
        self.boot_id = boot_id
        self._folder = folder
        self._seq = 0
        self._lock = threading.RLock()
        self._receipts_applied = threading.Condition(self._lock)
        self._listeners: list[Callable[[], None]] = []
        self._reserved = ReservedSpace(folder / "reserve", reserve_bytes)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = open_database(folder / "outbox.db", max_bytes)
            self._reserved.allocate()
        except (OSError, sqlite3.Error) as error:
            raise OutboxError(folder, str(error)) from None

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` on the writer's thread after each ``put``."""
        self._listeners.append(callback)

    def put(
        self,
        messages: Sequence[AlertMessage],
        *,
        decided_at: datetime,
        uploads: Iterable[PendingUpload] = (),
        notes: Mapping[str, str] = MappingProxyType({}),
    ) -> range:
        """Commit ``messages``, their evidence uploads and ``notes`` in one transaction.

        ``bootid`` and ``seq`` of the messages are replaced.

        Args:
            notes: Name-value pairs to store.

        Returns:
            The ``seq`` of each message, in order.

        Raises:
            OutboxFullError: Nothing was written, even after the reserved space was released and
                expendable rows were deleted.
        """
        files = tuple(uploads)
        for free_space in (self._reserved.release, self._delete_expendable_rows):
            try:
                seqs = self._put(messages, decided_at, files, notes)
                break
            except OutboxFullError:
                free_space()
        else:
            seqs = self._put(messages, decided_at, files, notes)
        for callback in self._listeners:
            callback()
        return seqs

    def next_rows(
        self, *, limit: int, newest: int = 0, exclude: Collection[int] = frozenset()
    ) -> list[OutboxRow]:
        """Return the rows to send next, sorted; rejected rows are left out.

        Args:
            limit: How many rows.
            newest: How many of them are the newest rows, whatever their rank. The others are
                the most important ones, then the oldest. So a backlog does not delay current
                alerts, and current alerts do not hold back a backlog.
            exclude: ``row_id`` of rows to leave out, as they are in flight.
        """
        with self._lock:
            new = select_newest(self._db, min(newest, limit), exclude)
            important = select_most_important(self._db, limit - len(new), {*exclude, *new})
            rows = self._db.execute(
                "SELECT rank, n, boot_id, seq, topic, payload, decided_at FROM message "
                "WHERE n IN (SELECT value FROM json_each(?))",
                (json.dumps(new + important),),
            )
            return sorted(OutboxRow(*row) for row in rows)

    def apply_receipts(self, receipts: Iterable[Receipt]) -> None:
        """Delete the rows that the centre stored; mark those that it rejected."""
        with self._transaction() as db:
            for receipt in receipts:
                increment_counter(db, "rejected", mark_rejected(db, receipt))
                increment_counter(db, "receipted", delete_receipted(db, receipt))
                confirm_drills(db, receipt)
        with self._receipts_applied:
            self._receipts_applied.notify_all()

    def wait_for_receipts(self, seqs: Iterable[int], seconds: float) -> bool:
        """Wait until the centre has answered all these rows of this boot; return whether it has."""
        with self._receipts_applied:
            return self._receipts_applied.wait_for(
                lambda: not any(has_row(self._db, self.boot_id, n) for n in seqs), seconds
            )

    def any_rejected(self, seqs: Iterable[int]) -> bool:
        """Return whether the centre rejected any of these rows of this boot."""
        with self._lock:
            return any(has_row(self._db, self.boot_id, n, rejected=True) for n in seqs)

    def count_waiting(self, boot_id: str, first: int, last: int) -> int:
        """Count the rows of a boot, from ``first`` to ``last``, that wait for a receipt."""
        with self._lock:
            return count_waiting(self._db, boot_id, first, last)

    def oldest_decided_at(self) -> datetime | None:
        """Return when the oldest waiting row was decided; ``None`` if no row waits."""
        with self._lock:
            row = self._db.execute(
                "SELECT decided_at FROM message WHERE rejected IS NULL ORDER BY n LIMIT 1"
            ).fetchone()
            return datetime.fromisoformat(row[0]) if row else None

    def notes(self) -> dict[str, str]:
        """Return all notes by name."""
        with self._lock:
            return dict(self._db.execute("SELECT name, value FROM note").fetchall())

    def open_alerts(self) -> list[AlertMessage]:
        """Return the last message of each open alert, in order of opening."""
        with self._lock:
            rows = self._db.execute("SELECT payload FROM open_alert ORDER BY alert_id")
            return [decode_alert(payload) for (payload,) in rows]

    def pending_uploads(self, *, limit: int) -> list[PendingUpload]:
        """Return files to upload, without rejected ones: snapshots before clips, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT sha256, media_type FROM upload WHERE rejected IS NULL "
                "ORDER BY media_type LIKE 'video/%', n LIMIT ?",
                (limit,),
            )
            return [PendingUpload(*row) for row in rows]

    def mark_uploaded(self, sha256: str) -> None:
        """Remove an upload that the centre has stored."""
        with self._transaction() as db:
            done = db.execute("DELETE FROM upload WHERE sha256 = ?", (sha256,)).rowcount
            increment_counter(db, "evidence_uploaded", done)

    def reject_upload(self, sha256: str, reason: str) -> None:
        """Mark an upload that the centre rejected; it is not tried again."""
        with self._transaction() as db:
            db.execute("UPDATE upload SET rejected = ? WHERE sha256 = ?", (reason, sha256))
            increment_counter(db, "evidence_rejected", 1)

    def increment(self, name: str, n: int = 1) -> None:
        """Add ``n`` to a durable counter."""
        with self._transaction() as db:
            increment_counter(db, name, n)

    def counters(self) -> dict[str, int]:
        """Return the durable counters, summed over all boots."""
        with self._lock:
            return dict(self._db.execute("SELECT name, count FROM tally ORDER BY name").fetchall())

    def depth(self) -> QueueDepth:
        """Count the waiting messages and uploads, and the rejected messages."""
        with self._lock:
            row = self._db.execute(
                "SELECT (SELECT count(*) FROM message WHERE rejected IS NULL),"
                " (SELECT count(*) FROM upload WHERE rejected IS NULL),"
                " (SELECT count(*) FROM message WHERE rejected IS NOT NULL)"
            ).fetchone()
            return QueueDepth(*row)

    def close(self) -> None:
        """Close the database; waiting rows stay in it."""
        with self._lock:
            self._db.close()

    def _put(
        self,
        messages: Sequence[AlertMessage],
        decided_at: datetime,
        uploads: Sequence[PendingUpload],
        notes: Mapping[str, str],
    ) -> range:
        with self._lock:
            with self._transaction() as db:
                for seq, message in enumerate(messages, self._seq + 1):
                    self._write(db, replace(message, bootid=self.boot_id, seq=seq), decided_at)
                db.executemany(
                    "INSERT INTO upload (sha256, media_type) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    uploads,
                )
                increment_counter(db, "written", len(messages))
                write_notes(db, notes)
            first = self._seq + 1
            self._seq += len(messages)  # after the commit, so that numbers have no gaps
            return range(first, self._seq + 1)

    def _write(self, db: sqlite3.Connection, message: AlertMessage, decided_at: datetime) -> None:
        data, payload = message.data, encode_alert(message)
        topic = alert_topic(message.node, scenario=data.scenario, camera=data.camera)
        db.execute(
            "INSERT INTO message (boot_id, seq, topic, payload, decided_at, change, rank) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self.boot_id,
                message.seq,
                topic,
                payload,
                decided_at.isoformat(),
                message.change,
                message_rank(message),
            ),
        )
        if data.drill:
            insert_drill(db, self.boot_id, message.seq, data.camera)
        if message.change is Change.CLOSED:
            db.execute("DELETE FROM open_alert WHERE alert_id = ?", (str(data.alert_id),))
        else:
            db.execute(
                "INSERT OR REPLACE INTO open_alert VALUES (?, ?)", (str(data.alert_id), payload)
            )

    def _delete_expendable_rows(self) -> None:
        """Delete old rows that are missed least.

        Rejected rows go first, since the centre has them in quarantine; then ``updated`` rows,
        since a later revision holds the whole state.
        """
        with self._transaction() as db:
            rejected = db.execute(f"{DELETE_ROWS} WHERE rejected IS NOT NULL LIMIT 100)").rowcount
            increment_counter(db, "rejected_shed", rejected)
            if not rejected:
                updates = f"{DELETE_ROWS} WHERE change = 'updated' ORDER BY n LIMIT 100)"
                increment_counter(db, "updates_shed", db.execute(updates).rowcount)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._wrap_error(error) from None
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _wrap_error(self, error: sqlite3.Error) -> OutboxError:
        full = getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
        return (OutboxFullError if full else OutboxError)(self._folder, str(error))
