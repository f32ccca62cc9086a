"""A data folder belongs to one process at a time: two would number alerts alike."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.errors import OutboxBusyError, OutboxError


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
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
