"""A disk that is really full: alerts are still written, and nothing is lost over it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import OutboxFullError
from edge.outbox import Outbox
from pipeline.wire import Receipt
from tests.messages import NOON, a_message
from tests.parts import need

KILOBYTE = 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    need(mounted, "the right to mount a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as opened:
        try:
            while True:
                opened.write(bytes(4 * KILOBYTE))
        except OSError:
            return filler


def put_until_full(outbox: Outbox, first: int) -> int:
    for number in range(first, 2000):
        try:
            outbox.put([a_message(number)], decided_at=NOON)
        except OutboxFullError:
            return number
    pytest.fail("it never fills up")


def test_the_reserve_lets_alerts_through_on_a_full_disk(small_disk: Path) -> None:
    outbox = Outbox(small_disk, "boot-a", reserve_bytes=1024 * KILOBYTE)
    filler = fill(small_disk)

    stuck = put_until_full(outbox, 1)

    assert stuck > 10
    assert outbox.depth().messages == stuck - 1
    filler.unlink()
    outbox.put([a_message(stuck)], decided_at=NOON)
    rows = outbox.waiting(limit=5000)
    assert [row.seq for row in rows] == list(range(1, stuck + 1))
    outbox.settle([Receipt(boot_id="boot-a", acked_seq=stuck)])
    assert outbox.depth().messages == 0
    outbox.close()


def test_an_outbox_on_a_full_disk_opens_again_with_all_it_had(small_disk: Path) -> None:
    outbox = Outbox(small_disk, "boot-a", reserve_bytes=256 * KILOBYTE)
    fill(small_disk)
    stuck = put_until_full(outbox, 1)
    outbox.close()

    again = Outbox(small_disk, "boot-b", reserve_bytes=256 * KILOBYTE)

    assert again.depth().messages == stuck - 1
    again.close()
