"""Return unused memory to the operating system.

Clips and snapshots are made in bursts on several threads. Each thread has an allocation arena of
its own, and glibc keeps the free memory of an arena: a node with many cameras grew by megabytes
a minute without using them.
"""

import ctypes
import threading
from collections.abc import Callable

TRIM_INTERVAL_S = 30.0


def trim_memory() -> None:
    """Return the free pages of all arenas; do nothing if the C library has no ``malloc_trim``."""
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def trim_memory_until(stop: threading.Event) -> None:
    """Trim every ``TRIM_INTERVAL_S`` seconds until ``stop`` is set."""
    while not stop.wait(TRIM_INTERVAL_S):
        trim_memory()
