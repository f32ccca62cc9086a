"""Executors for clips: a low-priority thread for live cameras, the caller's own for replays."""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from edge.fault_boundary import fulfil

P = ParamSpec("P")
T = TypeVar("T")

NICENESS = 10
"""Priority of the thread below those of the cameras."""


class InlineExecutor(Executor):
    """Run tasks at once in the calling thread, so that replays are deterministic."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Run ``fn`` and return its result or error as a future that is done."""
        future: Future[T] = Future()
        fulfil(future, fn, *args, **kwargs)
        return future


def background_executor() -> ThreadPoolExecutor:
    """Return an executor with one thread of low priority."""
    return ThreadPoolExecutor(1, thread_name_prefix="clips", initializer=_lower_priority)


def _lower_priority() -> None:
    os.nice(NICENESS)
