"""What others may ask of a camera while it runs: its next picture, and how fresh the last is."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from edge.evidence.executor import AtOnce
from pipeline.detection import Detections
from pipeline.frame import Frame

T = TypeVar("T")
Look = Callable[[Frame], Detections]
"""Finds all that is in a frame."""


@dataclass(frozen=True, slots=True)
class _Asked(Generic[T]):
    do: Callable[[Frame, Look], T]
    answer: "Future[T]"

    def answer_with(self, frame: Frame, look: Look) -> None:
        if not self.answer.set_running_or_notify_cancel():
            return
        done = AtOnce().submit(self.do, frame, look)
        if (wrong := done.exception()) is not None:
            self.answer.set_exception(wrong)  # told to who asked; the camera goes on
        else:
            self.answer.set_result(done.result())


@dataclass(frozen=True, slots=True)
class Glance:
    """The last picture that was looked at.

    Args:
        seen: When that was done, by the steady clock.
        lag_s: How old it was then, by the box's clock; ``None`` for recordings.
    """

    seen: float
    lag_s: float | None


class Window:
    """One camera's; safe over threads.

    Args:
        now: The clock that its pictures go by; ``None`` for recordings.
        steady: Seconds that only grow.
    """

    def __init__(self, *, now: Callable[[], datetime] | None, steady: Callable[[], float]) -> None:
        self._now, self._steady = now, steady
        self._asked: list[_Asked[object]] = []
        self._lock = threading.Lock()
        self.last: Glance | None = None

    def ask(self, do: Callable[[Frame, Look], T]) -> "Future[T]":
        """Have ``do`` called with the next picture, in the camera's thread; cancel to give up."""
        answer: Future[T] = Future()
        with self._lock:
            self._asked.append(_Asked(do, answer))  # type: ignore[arg-type]  # answers its own
        return answer

    def show(self, frame: Frame, look: Look) -> None:
        """Take a picture that has been looked at."""
        lag = (self._now() - frame.at).total_seconds() if self._now else None
        self.last = Glance(self._steady(), lag)
        if self._asked:
            with self._lock:
                asked, self._asked = self._asked, []
            for each in asked:
                each.answer_with(frame, look)
