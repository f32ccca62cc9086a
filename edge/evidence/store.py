"""Store evidence on disk until the centre has it, within limits; the least needed is deleted first.

Sealed originals are kept in a separate folder: they are never uploaded, and deleted first.
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

from edge.data_folder import rename_durably
from edge.evidence.unsealing import SEALED_SUFFIX
from edge.health.counters import Counters

log = structlog.get_logger()

EvidenceKind = Literal["snapshot", "clip", "original"]
CLIPS, ORIGINALS = "clips", "originals"
PART_SUFFIX = ".part"
DELETED_FIRST: Mapping[EvidenceKind, tuple[EvidenceKind, ...]] = {
    "snapshot": ("original", "clip"),
    "clip": ("original",),
    "original": ("original",),
}
"""Kinds of files deleted to make room for a kind, in this order, the oldest first."""
MIN_CLOCK_JUMP_S = 60.0
"""A larger difference to the monotonic clock means that the clock was set."""
UPLOADED_KINDS: tuple[EvidenceKind, ...] = ("snapshot", "clip")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLimits:
    """Limits of the evidence on disk.

    Args:
        min_free_bytes: Free space that is left for alerts.
        max_bytes: Total size of all files.
        max_age: Age at which files that were not uploaded are deleted.
        original_ttl: Age at which sealed originals are deleted.
    """

    min_free_bytes: int
    max_bytes: int = 1 << 62
    max_age: timedelta = timedelta(days=36_500)
    original_ttl: timedelta = timedelta(hours=72)


class EvidenceStore:
    """Files named by the SHA-256 of their content; a power cut leaves each complete or absent.

    Every file that is deleted for lack of room is counted: first originals, then clips, oldest
    first; then new snapshots are refused. A snapshot that an alert names is deleted only by age.

    Args:
        folder: Created if it does not exist.
        originals: Folder of the sealed originals; by default inside ``folder``.
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
            lambda: (file for kind in self._folders for file in self._oldest_first(kind))
        )
        self._folders: Mapping[EvidenceKind, Path] = {
            "snapshot": folder,
            "clip": folder / CLIPS,
            "original": originals or folder / ORIGINALS,
        }
        folder.mkdir(parents=True, exist_ok=True)

    def temporary_file(self, name: str) -> Path:
        """Return the path of a temporary file on the same disk, for ``put_clip``."""
        self._folders["clip"].mkdir(exist_ok=True)
        return self._folders["clip"] / f"{name}{PART_SUFFIX}"

    def make_room(self, kind: EvidenceKind, size: int) -> bool:
        """Delete files of lesser kinds until ``size`` bytes fit; return whether they do."""
        if self._fits(size):
            return True
        for lesser_kind in DELETED_FIRST[kind]:
            for file in self._oldest_first(lesser_kind):
                self._delete(file, f"{lesser_kind}s_shed")
                if self._fits(size):
                    return True
        self._counters.add(f"{kind}s_shed")
        log.warning("evidence_shed", kind=kind, reason="disk_low")
        return False

    def put(self, name: str, content: bytes) -> None:
        """Write a snapshot.

        Raises:
            OSError: The file cannot be written.
        """
        self._put(self._folder / name, name, content)

    def put_original(self, name: str, sealed: bytes) -> None:
        """Write the sealed original of the stored file ``name``.

        Raises:
            OSError: The file cannot be written.
        """
        folder = self._folders["original"]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._put(folder / f"{name}{SEALED_SUFFIX}", name, sealed)

    def put_clip(self, part: Path, name: str) -> None:
        """Rename a complete clip from its temporary file to ``name``.

        Raises:
            OSError: The file cannot be written.
        """
        rename_durably(part, part.with_name(name))

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; ``None`` if it does not exist."""
        for file in self._paths(name):
            try:
                return file.read_bytes()
            except FileNotFoundError:
                continue
        return None

    def delete(self, name: str) -> None:
        """Delete a file that was uploaded."""
        for file in self._paths(name):
            file.unlink(missing_ok=True)

    def delete_unfinished(self, pending: Collection[str]) -> None:
        """Delete the incomplete files of an earlier run, and those that are not in ``pending``.

        Args:
            pending: Names of the files that the outbox still has to upload.
        """
        for kind, folder in self._folders.items():
            for file in folder.iterdir() if folder.is_dir() else ():
                is_orphan = file.name not in pending and kind != "original"
                if file.is_file() and (is_orphan or file.suffix == PART_SUFFIX):
                    file.unlink()

    def expire(self, now: datetime, *, monotonic_s: float) -> None:
        """Delete files that are older than their limit.

        Args:
            now: The node's clock.
            monotonic_s: Monotonic seconds, so that setting the clock makes no file older.
        """
        self._ages.update(now, monotonic_s=monotonic_s)
        self._expire("clip", now - self._limits.max_age, "clips_shed")
        self._expire("snapshot", now - self._limits.max_age, "snapshots_shed")
        self._expire("original", now - self._limits.original_ttl, "originals_expired")

    def _expire(self, kind: EvidenceKind, before: datetime, counter: str) -> None:
        for file in self._oldest_first(kind):
            if written_at(file) < before.timestamp():
                self._delete(file, counter)

    def _delete(self, file: Path, counter: str) -> None:
        file.unlink(missing_ok=True)
        self._counters.add(counter)
        log.warning("evidence_shed", file=file.name, reason=counter)

    def _fits(self, size: int) -> bool:
        free = shutil.disk_usage(self._folder).free
        used = sum(_size(file) for kind in self._folders for file in self._oldest_first(kind))
        limits = self._limits
        return free - size >= limits.min_free_bytes and used + size <= limits.max_bytes

    def _paths(self, name: str) -> Iterator[Path]:
        """Return the paths that a file for upload may have."""
        return (self._folders[kind] / name for kind in UPLOADED_KINDS)

    def _oldest_first(self, kind: EvidenceKind) -> list[Path]:
        """List the complete files of a kind, oldest first."""
        folder = self._folders[kind]
        entries = folder.iterdir() if folder.is_dir() else ()
        files = [file for file in entries if file.is_file() and file.suffix != PART_SUFFIX]
        files = [file for file in files if kind != "original" or file.suffix == SEALED_SUFFIX]
        return sorted(files, key=lambda file: (written_at(file), file.name))

    @staticmethod
    def _put(file: Path, name: str, content: bytes) -> None:
        # Another camera may write the same content at the same time.
        part = file.with_name(f"{name}.{get_ident()}{PART_SUFFIX}")
        try:
            part.write_bytes(content)
            rename_durably(part, file)
        finally:
            part.unlink(missing_ok=True)  # an incomplete file is useless


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


class FileAges:
    """Keep the ages of files right when the node's clock is set, by changing their times.

    A node without a battery-backed clock starts in the past until it reaches a time server.

    Args:
        files: Lists the files.
    """

    def __init__(self, files: Callable[[], Iterable[Path]]) -> None:
        self._files = files
        self._last: tuple[float, float] | None = None

    def update(self, now: datetime, *, monotonic_s: float) -> None:
        """Compare the two clocks and, if the node's clock was set, shift the times of older files.

        Args:
            now: The node's clock.
            monotonic_s: Monotonic seconds.
        """
        at = now.timestamp()
        last_at, last_monotonic_s = self._last or (at, monotonic_s)
        self._last = at, monotonic_s
        elapsed = monotonic_s - last_monotonic_s
        jump = at - last_at - elapsed
        if abs(jump) > MIN_CLOCK_JUMP_S:
            log.warning("clock_set", seconds=round(jump))
            self._shift_times(jump, new=(at - elapsed, at))

    def _shift_times(self, jump: float, *, new: tuple[float, float]) -> None:
        for file in self._files():
            written = written_at(file)
            if not new[0] <= written <= new[1]:  # else written by the new clock
                with suppress(FileNotFoundError):
                    os.utime(file, (written + jump, written + jump))


def written_at(file: Path) -> float:
    """Return when ``file`` was written, in seconds since 1970; 0 if it does not exist."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
