"""Create, check and lock the data folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from api.errors import AlreadyRunningError, DataFolderError


def prepare_folder(folder: Path, *, mode: int = 0o755) -> Path:
    """Create ``folder`` if it is missing, check that it is writable, and return its full path.

    Raises:
        DataFolderError: It cannot be created or written.
    """
    folder = folder.expanduser().absolute()
    probe = folder / ".probe"
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DataFolderError(folder, f"cannot be written ({error.strerror})") from error
    return folder


@contextmanager
def exclusive_lock(folder: Path) -> Iterator[None]:
    """Lock ``folder`` for this centre; the kernel releases the lock when the process ends.

    Raises:
        AlreadyRunningError: Another centre holds the lock.
    """
    with (folder / "central.lock").open("a") as lock:
        if not try_lock(lock, exclusive=True):
            raise AlreadyRunningError(folder)
        yield


def try_lock(file: IO[str], *, exclusive: bool) -> bool:
    """Lock ``file``, or convert the lock already held; return whether that succeeded."""
    operation = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(file, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
