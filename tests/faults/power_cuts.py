"""A node that loses power again and again while it writes to its outbox.

``python -m tests.faults.power_cuts FOLDER N``: N times a process group of its own writes alerts and
takes receipts, notes on another file what it knows to be done, and is killed at a random moment of
it. After each kill the outbox is held against the notes. A kill leaves what the kernel has in its
memory; that each commit is on the disk besides is SQLite's ``synchronous = FULL``.
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

LONGEST = 0.1
"""Seconds from a process's first commit to its end, at most."""
RECEIPT_EACH = 3
Name = tuple[str, int]
"""Boot and number of a row."""


@dataclass
class Notes:
    """What the killed processes knew to be done, line by line; each is on the disk."""

    file: Path
    written: dict[Name, str] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)

    def read(self) -> None:
        for line in self.file.read_text().splitlines():
            what, boot, seq, message = line.split()
            match what:
                case "written":
                    self.written[boot, int(seq)] = message
                case "asked":
                    self.asked[boot] = int(seq)
                case "settled":
                    self.settled[boot] = int(seq)

    def wrong(self, waiting: dict[Name, str]) -> list[str]:
        """Say what is missing of the outbox, and what is in it though it was done with."""
        lost = [
            f"lost: {name}"
            for name, message in self.written.items()
            if name[1] > self.asked.get(name[0], 0) and waiting.get(name) != message
        ]
        return lost + [
            f"came back: {name}" for name in waiting if name[1] <= self.settled.get(name[0], 0)
        ]


def main() -> int:
    """Cut the power, and tell on standard output what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("cuts", type=int)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    notes, chance = Notes(asked.folder / "notes"), np.random.Generator(np.random.PCG64(asked.cuts))
    notes.file.touch()
    wrong: list[str] = []
    unnoted: set[Name] = set()
    for cut in range(asked.cuts):
        _cut_short(asked.folder, notes.file, f"boot-{cut}", chance.random() * LONGEST)
        notes.read()
        waiting, broken = _waiting(asked.folder)
        unnoted |= set(waiting) - set(notes.written)
        wrong += [*notes.wrong(waiting), *broken]
    told = {
        "cuts": asked.cuts,
        "written": len(notes.written),
        "settled": sum(notes.settled.values()),
        "cut_between_commit_and_note": len(unnoted),
        "wrong": wrong,
    }
    print(json.dumps(told))  # noqa: T201  # its answer
    return int(bool(wrong))


def _cut_short(folder: Path, notes: Path, boot: str, seconds: float) -> None:
    """Let a process write, and kill it with all it has started."""
    before = notes.stat().st_size
    child = os.fork()
    if child == 0:
        os.setsid()
        _write(folder, notes, boot)
    while notes.stat().st_size == before:
        time.sleep(0.0005)
    time.sleep(seconds)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _write(folder: Path, notes: Path, boot: str) -> None:
    """Write and settle for ever."""
    outbox = Outbox(folder, boot, reserve_bytes=0)
    file = os.open(notes, os.O_WRONLY | os.O_APPEND)

    def note(what: str, seq: int, message: str = "-") -> None:
        os.write(file, f"{what} {boot} {seq} {message}\n".encode())
        os.fsync(file)

    first = outbox.counters().get("written", 0) + 1
    for seq, number in enumerate(count(first), 1):
        message = make_message(number)
        picture = PendingUpload(f"{number:064x}", "image/jpeg")
        outbox.put([message], decided_at=NOON, uploads=[picture])
        note("written", seq, message.id)
        if seq % RECEIPT_EACH == 0:
            note("asked", seq - 1)
            outbox.apply_receipts([Receipt(boot_id=boot, acked_seq=seq - 1)])
            note("settled", seq - 1)


def _waiting(folder: Path) -> tuple[dict[Name, str], list[str]]:
    """Read what is in the outbox as the next start would find it, and what is wrong with it."""
    outbox = Outbox(folder, "reader", reserve_bytes=0)
    rows, tally, depth = outbox.next_rows(limit=1_000_000), outbox.counters(), outbox.depth()
    outbox.close()
    told = Counter(decode_alert(row.payload).id for row in rows)
    wrong = [f"doubled: {id_}" for id_, times in told.items() if times > 1]
    if (
        tally["written"] != tally.get("receipted", 0) + len(rows)
        or tally["written"] != depth.uploads
    ):
        wrong.append(f"half of a commit: {tally}, {depth}")
    return {(row.boot_id, row.seq): decode_alert(row.payload).id for row in rows}, wrong


if __name__ == "__main__":
    sys.exit(main())
