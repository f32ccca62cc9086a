"""The data folder: its lock, space reserved in it, and files that survive a power cut."""

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
    """Hold an exclusive lock on ``folder`` until the block ends, creating it if needed.

    Two processes in one folder would use the same sequence numbers. The kernel releases the lock
    if the process is killed.

    Raises:
        OutboxBusyError: Another process holds the lock.
        OutboxError: The folder cannot be created or written.
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
            raise OutboxBusyError(folder, "another node process uses it") from None
        yield


class ReservedSpace:
    """A file deleted when the disk is full, so that alerts can still be written.

    Args:
        size: Bytes to reserve; nothing is reserved if the disk has less.
    """

    def __init__(self, file: Path, size: int) -> None:
        self._file, self._size = file, size

    def allocate(self) -> None:
        """Reserve the space, unless it is reserved already or the disk is too full."""
        if self._size == 0 or self._allocated() == self._size:
            return
        try:
            with self._file.open("wb") as opened:
                os.posix_fallocate(opened.fileno(), 0, self._size)
        except OSError as error:
            self._file.unlink(missing_ok=True)
            log.warning("reserve_space_failed", file=str(self._file), reason=error.strerror)

    def release(self) -> None:
        """Delete the file; the next start allocates it again."""
        if self._allocated():
            self._file.unlink()
            log.warning("reserved_space_released", file=str(self._file))

    def _allocated(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0


def write_durably(file: Path, content: bytes) -> None:
    """Write ``content`` with mode 0600; after a power cut the file is either old or new, whole.

    Raises:
        OSError: The file cannot be written.
    """
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(content)
    rename_durably(part, file)


def rename_durably(part: Path, file: Path) -> None:
    """Rename ``part`` to ``file`` and sync both the file and its folder.

    Raises:
        OSError: The file cannot be synced or renamed.
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
    """Return the content of ``file``; ``None`` if there is no such file."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
