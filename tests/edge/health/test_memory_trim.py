"""Free memory between used blocks goes back to the system."""

import ctypes

import numpy as np
import psutil

from edge.health.memory_trim import trim_memory
from tests.requirements import require

BLOCK = 64 * 1024  # below the size that glibc allocates with mmap
BLOCKS = 1600


def resident_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


def test_free_memory_between_used_blocks_is_returned() -> None:
    require(hasattr(ctypes.CDLL(None), "malloc_trim"), "glibc")
    blocks = [np.ones(BLOCK, np.uint8) for _ in range(BLOCKS)]
    kept_blocks = blocks[::100]
    before = resident_bytes()
    del blocks

    trim_memory()

    assert before - resident_bytes() > 0.9 * (BLOCKS - len(kept_blocks)) * BLOCK
