"""What others may ask of a camera while it runs: its next picture, and how fresh the last is."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from edge.evidence.executor import InlineExecutor
from pipeline.detection import Detections
from pipeline.frame import Frame

T = TypeVar("T")
DetectAll = Callable[[Frame], Detections]
"""Finds all that is in a frame."""


@dataclass(frozen=True, slots=True)
class _Asked(Generic[T]):
    do: Callable[[Frame, DetectAll], T]
    answer: "Future[T]"

    def answer_with(self, frame: Frame, look: DetectAll) -> None:
        if not self.answer.set_running_or_notify_cancel():
            return
        done = InlineExecutor().submit(self.do, frame, look)
        if (wrong := done.exception()) is not None:
            self.answer.set_exception(wrong)  # told to who asked; the camera goes on
        else:
            self.answer.set_result(done.result())


@dataclass(frozen=True, slots=True)
class LastFrame:
    """The last picture that was looked at.

    Args:
        processed_at_s: When that was done, by the steady clock.
        lag_s: How old it was then, by the box's clock; ``None`` for recordings.
    """

    processed_at_s: float
    lag_s: float | None


class FrameTap:
    """One camera's; safe over threads.

    Args:
        now: The clock that its pictures go by; ``None`` for recordings.
        steady: Seconds that only grow.
    """

    def __init__(self, *, now: Callable[[], datetime] | None, steady: Callable[[], float]) -> None:
        self._now, self._steady = now, steady
        self._asked: list[_Asked[object]] = []
        self._lock = threading.Lock()
        self.last: LastFrame | None = None

    def request_next(self, process: Callable[[Frame, DetectAll], T]) -> "Future[T]":
        """Call ``process`` with the next frame, in the camera's thread; cancel to give up."""
        answer: Future[T] = Future()
        with self._lock:
            self._asked.append(_Asked(process, answer))  # type: ignore[arg-type]  # answers its own
        return answer

    def push(self, frame: Frame, detect_all: DetectAll) -> None:
        """Take a picture that has been looked at."""
        lag = (self._now() - frame.at).total_seconds() if self._now else None
        self.last = LastFrame(self._steady(), lag)
        if self._asked:
            with self._lock:
                asked, self._asked = self._asked, []
            for each in asked:
                each.answer_with(frame, detect_all)
