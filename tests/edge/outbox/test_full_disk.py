"""On a full disk alerts are still written, and nothing is lost."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import OutboxFullError
from edge.evidence.store import EvidenceLimits, EvidenceStore
from edge.health.counters import Counters
from edge.outbox.follow_up_revisions import close_open_alerts
from edge.outbox.outbox import Outbox
from pipeline.wire import Receipt
from tests.messages import NOON, make_message
from tests.requirements import require

KILOBYTE = 1024


def tmpfs(_: Path) -> list[str]:
    return ["-t", "tmpfs", "-o", "size=3m", "tmpfs"]


def small_blocks(folder: Path) -> list[str]:
    """A disk whose blocks are smaller than a memory page, so that a mapped file can have holes."""
    image = folder / "image"
    with image.open("wb") as file:
        file.truncate(4096 * KILOBYTE)
    program = shutil.which("mkfs.ext4") or shutil.which("mkfs.ext4", path="/usr/sbin:/sbin")
    require(program is not None, "mkfs.ext4")
    subprocess.run([str(program), "-q", "-m", "0", "-b", "1024", str(image)], check=True)
    return ["-o", "loop", str(image)]


@pytest.fixture(params=[tmpfs, small_blocks])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    require(os.geteuid() == 0, "the right to mount a small disk")
    mount = ["mount", *request.param(tmp_path), str(disk)]
    require(subprocess.run(mount, check=False).returncode == 0, "a small disk")
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


def write_evidence(files: EvidenceStore, kind: str, name: str) -> None:
    content = bytes(200 * KILOBYTE)
    match kind:
        case "snapshot":
            files.put(name, content)
        case "clip":
            part = files.temporary_file(name)
            part.write_bytes(content)
            files.put_clip(part, name)
        case _:
            files.put_original(name, content)


def put_until_full(outbox: Outbox, first: int) -> int:
    for number in range(first, 2000):
        try:
            outbox.put([make_message(number)], decided_at=NOON)
        except OutboxFullError:
            return number
    pytest.fail("the disk never becomes full")


def test_the_reserved_space_lets_alerts_be_written_on_a_full_disk(small_disk: Path) -> None:
    outbox = Outbox(small_disk, "boot-a", reserve_bytes=1024 * KILOBYTE)
    filler = fill(small_disk)

    refused_number = put_until_full(outbox, 1)

    assert refused_number > 10
    assert outbox.depth().messages == refused_number - 1
    filler.unlink()
    outbox.put([make_message(refused_number)], decided_at=NOON)
    rows = outbox.next_rows(limit=5000)
    assert [row.seq for row in rows] == list(range(1, refused_number + 1))
    outbox.apply_receipts([Receipt(boot_id="boot-a", acked_seq=refused_number)])
    assert outbox.depth().messages == 0
    outbox.close()


def test_an_outbox_on_a_full_disk_reopens_with_all_its_rows(small_disk: Path) -> None:
    outbox = Outbox(small_disk, "boot-a", reserve_bytes=256 * KILOBYTE)
    fill(small_disk)
    refused_number = put_until_full(outbox, 1)
    outbox.close()

    reopened = Outbox(small_disk, "boot-b", reserve_bytes=256 * KILOBYTE)
    close_open_alerts(reopened, NOON)

    assert reopened.depth().messages == refused_number - 1
    assert len(reopened.open_alerts()) == refused_number - 1, "a later start closes them"
    reopened.close()


def test_evidence_is_deleted_in_order_and_alerts_never(small_disk: Path) -> None:
    outbox, counters = Outbox(small_disk, "boot-a", reserve_bytes=256 * KILOBYTE), Counters()
    limits = EvidenceLimits(min_free_bytes=600 * KILOBYTE)
    files = EvidenceStore(small_disk / "evidence", counters, limits)
    for number in range(2):
        for kind in ("original", "clip", "snapshot"):
            write_evidence(files, kind, f"{kind}-{number}")
    filler, history = small_disk / "others", []
    with filler.open("wb", buffering=0) as opened:
        while files.make_room("snapshot", 50 * KILOBYTE):
            history.append([f.name.partition("-")[0] for f in small_disk.rglob("*") if f.is_file()])
            opened.write(bytes(100 * KILOBYTE))

    kinds = ["clip", "original", "snapshot"]
    counts = [[names.count(kind) for kind in kinds] for names in history]
    assert counts[0] == [2, 2, 2]
    assert counts[-1] == [0, 0, 2], "a snapshot that an alert names stays"
    for clips, originals, _ in counts:
        assert clips == 2 or originals == 0, "originals go before clips"
    assert [counters.total(f"{kind}s_shed") for kind in kinds] == [2, 2, 1]
    assert put_until_full(outbox, 1) > 10
    outbox.close()


@pytest.mark.parametrize("kind", ["snapshot", "original"])
def test_a_file_that_does_not_fit_leaves_no_partial_file(small_disk: Path, kind: str) -> None:
    files = EvidenceStore(small_disk / "evidence", Counters(), EvidenceLimits(min_free_bytes=0))
    (small_disk / "evidence" / "originals").mkdir()
    filler = fill(small_disk)
    os.truncate(filler, filler.stat().st_size - 100 * KILOBYTE)

    with pytest.raises(OSError, match="No space"):
        write_evidence(files, kind, "ab" * 32)

    assert not [file for file in (small_disk / "evidence").rglob("*") if file.is_file()]
