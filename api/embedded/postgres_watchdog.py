"""Stop the embedded PostgreSQL once nobody uses it, even if its last user was killed.

This is a program of its own. Users of a data folder share a file lock, which the kernel also
releases for a killed process. Only the standard library is imported, to keep the program small
and its start fast.
"""

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

CHECK_INTERVAL_S = 1.0
STOP_TIMEOUT_S = 20.0


def stop_when_unused(folder: Path, pid: int, socket_folder: Path) -> None:
    """Wait until the server ``pid`` has no users and stop it; return once it has ended."""
    while _is_running(folder, pid):
        with (
            (folder / "start.lock").open("a") as start_lock,
            (folder / "users.lock").open("a") as users_lock,
        ):
            fcntl.flock(start_lock, fcntl.LOCK_EX)  # no user can join or leave meanwhile
            if _is_free(users_lock):
                _stop(folder, pid, socket_folder)
                return
        time.sleep(CHECK_INTERVAL_S)


def _is_running(folder: Path, pid: int) -> bool:
    try:
        return (folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0] == str(pid)
    except OSError:
        return False


def _is_free(users_lock: IO[str]) -> bool:
    try:
        fcntl.flock(users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stop(folder: Path, pid: int, socket_folder: Path) -> None:
    """Request a fast shutdown, at the end of which the server deletes its pid file."""
    try:
        os.kill(pid, signal.SIGINT)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while _is_running(folder, pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    with suppress(OSError):
        socket_folder.rmdir()


if __name__ == "__main__":
    stop_when_unused(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
