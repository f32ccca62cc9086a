"""Who makes clips: one thread beside everything else, or whoever asks, at once."""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

NICENESS = 10
"""How far the thread stands back behind those that look at cameras."""


class InlineExecutor(Executor):
    """Works in the thread that asks, so that what follows is the same in every replay."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Do it now."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # told to who asks for the result
            future.set_exception(error)
        return future


def background_executor() -> ThreadPoolExecutor:
    """Start a thread for what can wait."""
    return ThreadPoolExecutor(1, thread_name_prefix="clips", initializer=_stand_back)


def _stand_back() -> None:
    os.nice(NICENESS)
