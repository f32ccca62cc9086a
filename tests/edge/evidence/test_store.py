"""Evidence on disk: limits, which files are deleted first, counted losses."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.evidence.store import EvidenceLimits, EvidenceStore
from edge.health.counters import Counters

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class StoreWithFiles:
    """A store with files of 100 bytes, each a minute older than the next."""

    def __init__(self, folder: Path, *, max_bytes: int = 1 << 40) -> None:
        self.folder, self.counters = folder, Counters()
        limits = EvidenceLimits(min_free_bytes=0, max_age=timedelta(days=1), max_bytes=max_bytes)
        self.files = EvidenceStore(folder, self.counters, limits)
        self._age = timedelta(hours=1)

    def snapshot(self, name: str) -> None:
        self.files.put(name, bytes(100))
        self._set_time(self.folder / name)

    def clip(self, name: str) -> None:
        part = self.files.temporary_file(name)
        part.write_bytes(bytes(100))
        self.files.put_clip(part, name)
        self._set_time(self.folder / "clips" / name)

    def remaining(self) -> set[str]:
        return {file.name for file in self.folder.rglob("*") if file.is_file()}

    def shed_counts(self) -> tuple[float, float]:
        return self.counters.total("clips_shed"), self.counters.total("snapshots_shed")

    def _set_time(self, file: Path) -> None:
        at = (NOW - self._age).timestamp()
        os.utime(file, (at, at))
        self._age -= timedelta(minutes=1)


def test_the_oldest_clip_is_deleted_for_a_snapshot(tmp_path: Path) -> None:
    files = StoreWithFiles(tmp_path, max_bytes=400)
    files.snapshot("s1")
    for name in ("c1", "c2", "c3"):
        files.clip(name)

    assert files.files.make_room("snapshot", 150)
    assert files.remaining() == {"s1", "c3"}
    assert files.shed_counts() == (2, 0)


def test_nothing_is_deleted_for_a_clip(tmp_path: Path) -> None:
    files = StoreWithFiles(tmp_path, max_bytes=200)
    files.snapshot("s1")
    files.clip("c1")

    assert not files.files.make_room("clip", 100)
    assert files.remaining() == {"s1", "c1"}
    assert files.shed_counts() == (1, 0)


def test_pending_snapshots_are_kept_and_new_ones_are_refused(tmp_path: Path) -> None:
    files = StoreWithFiles(tmp_path, max_bytes=100)
    files.snapshot("s1")

    assert not files.files.make_room("snapshot", 100)
    assert files.remaining() == {"s1"}
    assert files.shed_counts() == (0, 1)


def test_files_that_wait_too_long_are_deleted(tmp_path: Path) -> None:
    files = StoreWithFiles(tmp_path)
    files.snapshot("s1")
    files.clip("c1")
    files.snapshot("s2")

    files.files.expire(NOW + timedelta(hours=23, seconds=90), monotonic_s=0)

    assert files.remaining() == {"s2"}
    assert files.shed_counts() == (1, 1)


def test_a_clip_that_is_being_written_is_not_deleted(tmp_path: Path) -> None:
    files = StoreWithFiles(tmp_path, max_bytes=50)
    files.files.temporary_file("0").write_bytes(bytes(100))

    files.files.expire(NOW + timedelta(days=9), monotonic_s=0)
    files.files.make_room("snapshot", 100)

    assert files.remaining() == {"0.part"}


def test_a_new_run_keeps_only_files_that_the_outbox_names(tmp_path: Path) -> None:
    files = StoreWithFiles(tmp_path)
    for name in ("s1", "s2"):
        files.snapshot(name)
    files.clip("c1")
    files.files.temporary_file("0").write_bytes(b"half")

    files.files.delete_unfinished({"s2", "c1"})

    assert files.remaining() == {"s2", "c1"}
    assert files.files.read("c1") == bytes(100)
    files.files.delete("c1")
    assert files.files.read("c1") is None


@pytest.mark.parametrize("jump", [timedelta(days=700), timedelta(days=-700)])
def test_setting_the_clock_makes_no_file_older(tmp_path: Path, jump: timedelta) -> None:
    files = StoreWithFiles(tmp_path)
    files.snapshot("s1")
    files.files.expire(NOW, monotonic_s=0)
    reset = NOW + jump

    files.files.expire(reset + timedelta(minutes=1), monotonic_s=60)
    files.files.expire(reset + timedelta(hours=22), monotonic_s=22 * 3600)
    assert files.remaining() == {"s1"}

    files.files.expire(reset + timedelta(hours=24), monotonic_s=24 * 3600)
    assert not files.remaining()


def test_files_written_after_the_clock_was_set_keep_their_time(tmp_path: Path) -> None:
    files = StoreWithFiles(tmp_path)
    files.files.expire(NOW - timedelta(days=700), monotonic_s=0)
    files.snapshot("s1")  # an hour before noon, by the new clock

    files.files.expire(NOW, monotonic_s=2 * 3600)
    files.files.expire(NOW + timedelta(hours=22), monotonic_s=24 * 3600)
    assert files.remaining() == {"s1"}

    files.files.expire(NOW + timedelta(hours=24), monotonic_s=26 * 3600)
    assert not files.remaining()
