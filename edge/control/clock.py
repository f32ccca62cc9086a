"""How far the box's clock is off, as receipts of the centre tell it.

A receipt says when it was sent. That was after its alert left here and before it came in, by our
own steady clock: the centre's time less our steady time lies between two bounds. Bounds of
several receipts are cut with each other (the interval method of Marzullo, 1984, as in NTP). As
they are tied to the steady clock, setting the box's clock changes the offset, and what we know
of the centre's time not at all.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self

import httpx
import structlog

from pipeline.wire import Clock

log = structlog.get_logger()

MAX_DRIFT = 50e-6
"""Seconds by which two quartz clocks may part in a second."""
DEFAULT_UNCERTAINTY_MS = 500.0
"""What a box's clock is taken to be off while nothing was compared."""


@dataclass(frozen=True, slots=True)
class OffsetBounds:
    """Between which the centre's time less our steady time lies, in seconds, as of ``at``."""

    low: float
    high: float
    at: float

    def widened(self, steady: float) -> Self:
        """Widen with what the clocks may have parted since."""
        more = max(steady - self.at, 0.0) * MAX_DRIFT
        return type(self)(self.low - more, self.high + more, steady)

    def intersection(self, other: Self) -> Self | None:
        """Give what both allow; ``None`` if they contradict each other."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return type(self)(low, high, other.at) if low <= high else None


class CentreClock:
    """The centre's time, as well as is known here; safe over threads.

    Args:
        now: The box's clock, which may be set.
        monotonic: Seconds that only grow.
    """

    def __init__(self, *, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._now, self.monotonic = now, monotonic
        self._bounds: OffsetBounds | None = None
        self._lock = threading.Lock()

    def observe(self, at: datetime, *, sent_at: float, resolution_s: float = 0.0) -> None:
        """Take the time of an answer that has just come in.

        Args:
            at: When the centre sent it, by its clock.
            sent_at: When what it answers was sent from here, by the steady clock.
            resolution_s: Seconds that ``at`` may be behind when it is told; a coarse time refines
                what is known, and never overrules it.
        """
        came, told = self.monotonic(), at.timestamp()
        if sent_at > came:
            return
        fresh = OffsetBounds(told - came, told + resolution_s - sent_at, came)
        with self._lock:
            if self._bounds is None:
                self._bounds = fresh
            elif both := self._bounds.widened(came).intersection(fresh):
                self._bounds = both
            elif not resolution_s:
                self._bounds = fresh  # the centre's own clock was set

    def now(self) -> datetime:
        """Tell the centre's time; the box's own while nothing was compared."""
        with self._lock:
            bounds = self._bounds
        if bounds is None:
            return self._now()
        return datetime.fromtimestamp((bounds.low + bounds.high) / 2 + self.monotonic(), UTC)

    def estimate(self, *, extra_ms: float = 0.0) -> Clock:
        """Say what to add to the box's times, and how sure that is.

        Args:
            extra_ms: What the times in question may be off beside the box's clock.
        """
        with self._lock:
            bounds = self._bounds
        if bounds is None:
            return Clock(
                offset_ms=0, uncertainty_ms=max(DEFAULT_UNCERTAINTY_MS, extra_ms), basis="system"
            )
        steady = self.monotonic()
        aged = bounds.widened(steady)
        offset = (aged.low + aged.high) / 2 + steady - self._now().timestamp()
        half = (aged.high - aged.low) / 2
        return Clock(
            offset_ms=round(offset * 1000, 1),
            uncertainty_ms=round(half * 1000 + extra_ms, 1),
            basis="centre",
        )


DATE_HEADER_RESOLUTION_S = 2.0
"""Seconds that the ``Date`` of an answer may be behind: whole ones, renewed once each."""
POLL_INTERVAL_S, RETRY_INTERVAL_S = 3600.0, 60.0
"""Seconds to the next question, after an answer and without one."""


class CentreTimePoller:
    """Compares clocks with whoever answers at ``url``, good to a second."""

    def __init__(self, url: str, clock: CentreClock) -> None:
        self._url, self._clock = url, clock

    def run(self, stop: threading.Event) -> None:
        """Ask until ``stop``."""
        with httpx.Client(timeout=5.0) as client:
            while not stop.is_set():
                stop.wait(POLL_INTERVAL_S if self.poll(client) else RETRY_INTERVAL_S)

    def poll(self, client: httpx.Client) -> bool:
        """Ask once; ``False`` if nobody tells the time."""
        sent = self._clock.monotonic()
        try:
            told = parsedate_to_datetime(client.head(self._url).headers.get("Date", ""))
        except (httpx.HTTPError, ValueError) as error:
            log.debug("time_untold", url=self._url, reason=str(error))
            return False
        self._clock.observe(told, sent_at=sent, resolution_s=DATE_HEADER_RESOLUTION_S)
        return True
