"""What lies free between what is used goes back to the system."""

import ctypes

import numpy as np
import psutil

from edge.health.memory_trim import trim_memory
from tests.parts import need

BLOCK = 64 * 1024  # below what glibc maps apart
BLOCKS = 1600


def resident() -> int:
    return int(psutil.Process().memory_info().rss)


def test_free_memory_between_what_is_used_is_given_back() -> None:
    need(hasattr(ctypes.CDLL(None), "malloc_trim"), "glibc")
    blocks = [np.ones(BLOCK, np.uint8) for _ in range(BLOCKS)]
    few = blocks[::100]
    full = resident()
    del blocks

    trim_memory()

    assert full - resident() > 0.9 * (BLOCKS - len(few)) * BLOCK
