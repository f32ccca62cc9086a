"""Give other threads the next frame of a running camera, and report when the last one came."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from edge.fault_boundary import fulfil
from pipeline.detection import Detections
from pipeline.frame import Frame
from pipeline.motion.coverage_history import DetectionCoverage

Result = TypeVar("Result")
DetectAll = Callable[[Frame], Detections]
"""Detects everything in a frame."""


@dataclass(frozen=True, slots=True)
class _Request(Generic[Result]):
    process: Callable[[Frame, DetectAll], Result]
    future: "Future[Result]"

    def serve(self, frame: Frame, detect_all: DetectAll) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        fulfil(self.future, self.process, frame, detect_all)


@dataclass(frozen=True, slots=True)
class LastFrame:
    """The last frame that was processed.

    Args:
        processed_at_s: When it was processed, in monotonic seconds.
        lag_s: Its age at that time in seconds; ``None`` for recordings.
    """

    processed_at_s: float
    lag_s: float | None


@dataclass(frozen=True, slots=True)
class Vision:
    """What a camera can see.

    Args:
        coverage: How well the detector sees.
        learning_zones: Zones whose pixel scenarios cannot see yet, with the share known.
    """

    coverage: DetectionCoverage
    learning_zones: Mapping[str, float]


class FrameTap:
    """The frames of one camera for other threads; thread-safe.

    Args:
        now: The node's clock; ``None`` for recordings, whose frames have no age.
        monotonic: Returns monotonic seconds.

    Attributes:
        last: The last frame; ``None`` before the first.
        vision: What the camera can see, a few seconds old at most; ``None`` before the first frame.
    """

    def __init__(
        self, *, now: Callable[[], datetime] | None, monotonic: Callable[[], float]
    ) -> None:
        self._now, self._monotonic = now, monotonic
        self._requests: list[_Request[object]] = []
        self._lock = threading.Lock()
        self.last: LastFrame | None = None
        self.vision: Vision | None = None

    def request_next(self, process: Callable[[Frame, DetectAll], Result]) -> "Future[Result]":
        """Call ``process`` with the next frame, in the camera's thread; cancel to give up."""
        future: Future[Result] = Future()
        with self._lock:
            self._requests.append(_Request(process, future))  # type: ignore[arg-type]  # types match within a request
        return future

    def push(self, frame: Frame, detect_all: DetectAll) -> None:
        """Pass on a frame that was processed."""
        lag = (self._now() - frame.at).total_seconds() if self._now else None
        self.last = LastFrame(self._monotonic(), lag)
        if self._requests:
            with self._lock:
                requests, self._requests = self._requests, []
            for request in requests:
                request.serve(frame, detect_all)
