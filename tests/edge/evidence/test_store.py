"""What waits on the disk: within its limits, clips first to go, every loss counted."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.evidence.store import EvidenceLimits, EvidenceStore
from edge.health.counters import Counters

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Waiting:
    """A folder with files of 100 bytes, each a minute older than the next."""

    def __init__(self, folder: Path, *, max_bytes: int = 1 << 40) -> None:
        self.folder, self.counters = folder, Counters()
        told = EvidenceLimits(min_free_bytes=0, max_age=timedelta(days=1), max_bytes=max_bytes)
        self.files = EvidenceStore(folder, self.counters, told)
        self._age = timedelta(hours=1)

    def snapshot(self, name: str) -> None:
        self.files.put(name, bytes(100))
        self._date(self.folder / name)

    def clip(self, name: str) -> None:
        part = self.files.temporary_file(name)
        part.write_bytes(bytes(100))
        self.files.put_clip(part, name)
        self._date(self.folder / "clips" / name)

    def left(self) -> set[str]:
        return {file.name for file in self.folder.rglob("*") if file.is_file()}

    def shed(self) -> tuple[float, float]:
        return self.counters.total("clips_shed"), self.counters.total("snapshots_shed")

    def _date(self, file: Path) -> None:
        at = (NOW - self._age).timestamp()
        os.utime(file, (at, at))
        self._age -= timedelta(minutes=1)


def test_the_oldest_clip_gives_way_to_a_snapshot(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path, max_bytes=400)
    waiting.snapshot("s1")
    for name in ("c1", "c2", "c3"):
        waiting.clip(name)

    assert waiting.files.make_room("snapshot", 150)
    assert waiting.left() == {"s1", "c3"}
    assert waiting.shed() == (2, 0)


def test_nothing_gives_way_to_a_clip(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path, max_bytes=200)
    waiting.snapshot("s1")
    waiting.clip("c1")

    assert not waiting.files.make_room("clip", 100)
    assert waiting.left() == {"s1", "c1"}
    assert waiting.shed() == (1, 0)


def test_snapshots_that_wait_are_kept_and_new_ones_go_without(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path, max_bytes=100)
    waiting.snapshot("s1")

    assert not waiting.files.make_room("snapshot", 100)
    assert waiting.left() == {"s1"}
    assert waiting.shed() == (0, 1)


def test_what_has_waited_for_too_long_is_deleted(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path)
    waiting.snapshot("s1")
    waiting.clip("c1")
    waiting.snapshot("s2")

    waiting.files.expire(NOW + timedelta(hours=23, seconds=90), monotonic_s=0)

    assert waiting.left() == {"s2"}
    assert waiting.shed() == (1, 1)


def test_a_clip_that_is_being_written_is_nobody_s_to_delete(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path, max_bytes=50)
    waiting.files.temporary_file("0").write_bytes(bytes(100))

    waiting.files.expire(NOW + timedelta(days=9), monotonic_s=0)
    waiting.files.make_room("snapshot", 100)

    assert waiting.left() == {"0.part"}


def test_a_new_run_keeps_only_what_is_written_down(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path)
    for name in ("s1", "s2"):
        waiting.snapshot(name)
    waiting.clip("c1")
    waiting.files.temporary_file("0").write_bytes(b"half")

    waiting.files.delete_unfinished({"s2", "c1"})

    assert waiting.left() == {"s2", "c1"}
    assert waiting.files.read("c1") == bytes(100)
    waiting.files.delete("c1")
    assert waiting.files.read("c1") is None


@pytest.mark.parametrize("jump", [timedelta(days=700), timedelta(days=-700)])
def test_setting_the_clock_ages_nothing(tmp_path: Path, jump: timedelta) -> None:
    waiting = Waiting(tmp_path)
    waiting.snapshot("s1")
    waiting.files.expire(NOW, monotonic_s=0)
    reset = NOW + jump

    waiting.files.expire(reset + timedelta(minutes=1), monotonic_s=60)
    waiting.files.expire(reset + timedelta(hours=22), monotonic_s=22 * 3600)
    assert waiting.left() == {"s1"}

    waiting.files.expire(reset + timedelta(hours=24), monotonic_s=24 * 3600)
    assert not waiting.left()


def test_what_is_written_after_the_clock_was_set_keeps_its_time(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path)
    waiting.files.expire(NOW - timedelta(days=700), monotonic_s=0)
    waiting.snapshot("s1")  # an hour before noon, by the clock as it is now

    waiting.files.expire(NOW, monotonic_s=2 * 3600)
    waiting.files.expire(NOW + timedelta(hours=22), monotonic_s=24 * 3600)
    assert waiting.left() == {"s1"}

    waiting.files.expire(NOW + timedelta(hours=24), monotonic_s=26 * 3600)
    assert not waiting.left()
