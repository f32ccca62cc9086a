"""The outbox: what was put stays until its receipt, over every kill and every full disk."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing as let_go
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge.errors import OutboxError, OutboxFullError
from edge.outbox.alert_revisions import closing_revision
from edge.outbox.outbox import Outbox, PendingUpload
from pipeline.alert import Change, CloseReason
from pipeline.signal import Level
from pipeline.wire import Receipt, Rejection, decode_alert
from tests.messages import NOON, a_message


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path, "boot-a")
    yield box
    box.close()


def put(outbox: Outbox, *numbers: int) -> None:
    outbox.put([a_message(number) for number in numbers], decided_at=NOON)


def filled(outbox: Outbox, *changes: Change) -> int:
    """Put alerts, each with ``changes``, until one does not fit; give its number."""
    for number in range(10, 1000):
        life = [a_message(number, change=change, rev=i) for i, change in enumerate(changes, 1)]
        try:
            outbox.put(life, decided_at=NOON)
        except OutboxFullError:
            return number
    pytest.fail("it never fills up")


def seqs(outbox: Outbox) -> list[tuple[str, int]]:
    return [(row.boot_id, row.seq) for row in outbox.next_rows(limit=1000)]


def test_rows_are_numbered_from_one_and_carry_the_boot(outbox: Outbox) -> None:
    put(outbox, 1, 2)
    put(outbox, 3)

    rows = outbox.next_rows(limit=10)

    assert [decode_alert(row.payload).seq for row in rows] == [1, 2, 3]
    assert {decode_alert(row.payload).bootid for row in rows} == {"boot-a"}
    assert rows[0].topic == "gw/v1/demo/market/box-1/up/alert/crowd_gathering/north-gate"


def test_a_receipt_deletes_what_it_names_and_nothing_else(outbox: Outbox) -> None:
    put(outbox, 1, 2, 3, 4, 5)

    outbox.apply_receipts([Receipt(boot_id="boot-a", acked_seq=2, also=(4,))])
    outbox.apply_receipts([Receipt(boot_id="boot-b", acked_seq=5)])

    assert seqs(outbox) == [("boot-a", 3), ("boot-a", 5)]
    assert outbox.counters()["receipted"] == 3


def test_a_rejected_row_is_kept_and_counted_but_not_sent(outbox: Outbox) -> None:
    put(outbox, 1, 2)

    refused = Receipt(
        boot_id="boot-a", acked_seq=2, rejected=(Rejection(seq=1, reason="conflict"),)
    )
    outbox.apply_receipts([refused, refused])

    assert seqs(outbox) == []
    assert outbox.depth().rejected == 1
    assert outbox.counters() == {"receipted": 1, "rejected": 1, "written": 2}


def test_an_old_boot_is_settled_by_its_own_numbers(tmp_path: Path) -> None:
    first = Outbox(tmp_path, "boot-a")
    put(first, 1, 2)
    first.close()
    second = Outbox(tmp_path, "boot-b")
    put(second, 3)

    second.apply_receipts([Receipt(boot_id="boot-a", acked_seq=2)])

    assert seqs(second) == [("boot-b", 1)]
    second.close()


def test_alerts_left_open_are_closed_by_the_next_run(outbox: Outbox) -> None:
    put(outbox, 1, 2)
    outbox.put([a_message(2, change=Change.CLOSED, rev=2)], decided_at=NOON)

    [left] = outbox.open_alerts()
    outbox.put([closing_revision(left, CloseReason.NODE_RESTART)], decided_at=NOON)

    [last] = [decode_alert(row.payload) for row in outbox.next_rows(limit=1, newest=1)]
    assert (last.change, last.data.rev) == (Change.CLOSED, 2)
    assert last.data.close_reason is CloseReason.NODE_RESTART
    assert last.data.closed_at == left.data.observed_at
    assert outbox.open_alerts() == []


def test_what_waits_is_read_in_the_order_of_importance(outbox: Outbox) -> None:
    told = [
        a_message(1, level=Level.MINOR),
        a_message(2, level=Level.CRITICAL, change=Change.UPDATED, rev=2),
        a_message(3, level=Level.CRITICAL, change=Change.CLOSED, rev=3),
        a_message(4, level=Level.CRITICAL),
        a_message(5, level=Level.CRITICAL, exercise=True),
        a_message(6, level=Level.CRITICAL),
        a_message(7, level=Level.INFO, change=Change.UPDATED, rev=2),
    ]
    outbox.put(told, decided_at=NOON)

    assert [row.seq for row in outbox.next_rows(limit=10)] == [4, 6, 3, 2, 1, 7, 5]
    assert [row.seq for row in outbox.next_rows(limit=2, exclude={4, 3})] == [6, 2]


def test_some_of_what_is_read_is_the_newest_whatever_it_tells(outbox: Outbox) -> None:
    outbox.put([a_message(n, level=Level.CRITICAL) for n in range(1, 9)], decided_at=NOON)
    outbox.put([a_message(n, level=Level.INFO) for n in (9, 10)], decided_at=NOON)

    assert [row.seq for row in outbox.next_rows(limit=4, newest=1)] == [1, 2, 3, 10]
    assert [row.seq for row in outbox.next_rows(limit=4, newest=1, exclude={10, 1})] == [2, 3, 4, 9]
    assert [row.seq for row in outbox.next_rows(limit=20, newest=2)] == list(range(1, 11))


def test_rows_of_an_earlier_version_are_still_sent(tmp_path: Path) -> None:
    old = Outbox(tmp_path, "boot-a")
    put(old, 1, 2)
    old.close()
    with let_go(sqlite3.connect(tmp_path / "outbox.db")) as db:
        db.execute("DROP INDEX message_by_importance")
        db.execute("ALTER TABLE message DROP COLUMN rank")

    new = Outbox(tmp_path, "boot-b")
    put(new, 3)

    assert seqs(new) == [("boot-b", 1), ("boot-a", 1), ("boot-a", 2)]
    new.close()


def test_evidence_waits_in_the_same_transaction(outbox: Outbox) -> None:
    picture = PendingUpload("ab" * 32, "image/jpeg")

    outbox.put([a_message(1)], decided_at=NOON, uploads=[picture, picture])

    assert outbox.pending_uploads(limit=5) == [picture]
    outbox.mark_uploaded(picture.sha256)
    assert outbox.depth() == (1, 0, 0)


def test_a_full_outbox_sheds_updates_first_and_counts_them(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "boot-a", max_bytes=200_000)

    number = filled(outbox, Change.OPENED, Change.UPDATED)

    kept = Counter(decode_alert(r.payload).change for r in outbox.next_rows(limit=5000))
    assert kept[Change.OPENED] == number - 10
    assert outbox.counters()["updates_shed"] == number - 10 - kept[Change.UPDATED]
    outbox.close()


def test_a_full_outbox_sheds_rejected_rows_before_anything_that_waits(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "boot-a", max_bytes=200_000)
    put(outbox, 1, 2)
    refused = tuple(Rejection(seq=seq, reason="no") for seq in (1, 2))
    outbox.apply_receipts([Receipt(boot_id="boot-a", acked_seq=0, rejected=refused)])

    filled(outbox, Change.OPENED)

    assert outbox.depth().rejected == 0
    assert outbox.counters()["rejected_shed"] == 2
    outbox.close()


def test_after_a_full_disk_numbers_go_on_without_a_hole(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, "boot-a", max_bytes=200_000)
    number = filled(outbox, Change.OPENED)
    outbox.apply_receipts([Receipt(boot_id="boot-a", acked_seq=number - 10)])

    put(outbox, number)

    assert seqs(outbox) == [("boot-a", number - 9)]
    outbox.close()


def test_a_file_that_is_no_outbox_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"x" * 5000)

    with pytest.raises(OutboxError, match="file is not a database"):
        Outbox(tmp_path, "boot-a")


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(OutboxError, match="key `data` in edge"):
        Outbox(tmp_path / "data", "boot-a")


def test_many_threads_may_write(outbox: Outbox) -> None:
    threads = [threading.Thread(target=put, args=(outbox, n, n + 100)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [seq for _, seq in seqs(outbox)] == list(range(1, 17))


@dataclass
class Sent:
    """What the model knows of a message."""

    boot: str
    seq: int
    number: int


class OutboxLife(RuleBasedStateMachine):
    """Writes, receipts in any order, doubled and late, and kills between any two of them."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._boots = 0
        self._number = 0
        self._waiting: list[Sent] = []
        self._rejected = 0
        self._outbox = self._started()

    def _started(self) -> Outbox:
        self._boots += 1
        self._seq = 0
        return Outbox(Path(self._folder.name), f"boot-{self._boots}")

    @rule(count=st.integers(1, 4))
    def put(self, count: int) -> None:
        numbers = range(self._number + 1, self._number + count + 1)
        put(self._outbox, *numbers)
        for number in numbers:
            self._seq += 1
            self._waiting.append(Sent(self._outbox.boot_id, self._seq, number))
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
        name, refused = f"boot-{boot}", (Rejection(seq=seq, reason="no"),)
        self._outbox.apply_receipts([Receipt(boot_id=name, acked_seq=0, rejected=refused)])
        left = [s for s in self._waiting if (s.boot, s.seq) != (name, seq)]
        self._rejected += len(self._waiting) - len(left)
        self._waiting = left

    @rule()
    def kill(self) -> None:
        self._outbox.close()
        self._outbox = self._started()

    @invariant()
    def exactly_what_has_no_receipt_waits_in_its_order(self) -> None:
        rows = self._outbox.next_rows(limit=1000)
        assert [(r.boot_id, r.seq) for r in rows] == [(s.boot, s.seq) for s in self._waiting]
        assert [decode_alert(r.payload).id for r in rows] == [
            a_message(s.number).id for s in self._waiting
        ]
        assert self._outbox.depth() == (len(self._waiting), 0, self._rejected)

    @invariant()
    def every_message_is_accounted_for(self) -> None:
        tally = self._outbox.counters()
        gone = tally.get("receipted", 0) + tally.get("rejected", 0)
        assert tally.get("written", 0) == self._number == gone + len(self._waiting)

    def teardown(self) -> None:
        self._outbox.close()
        self._folder.cleanup()


TestOutboxLife = OutboxLife.TestCase
LIVES = settings.default.max_examples * 2 // 5  # type: ignore[union-attr]
TestOutboxLife.settings = settings(max_examples=LIVES, stateful_step_count=20, deadline=None)


def test_the_file_has_a_write_ahead_log(tmp_path: Path) -> None:
    Outbox(tmp_path, "boot-a").close()

    with sqlite3.connect(tmp_path / "outbox.db") as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()
