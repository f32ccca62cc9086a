"""Memory that nobody uses goes back to the system.

Clips and pictures come in bursts, each from a thread with an arena of its own, and glibc keeps what
lies free between what is used: a box of many cameras grew by megabytes a minute, and held nothing.
"""

import ctypes
import threading
from collections.abc import Callable

TRIM_INTERVAL_S = 30.0


def trim_memory() -> None:
    """Return free pages of all arenas; does nothing where the C library cannot."""
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def trim_memory_until(stop: threading.Event) -> None:
    """Give back every now and then, until ``stop``."""
    while not stop.wait(TRIM_INTERVAL_S):
        trim_memory()
