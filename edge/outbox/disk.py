"""The data folder: its lock, the space reserved in it, and files that survive a power cut."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from edge.errors import OutboxBusyError, OutboxError

log = structlog.get_logger()


@contextmanager
def lock_data_folder(folder: Path) -> Iterator[None]:
    """Hold ``folder`` until the block ends; the kernel lets go of it if we are killed.

    Raises:
        OutboxBusyError: Another process holds it.
        OutboxError: It cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "edge.lock").open("w")
    except OSError as error:
        raise OutboxError(folder, error.strerror or str(error)) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutboxBusyError(folder, "another edge box works in it") from None
        yield


class ReservedSpace:
    """A file that is there to be deleted.

    Args:
        size: Bytes; a disk that has not so many left gives none.
    """

    def __init__(self, file: Path, size: int) -> None:
        self._file, self._size = file, size

    def allocate(self) -> None:
        """Take the room, if it can be had; what is held already stays."""
        if self._size == 0 or self._allocated() == self._size:
            return
        try:
            with self._file.open("wb") as opened:
                os.posix_fallocate(opened.fileno(), 0, self._size)
        except OSError as error:
            self._file.unlink(missing_ok=True)
            log.warning("no_reserve", file=str(self._file), reason=error.strerror)

    def release(self) -> None:
        """Give the room to whoever needs it now; the next start takes it again."""
        if self._allocated():
            self._file.unlink()
            log.warning("reserve_released", file=str(self._file))

    def _allocated(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0


def write_durably(file: Path, content: bytes) -> None:
    """Write ``content``; after a power cut the file holds it, or what it held before.

    Raises:
        OSError: The disk does not take it.
    """
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(content)
    rename_durably(part, file)


def rename_durably(part: Path, file: Path) -> None:
    """Put a written file in its place for good.

    Raises:
        OSError: The disk does not take it.
    """
    with part.open("rb") as opened:
        os.fsync(opened.fileno())
    part.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_if_exists(file: Path) -> bytes | None:
    """Read what was kept; ``None`` for nothing."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
