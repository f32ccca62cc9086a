"""Evidence on the disk until the centre has it: whole files, within limits, clips go first."""

import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import get_ident
from typing import Literal

import structlog

from edge.health import Counters

log = structlog.get_logger()

Kind = Literal["snapshot", "clip"]
CLIPS = "clips"
PART = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What evidence may take of the disk.

    Args:
        keep_free: Bytes that it leaves to alerts.
        max_bytes: All files together.
        max_age: What the centre has not taken by then is deleted.
    """

    keep_free: int
    max_bytes: int = 1 << 62
    max_age: timedelta = timedelta(days=36_500)


class EvidenceFiles:
    """Files named by their content; a power cut leaves each whole or not at all.

    What has to go is counted: first clips, the oldest first, then new snapshots. Only age takes
    a snapshot that an alert already names.

    Args:
        folder: Made if it is not there.
    """

    def __init__(self, folder: Path, counters: Counters, limits: Limits) -> None:
        self._folder, self._counters, self._limits = folder, counters, limits
        folder.mkdir(parents=True, exist_ok=True)

    def part(self, name: str) -> Path:
        """Name a file to write into, on the same disk; ``keep`` or ``tidy`` ends it."""
        (self._folder / CLIPS).mkdir(exist_ok=True)
        return self._folder / CLIPS / f"{name}{PART}"

    def has_room(self, kind: Kind, size: int) -> bool:
        """Make room, if it can be had; clips give way to snapshots, to clips nothing does."""
        if self._fits(size):
            return True
        if kind == "snapshot":
            for clip in self._oldest(self._folder / CLIPS):
                self._delete(clip, "clips_shed")
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
        part = self._folder / f"{name}.{get_ident()}{PART}"  # another camera may have the same
        part.write_bytes(content)
        self._settle(part, self._folder / name)

    def keep(self, part: Path, name: str) -> None:
        """Give a clip that has been written its name.

        Raises:
            OSError: The disk does not take it.
        """
        self._settle(part, part.with_name(name))

    def read(self, name: str) -> bytes | None:
        """Read a file; ``None`` if it is gone."""
        for file in self._places(name):
            try:
                return file.read_bytes()
            except FileNotFoundError:
                continue
        return None

    def forget(self, name: str) -> None:
        """Delete a file that the centre has."""
        for file in self._places(name):
            file.unlink(missing_ok=True)

    def begin(self, wanted: Collection[str]) -> None:
        """Delete what an earlier run has begun, or has made and not written down."""
        for folder in filter(Path.is_dir, self._folders()):
            for file in folder.iterdir():
                if file.is_file() and file.name not in wanted:
                    file.unlink()

    def tidy(self, now: datetime) -> None:
        """Delete what has waited for too long."""
        last = (now - self._limits.max_age).timestamp()
        for folder, name in (
            (self._folder / CLIPS, "clips_shed"),
            (self._folder, "snapshots_shed"),
        ):
            for file in self._oldest(folder):
                if _time(file) < last:
                    self._delete(file, name)

    def _delete(self, file: Path, count: str) -> None:
        file.unlink(missing_ok=True)
        self._counters.add(count)
        log.warning("evidence_shed", file=file.name, reason=count)

    def _fits(self, size: int) -> bool:
        free = shutil.disk_usage(self._folder).free
        used = sum(_size(file) for folder in self._folders() for file in self._oldest(folder))
        limits = self._limits
        return free - size >= limits.keep_free and used + size <= limits.max_bytes

    def _folders(self) -> Iterator[Path]:
        yield self._folder
        yield self._folder / CLIPS

    def _places(self, name: str) -> Iterator[Path]:
        return (folder / name for folder in self._folders())

    @staticmethod
    def _oldest(folder: Path) -> list[Path]:
        """List the whole files of a folder, the oldest first."""
        listed = folder.iterdir() if folder.is_dir() else ()
        files = [file for file in listed if file.is_file() and file.suffix != PART]
        return sorted(files, key=lambda file: (_time(file), file.name))

    @staticmethod
    def _settle(part: Path, file: Path) -> None:
        """Put a written file in its place for good."""
        with part.open("rb") as opened:
            os.fsync(opened.fileno())
        part.replace(file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _time(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
