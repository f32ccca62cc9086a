"""Stops a PostgreSQL that nobody uses any more, however its last user ended: a program of its own.

Users of a data folder share a lock, which the kernel takes from those who were killed, too. Only
the standard library, so that it is small and starts at once.
"""

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

LOOK_EVERY_S = 1.0
STOP_WITHIN_S = 20.0


def stop_when_unused(folder: Path, pid: int, socket_folder: Path) -> None:
    """Wait until the server ``pid`` has no user left, and stop it; end with it in any case."""
    while _is_there(folder, pid):
        with (
            (folder / "start.lock").open("a") as starting,
            (folder / "users.lock").open("a") as users,
        ):
            fcntl.flock(starting, fcntl.LOCK_EX)  # nobody comes or goes meanwhile
            if _is_unused(users):
                _stop(folder, pid, socket_folder)
                return
        time.sleep(LOOK_EVERY_S)


def _is_there(folder: Path, pid: int) -> bool:
    try:
        return (folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0] == str(pid)
    except OSError:
        return False


def _is_unused(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stop(folder: Path, pid: int, socket_folder: Path) -> None:
    """Ask for a fast shutdown, at whose end the server takes its pid file away."""
    try:
        os.kill(pid, signal.SIGINT)
    except ProcessLookupError:
        return
    until = time.monotonic() + STOP_WITHIN_S
    while _is_there(folder, pid) and time.monotonic() < until:
        time.sleep(0.05)
    with suppress(OSError):
        socket_folder.rmdir()


if __name__ == "__main__":
    stop_when_unused(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
