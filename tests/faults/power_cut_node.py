"""A node that loses power repeatedly while it writes to its outbox.

``python -m tests.faults.power_cut_node FOLDER N``: N times, a process group writes alerts, applies
receipts, records each finished step in a journal, and is killed at a random moment. After each kill
the outbox is compared with the journal. A kill does not lose the page cache of the kernel; SQLite's
``synchronous = FULL`` ensures that each commit is also on the disk.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np

from edge.outbox.outbox import Outbox, PendingUpload
from pipeline.wire import Receipt, decode_alert
from tests.messages import NOON, make_message

MAX_RUN_S = 0.1
"""Longest time from the first commit of a process to its end."""
ALERTS_PER_RECEIPT = 3
RowKey = tuple[str, int]
"""Boot id and sequence number of a row."""


@dataclass
class Journal:
    """The steps that the killed processes finished, one line each, synced to the disk."""

    file: Path
    written: dict[RowKey, str] = field(default_factory=dict)
    started: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)

    def read(self) -> None:
        for line in self.file.read_text().splitlines():
            step, boot, seq, message = line.split()
            match step:
                case "written":
                    self.written[boot, int(seq)] = message
                case "started":
                    self.started[boot] = int(seq)
                case "applied":
                    self.applied[boot] = int(seq)

    def errors(self, waiting: dict[RowKey, str]) -> list[str]:
        """Return the rows that the outbox has lost, and those that reappeared when done."""
        lost = [
            f"lost: {key}"
            for key, message in self.written.items()
            if key[1] > self.started.get(key[0], 0) and waiting.get(key) != message
        ]
        return lost + [
            f"reappeared: {key}" for key in waiting if key[1] <= self.applied.get(key[0], 0)
        ]


def main() -> int:
    """Cut the power, and print the counts and errors as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("cuts", type=int)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(arguments.folder / "journal")
    random = np.random.Generator(np.random.PCG64(arguments.cuts))
    journal.file.touch()
    errors: list[str] = []
    unrecorded: set[RowKey] = set()
    for cut in range(arguments.cuts):
        _write_and_kill(arguments.folder, journal.file, f"boot-{cut}", random.random() * MAX_RUN_S)
        journal.read()
        waiting, inconsistencies = _read_outbox(arguments.folder)
        unrecorded |= set(waiting) - set(journal.written)
        errors += [*journal.errors(waiting), *inconsistencies]
    summary = {
        "cuts": arguments.cuts,
        "written": len(journal.written),
        "applied": sum(journal.applied.values()),
        "cut_between_commit_and_record": len(unrecorded),
        "errors": errors,
    }
    print(json.dumps(summary))  # noqa: T201  # read by the test
    return int(bool(errors))


def _write_and_kill(folder: Path, journal: Path, boot: str, seconds: float) -> None:
    """Start a process that writes, and kill its process group."""
    before = journal.stat().st_size
    child = os.fork()
    if child == 0:
        os.setsid()
        _write(folder, journal, boot)
    while journal.stat().st_size == before:
        time.sleep(0.0005)
    time.sleep(seconds)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _write(folder: Path, journal: Path, boot: str) -> None:
    """Write alerts and apply receipts until killed."""
    outbox = Outbox(folder, boot, reserve_bytes=0)
    file = os.open(journal, os.O_WRONLY | os.O_APPEND)

    def record(step: str, seq: int, message: str = "-") -> None:
        os.write(file, f"{step} {boot} {seq} {message}\n".encode())
        os.fsync(file)

    first = outbox.counters().get("written", 0) + 1
    for seq, number in enumerate(count(first), 1):
        message = make_message(number)
        picture = PendingUpload(f"{number:064x}", "image/jpeg")
        outbox.put([message], decided_at=NOON, uploads=[picture])
        record("written", seq, message.id)
        if seq % ALERTS_PER_RECEIPT == 0:
            record("started", seq - 1)
            outbox.apply_receipts([Receipt(boot_id=boot, acked_seq=seq - 1)])
            record("applied", seq - 1)


def _read_outbox(folder: Path) -> tuple[dict[RowKey, str], list[str]]:
    """Return the rows that the next start finds, and the inconsistencies of the outbox."""
    outbox = Outbox(folder, "reader", reserve_bytes=0)
    rows, counters, depth = outbox.next_rows(limit=1_000_000), outbox.counters(), outbox.depth()
    outbox.close()
    copies = Counter(decode_alert(row.payload).id for row in rows)
    inconsistencies = [f"doubled: {id_}" for id_, times in copies.items() if times > 1]
    if (
        counters["written"] != counters.get("receipted", 0) + len(rows)
        or counters["written"] != depth.uploads
    ):
        inconsistencies.append(f"half of a commit: {counters}, {depth}")
    return {(row.boot_id, row.seq): decode_alert(row.payload).id for row in rows}, inconsistencies


if __name__ == "__main__":
    sys.exit(main())
