"""Memory that nobody uses goes back to the system.

Clips and pictures come in bursts, each from a thread with an arena of its own, and glibc keeps what
lies free between what is used: a box of many cameras grew by megabytes a minute, and held nothing.
"""

import ctypes
import threading
from collections.abc import Callable

EVERY_S = 30.0


def give_back() -> None:
    """Return free pages of all arenas; does nothing where the C library cannot."""
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def keep_small(stop: threading.Event) -> None:
    """Give back every now and then, until ``stop``."""
    while not stop.wait(EVERY_S):
        give_back()
