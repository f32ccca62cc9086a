"""The outbox keeps every message until its receipt, through kills and full disks."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge.errors import OutboxError, OutboxFullError
from edge.outbox.follow_up_revisions import closing_revision
from edge.outbox.outbox import Outbox, PendingUpload
from pipeline.alert import Change, CloseReason
from pipeline.signal import Level
from pipeline.wire import Receipt, Rejection, decode_alert
from tests.messages import NOON, make_message


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = Outbox(tmp_path, "boot-a")
    yield opened
    opened.close()


def put(outbox: Outbox, *numbers: int) -> None:
    outbox.put([make_message(number) for number in numbers], decided_at=NOON)


def fill_outbox(outbox: Outbox, *changes: Change) -> int:
    """Put alerts, each with ``changes``, until one does not fit; return its number."""
    for number in range(10, 1000):
        revisions = [
            make_message(number, change=change, rev=i) for i, change in enumerate(changes, 1)
        ]
        try:
            outbox.put(revisions, decided_at=NOON)
        except OutboxFullError:
            return number
    pytest.fail("the outbox never becomes full")


def waiting_rows(outbox: Outbox) -> list[tuple[str, int]]:
    return [(row.boot_id, row.seq) for row in outbox.next_rows(limit=1000)]


def test_rows_are_numbered_from_one_and_carry_the_boot(outbox: Outbox) -> None:
    put(outbox, 1, 2)
    put(outbox, 3)

    rows = outbox.next_rows(limit=10)

    assert [decode_alert(row.payload).seq for row in rows] == [1, 2, 3]
    assert {decode_alert(row.payload).bootid for row in rows} == {"boot-a"}
    assert rows[0].topic == "gw/v1/demo/market/box-1/up/alert/crowd_gathering/north-gate"


def test_a_receipt_deletes_the_rows_it_lists_and_no_others(outbox: Outbox) -> None:
    put(outbox, 1, 2, 3, 4, 5)

    outbox.apply_receipts([Receipt(boot_id="boot-a", acked_seq=2, also=(4,))])
    outbox.apply_receipts([Receipt(boot_id="boot-b", acked_seq=5)])

    assert waiting_rows(outbox) == [("boot-a", 3), ("boot-a", 5)]
    assert outbox.counters()["receipted"] == 3


def test_a_rejected_row_is_kept_and_counted_but_not_sent(outbox: Outbox) -> None:
    put(outbox, 1, 2)

    rejections = Receipt(
        boot_id="boot-a", acked_seq=2, rejected=(Rejection(seq=1, reason="conflict"),)
    )
    outbox.apply_receipts([rejections, rejections])

    assert waiting_rows(outbox) == []
    assert outbox.depth().rejected == 1
    assert outbox.counters() == {"receipted": 1, "rejected": 1, "written": 2}


def test_a_receipt_of_an_old_boot_applies_to_rows_of_that_boot(tmp_path: Path) -> None:
    first = Outbox(tmp_path, "boot-a")
    put(first, 1, 2)
    first.close()
    second = Outbox(tmp_path, "boot-b")
    put(second, 3)

    second.apply_receipts([Receipt(boot_id="boot-a", acked_seq=2)])

    assert waiting_rows(second) == [("boot-b", 1)]
    second.close()


def test_alerts_left_open_can_be_closed_by_the_next_run(outbox: Outbox) -> None:
    put(outbox, 1, 2)
    outbox.put([make_message(2, change=Change.CLOSED, rev=2)], decided_at=NOON)

    [remaining] = outbox.open_alerts()
    outbox.put([closing_revision(remaining, CloseReason.NODE_RESTART)], decided_at=NOON)

    [last] = [decode_alert(row.payload) for row in outbox.next_rows(limit=1, newest=1)]
    assert (last.change, last.data.rev) == (Change.CLOSED, 2)
    assert last.data.close_reason is CloseReason.NODE_RESTART
    assert last.data.closed_at == remaining.data.observed_at
    assert outbox.open_alerts() == []


def test_rows_are_read_in_order_of_importance(outbox: Outbox) -> None:
    messages = [
        make_message(1, level=Level.MINOR),
        make_message(2, level=Level.CRITICAL, change=Change.UPDATED, rev=2),
        make_message(3, level=Level.CRITICAL, change=Change.CLOSED, rev=3),
        make_message(4, level=Level.CRITICAL),
        make_message(5, level=Level.CRITICAL, exercise=True),
        make_message(6, level=Level.CRITICAL),
        make_message(7, level=Level.INFO, change=Change.UPDATED, rev=2),
    ]
    outbox.put(messages, decided_at=NOON)

    assert [row.seq for row in outbox.next_rows(limit=10)] == [4, 6, 3, 2, 1, 7, 5]
    assert [row.seq for row in outbox.next_rows(limit=2, exclude={4, 3})] == [6, 2]


def test_some_rows_are_the_newest_whatever_their_rank(outbox: Outbox) -> None:
    outbox.put([make_message(n, level=Level.CRITICAL) for n in range(1, 9)], decided_at=NOON)
    outbox.put([make_message(n, level=Level.INFO) for n in (9, 10)], decided_at=NOON)

    assert [row.seq for row in outbox.next_rows(limit=4, newest=1)] == [1, 2, 3, 10]
    assert [row.seq for row in outbox.next_rows(limit=4, newest=1, exclude={10, 1})] == [2, 3, 4, 9]
    assert [row.seq for row in outbox.next_rows(limit=20, newest=2)] == list(range(1, 11))


def test_rows_of_an_earlier_version_are_still_sent(tmp_path: Path) -> None:
    old = Outbox(tmp_path, "boot-a")
    put(old, 1, 2)
    old.close()
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as db:
        db.execute("DROP INDEX message_by_importance")
        db.execute("ALTER TABLE message DROP COLUMN rank")

    new = Outbox(tmp_path, "boot-b")
    put(new, 3)

    assert waiting_rows(new) == [("boot-b", 1), ("boot-a", 1), ("boot-a", 2)]
    new.close()


def test_uploads_are_stored_with_their_message(outbox: Outbox) -> None:
    upload = PendingUpload("ab" * 32, "image/jpeg")

    outbox.put([make_message(1)], decided_at=NOON, uploads=[upload, upload])

    assert outbox.pending_uploads(limit=5) == [upload]
    outbox.mark_uploaded(upload.sha256)
    assert outbox.depth() == (1, 0, 0)


def test_a_full_outbox_deletes_and_counts_updates_first(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "boot-a", max_bytes=200_000)

    number = fill_outbox(outbox, Change.OPENED, Change.UPDATED)

    rows_by_change = Counter(decode_alert(r.payload).change for r in outbox.next_rows(limit=5000))
    assert rows_by_change[Change.OPENED] == number - 10
    assert outbox.counters()["updates_shed"] == number - 10 - rows_by_change[Change.UPDATED]
    outbox.close()


def test_a_full_outbox_deletes_rejected_rows_before_waiting_ones(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "boot-a", max_bytes=200_000)
    put(outbox, 1, 2)
    rejections = tuple(Rejection(seq=seq, reason="no") for seq in (1, 2))
    outbox.apply_receipts([Receipt(boot_id="boot-a", acked_seq=0, rejected=rejections)])

    fill_outbox(outbox, Change.OPENED)

    assert outbox.depth().rejected == 0
    assert outbox.counters()["rejected_shed"] == 2
    outbox.close()


def test_after_a_full_disk_sequence_numbers_have_no_gap(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "boot-a", max_bytes=200_000)
    number = fill_outbox(outbox, Change.OPENED)
    outbox.apply_receipts([Receipt(boot_id="boot-a", acked_seq=number - 10)])

    put(outbox, number)

    assert waiting_rows(outbox) == [("boot-a", number - 9)]
    outbox.close()


def test_a_file_that_is_not_a_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"x" * 5000)

    with pytest.raises(OutboxError, match="file is not a database"):
        Outbox(tmp_path, "boot-a")


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(OutboxError, match="key `data` in edge"):
        Outbox(tmp_path / "data", "boot-a")


def test_several_threads_can_write(outbox: Outbox) -> None:
    threads = [threading.Thread(target=put, args=(outbox, n, n + 100)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [seq for _, seq in waiting_rows(outbox)] == list(range(1, 17))


@dataclass
class ExpectedRow:
    """A row that the model expects to wait."""

    boot: str
    seq: int
    number: int


class OutboxMachine(RuleBasedStateMachine):
    """Puts, receipts in any order, repeated or late, and kills in between."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._boots = 0
        self._number = 0
        self._waiting: list[ExpectedRow] = []
        self._rejected = 0
        self._outbox = self._open()

    def _open(self) -> Outbox:
        self._boots += 1
        self._seq = 0
        return Outbox(Path(self._folder.name), f"boot-{self._boots}")

    @rule(count=st.integers(1, 4))
    def put(self, count: int) -> None:
        numbers = range(self._number + 1, self._number + count + 1)
        put(self._outbox, *numbers)
        for number in numbers:
            self._seq += 1
            self._waiting.append(ExpectedRow(self._outbox.boot_id, self._seq, number))
        self._number += count

    @rule(boot=st.integers(1, 4), upto=st.integers(0, 8), also=st.sets(st.integers(1, 12)))
    def receipt(self, boot: int, upto: int, also: set[int]) -> None:
        name = f"boot-{boot}"
        self._outbox.apply_receipts([Receipt(boot_id=name, acked_seq=upto, also=tuple(also))])
        self._waiting = [
            s for s in self._waiting if s.boot != name or (s.seq > upto and s.seq not in also)
        ]

    @rule(boot=st.integers(1, 4), seq=st.integers(1, 12))
    def reject(self, boot: int, seq: int) -> None:
        name, rejections = f"boot-{boot}", (Rejection(seq=seq, reason="no"),)
        self._outbox.apply_receipts([Receipt(boot_id=name, acked_seq=0, rejected=rejections)])
        remaining = [s for s in self._waiting if (s.boot, s.seq) != (name, seq)]
        self._rejected += len(self._waiting) - len(remaining)
        self._waiting = remaining

    @rule()
    def kill(self) -> None:
        self._outbox.close()
        self._outbox = self._open()

    @invariant()
    def rows_without_a_receipt_wait_in_order(self) -> None:
        rows = self._outbox.next_rows(limit=1000)
        assert [(r.boot_id, r.seq) for r in rows] == [(s.boot, s.seq) for s in self._waiting]
        assert [decode_alert(r.payload).id for r in rows] == [
            make_message(s.number).id for s in self._waiting
        ]
        assert self._outbox.depth() == (len(self._waiting), 0, self._rejected)

    @invariant()
    def every_message_is_accounted_for(self) -> None:
        counters = self._outbox.counters()
        answered = counters.get("receipted", 0) + counters.get("rejected", 0)
        assert counters.get("written", 0) == self._number == answered + len(self._waiting)

    def teardown(self) -> None:
        self._outbox.close()
        self._folder.cleanup()


TestOutboxMachine = OutboxMachine.TestCase
EXAMPLES = settings.default.max_examples * 2 // 5  # type: ignore[union-attr]
TestOutboxMachine.settings = settings(max_examples=EXAMPLES, stateful_step_count=20, deadline=None)


def test_the_database_has_a_write_ahead_log(tmp_path: Path) -> None:
    Outbox(tmp_path, "boot-a").close()

    with sqlite3.connect(tmp_path / "outbox.db") as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()
