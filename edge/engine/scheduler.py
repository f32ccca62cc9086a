"""Share inference time fairly among the cameras of a node."""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()

MAX_UTILISATION = 0.9
"""Share of the engine's time that is scheduled; the rest is for bursts."""
ACTIVE_FOR_S = 2.0
"""How long after its last request a camera counts as one that needs inferences."""
DURATION_WEIGHT = 0.1
"""Weight of the latest inference in the moving average of their duration."""
BEHIND_INTERVAL_S = 0.5
"""Interval between the inferences of a camera above which the engine counts as behind."""


class InferenceScheduler:
    """Decide which camera may run an inference now; thread-safe.

    If the cameras request more than the engine can do, each one that does gets equally many
    inferences: fewer, but never none. A camera that is refused asks again with its next frame.

    Args:
        clock: Returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._requested_at: dict[str, float] = {}
        self._due_at: dict[str, float] = {}
        self._duration_s = 0.0
        self._is_behind = False

    def may_infer(self, camera: str) -> bool:
        """Return whether a camera that needs an inference may run it now."""
        with self._lock:
            now = self._clock()
            self._requested_at[camera] = now
            interval = self._interval_s(now)
            due_at = self._due_at.get(camera, now)
            if now < due_at:
                return False
            self._due_at[camera] = max(due_at, now - interval) + interval
            return True

    @property
    def min_interval_s(self) -> float:
        """Smallest interval between two inferences of a camera at present."""
        with self._lock:
            return self._interval_s(self._clock())

    def record_duration(self, seconds: float) -> None:
        """Record how long an inference took."""
        with self._lock:
            if self._duration_s:
                self._duration_s += DURATION_WEIGHT * (seconds - self._duration_s)
            else:
                self._duration_s = seconds

    def _interval_s(self, now: float) -> float:
        active = sum(now - at < ACTIVE_FOR_S for at in self._requested_at.values())
        interval = active * self._duration_s / MAX_UTILISATION
        if self._is_behind != (interval > BEHIND_INTERVAL_S):
            self._is_behind = interval > BEHIND_INTERVAL_S
            event = "engine_behind" if self._is_behind else "engine_keeps_up"
            log.warning(event, cameras=active, seconds_between_inferences=round(interval, 2))
        return interval
