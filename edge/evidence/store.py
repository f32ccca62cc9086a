"""Evidence on the disk until the centre has it: whole files, within limits, the least needed first.

Sealed originals lie apart: they are never uploaded, and are the first to go.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import get_ident
from typing import Literal

import structlog

from edge.evidence.unsealing import SEALED_SUFFIX
from edge.health.counters import Counters
from edge.outbox.disk import rename_durably

log = structlog.get_logger()

EvidenceKind = Literal["snapshot", "clip", "original"]
CLIPS, ORIGINALS = "clips", "originals"
PART_SUFFIX = ".part"
DELETED_FIRST: Mapping[EvidenceKind, tuple[EvidenceKind, ...]] = {
    "snapshot": ("original", "clip"),
    "clip": ("original",),
    "original": ("original",),
}
"""What is deleted for a new file, in this order, the oldest first."""
MIN_CLOCK_JUMP_S = 60.0
"""By how much a clock must part from the steady one to have been set, and not just kept."""
UPLOADED_KINDS: tuple[EvidenceKind, ...] = ("snapshot", "clip")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLimits:
    """What evidence may take of the disk.

    Args:
        min_free_bytes: Bytes that it leaves to alerts.
        max_bytes: All files together.
        max_age: What the centre has not taken by then is deleted.
        original_ttl: As are originals.
    """

    min_free_bytes: int
    max_bytes: int = 1 << 62
    max_age: timedelta = timedelta(days=36_500)
    original_ttl: timedelta = timedelta(hours=72)


class EvidenceStore:
    """Files named by their content; a power cut leaves each whole or not at all.

    What has to go is counted: first originals, then clips, the oldest first, then new snapshots.
    Only age takes a snapshot that an alert already names.

    Args:
        folder: Made if it is not there.
        originals: Where sealed originals are; by default inside of it.
    """

    def __init__(
        self,
        folder: Path,
        counters: Counters,
        limits: EvidenceLimits,
        *,
        originals: Path | None = None,
    ) -> None:
        self._folder, self._counters, self._limits = folder, counters, limits
        self._ages = FileAges(
            lambda: (file for kind in self._folders for file in self._oldest(kind))
        )
        self._folders: Mapping[EvidenceKind, Path] = {
            "snapshot": folder,
            "clip": folder / CLIPS,
            "original": originals or folder / ORIGINALS,
        }
        folder.mkdir(parents=True, exist_ok=True)

    def temporary_file(self, name: str) -> Path:
        """Name a file to write into, on the same disk; ``put_clip`` or ``expire`` ends it."""
        self._folders["clip"].mkdir(exist_ok=True)
        return self._folders["clip"] / f"{name}{PART_SUFFIX}"

    def make_room(self, kind: EvidenceKind, size: int) -> bool:
        """Make room, if it can be had, by what ``DELETED_FIRST``."""
        if self._fits(size):
            return True
        for less in DELETED_FIRST[kind]:
            for file in self._oldest(less):
                self._delete(file, f"{less}s_shed")
                if self._fits(size):
                    return True
        self._counters.add(f"{kind}s_shed")
        log.warning("evidence_shed", kind=kind, reason="disk_low")
        return False

    def put(self, name: str, content: bytes) -> None:
        """Write a snapshot.

        Raises:
            OSError: The disk does not take it.
        """
        self._put(self._folder / name, name, content)

    def put_original(self, name: str, sealed: bytes) -> None:
        """Write the sealed original of ``name``, which is on the disk already.

        Raises:
            OSError: The disk does not take it.
        """
        folder = self._folders["original"]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._put(folder / f"{name}{SEALED_SUFFIX}", name, sealed)

    def put_clip(self, part: Path, name: str) -> None:
        """Give a clip that has been written its name.

        Raises:
            OSError: The disk does not take it.
        """
        rename_durably(part, part.with_name(name))

    def read(self, name: str) -> bytes | None:
        """Read a file; ``None`` if it is gone."""
        for file in self._places(name):
            try:
                return file.read_bytes()
            except FileNotFoundError:
                continue
        return None

    def delete(self, name: str) -> None:
        """Delete a file that the centre has."""
        for file in self._places(name):
            file.unlink(missing_ok=True)

    def delete_unfinished(self, wanted: Collection[str]) -> None:
        """Delete what an earlier run has begun, or has made and not written down."""
        for kind, folder in self._folders.items():
            for file in folder.iterdir() if folder.is_dir() else ():
                unwanted = file.name not in wanted and kind != "original"
                if file.is_file() and (unwanted or file.suffix == PART_SUFFIX):
                    file.unlink()

    def expire(self, now: datetime, *, monotonic_s: float) -> None:
        """Delete what has waited for too long, and originals whose time is over.

        Args:
            monotonic_s: Seconds that only grow: setting the clock ages nothing.
        """
        self._ages.update(now, monotonic_s=monotonic_s)
        self._expire("clip", now - self._limits.max_age, "clips_shed")
        self._expire("snapshot", now - self._limits.max_age, "snapshots_shed")
        self._expire("original", now - self._limits.original_ttl, "originals_expired")

    def _expire(self, kind: EvidenceKind, last: datetime, count: str) -> None:
        for file in self._oldest(kind):
            if written_at(file) < last.timestamp():
                self._delete(file, count)

    def _delete(self, file: Path, count: str) -> None:
        file.unlink(missing_ok=True)
        self._counters.add(count)
        log.warning("evidence_shed", file=file.name, reason=count)

    def _fits(self, size: int) -> bool:
        free = shutil.disk_usage(self._folder).free
        used = sum(_size(file) for kind in self._folders for file in self._oldest(kind))
        limits = self._limits
        return free - size >= limits.min_free_bytes and used + size <= limits.max_bytes

    def _places(self, name: str) -> Iterator[Path]:
        """Where a file that may be uploaded lies."""
        return (self._folders[kind] / name for kind in UPLOADED_KINDS)

    def _oldest(self, kind: EvidenceKind) -> list[Path]:
        """List the whole files of a kind, the oldest first."""
        folder = self._folders[kind]
        listed = folder.iterdir() if folder.is_dir() else ()
        files = [each for each in listed if each.is_file() and each.suffix != PART_SUFFIX]
        files = [each for each in files if kind != "original" or each.suffix == SEALED_SUFFIX]
        return sorted(files, key=lambda file: (written_at(file), file.name))

    @staticmethod
    def _put(file: Path, name: str, content: bytes) -> None:
        part = file.with_name(
            f"{name}.{get_ident()}{PART_SUFFIX}"
        )  # another camera may have the same
        try:
            part.write_bytes(content)
            rename_durably(part, file)
        finally:
            part.unlink(missing_ok=True)  # half a file is of no use, and takes room


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


class FileAges:
    """Dates files anew when the clock was set; asked every now and then.

    Args:
        files: Lists the files, at each call anew.
    """

    def __init__(self, files: Callable[[], Iterable[Path]]) -> None:
        self._files = files
        self._last: tuple[float, float] | None = None

    def update(self, now: datetime, *, monotonic_s: float) -> None:
        """Take the time.

        Args:
            monotonic_s: Seconds that only grow, whatever the clock is set to.
        """
        at = now.timestamp()
        then, steady_then = self._last or (at, monotonic_s)
        self._last = at, monotonic_s
        passed = monotonic_s - steady_then
        jump = at - then - passed
        if abs(jump) > MIN_CLOCK_JUMP_S:
            log.warning("clock_set", seconds=round(jump))
            self._date_anew(jump, new=(at - passed, at))

    def _date_anew(self, jump: float, *, new: tuple[float, float]) -> None:
        for file in self._files():
            written = written_at(file)
            if not new[0] <= written <= new[1]:  # those are of the new clock already
                with suppress(FileNotFoundError):
                    os.utime(file, (written + jump, written + jump))


def written_at(file: Path) -> float:
    """When ``file`` was written, in seconds since 1970; 0 if it is gone."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
