"""Wait for real threads and processes, with a deadline."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], seconds: float = 15) -> None:
    """Wait until ``condition()`` is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not true after {seconds} s"
        time.sleep(0.02)
