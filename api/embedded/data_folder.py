"""Folders on disk that belong to us: made, checked, and locked."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from api.errors import AlreadyRunningError, DataFolderError


def prepare_folder(folder: Path, *, mode: int = 0o755) -> Path:
    """Make ``folder`` where it is missing, and see that we can write there.

    Raises:
        DataFolderError: It cannot be made or written.
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
    """Hold ``folder`` for one centre alone; the lock dies with the process.

    Raises:
        AlreadyRunningError: Another centre holds it.
    """
    with (folder / "central.lock").open("a") as lock:
        if not try_lock(lock, exclusive=True):
            raise AlreadyRunningError(folder)
        yield


def try_lock(file: IO[str], *, exclusive: bool) -> bool:
    """Take the lock on ``file``, or change the one we have; ``False`` if others are in the way."""
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
