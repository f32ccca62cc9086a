"""Estimate the offset of the node's clock from the centre's, using receipts or HTTP.

A receipt holds the time at which the centre sent it, which is after the node sent the alert and
before the receipt arrived. So the difference between the centre's clock and the node's monotonic
clock lies within two bounds. The bounds of several receipts are intersected (Marzullo's interval
method, 1984, as in NTP). As they refer to the monotonic clock, setting the node's wall clock does
not change what is known of the centre's time.
"""

import ssl
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
"""Largest drift between two quartz clocks, in seconds per second."""
DEFAULT_UNCERTAINTY_MS = 500.0
"""Assumed error of the node's clock before the first comparison."""
DATE_HEADER_RESOLUTION_S = 2.0
"""An HTTP ``Date`` is in whole seconds, and servers may update it once a second."""
POLL_INTERVAL_S, RETRY_INTERVAL_S = 3600.0, 60.0


@dataclass(frozen=True, slots=True)
class OffsetBounds:
    """Bounds of centre time minus monotonic time, in seconds, valid at monotonic time ``at``."""

    low: float
    high: float
    at: float

    def widened(self, at: float) -> Self:
        """Return the bounds at a later time, wider by the possible drift since."""
        drift = max(at - self.at, 0.0) * MAX_DRIFT
        return type(self)(self.low - drift, self.high + drift, at)

    def intersection(self, other: Self) -> Self | None:
        """Return the common part; ``None`` if there is none."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return type(self)(low, high, other.at) if low <= high else None


class CentreClock:
    """The time of the centre, as well as the node knows it; thread-safe.

    Args:
        now: Wall clock of the node, which may be set.
        monotonic: Monotonic clock in seconds.
    """

    def __init__(self, *, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._now, self.monotonic = now, monotonic
        self._bounds: OffsetBounds | None = None
        self._lock = threading.Lock()

    def observe(self, at: datetime, *, sent_at: float, resolution_s: float = 0.0) -> None:
        """Use the time in an answer that has just arrived.

        Args:
            at: When the centre sent the answer, by its clock.
            sent_at: When the node sent the request, by the monotonic clock.
            resolution_s: How far ``at`` may be behind. A coarse time narrows the bounds, and is
                ignored if it contradicts them.
        """
        received_at, centre_time = self.monotonic(), at.timestamp()
        if sent_at > received_at:
            return
        bounds = OffsetBounds(
            centre_time - received_at, centre_time + resolution_s - sent_at, received_at
        )
        with self._lock:
            if self._bounds is None:
                self._bounds = bounds
            elif common := self._bounds.widened(received_at).intersection(bounds):
                self._bounds = common
            elif not resolution_s:
                self._bounds = bounds  # the clock of the centre was set

    def now(self) -> datetime:
        """Return the time of the centre; the node's own time before the first comparison."""
        with self._lock:
            bounds = self._bounds
        if bounds is None:
            return self._now()
        return datetime.fromtimestamp((bounds.low + bounds.high) / 2 + self.monotonic(), UTC)

    def estimate(self, *, extra_ms: float = 0.0) -> Clock:
        """Return the offset to add to times of the node, and its uncertainty.

        Args:
            extra_ms: Further uncertainty of the times in question.
        """
        with self._lock:
            bounds = self._bounds
        if bounds is None:
            return Clock(
                offset_ms=0, uncertainty_ms=max(DEFAULT_UNCERTAINTY_MS, extra_ms), basis="system"
            )
        monotonic = self.monotonic()
        bounds = bounds.widened(monotonic)
        offset_s = (bounds.low + bounds.high) / 2 + monotonic - self._now().timestamp()
        uncertainty_s = (bounds.high - bounds.low) / 2
        return Clock(
            offset_ms=round(offset_s * 1000, 1),
            uncertainty_ms=round(uncertainty_s * 1000 + extra_ms, 1),
            basis="centre",
        )


class CentreTimePoller:
    """Asks the HTTP server of the centre for its time, for nodes that rarely get a receipt."""

    def __init__(
        self, url: str, clock: CentreClock, *, verify: ssl.SSLContext | bool = True
    ) -> None:
        self._url, self._clock, self._verify = url, clock, verify

    def run(self, stop: threading.Event) -> None:
        """Poll until ``stop`` is set."""
        with httpx.Client(timeout=5.0, verify=self._verify) as client:
            while not stop.is_set():
                stop.wait(POLL_INTERVAL_S if self.poll(client) else RETRY_INTERVAL_S)

    def poll(self, client: httpx.Client) -> bool:
        """Send one request; return whether the answer holds the time."""
        sent_at = self._clock.monotonic()
        try:
            date = parsedate_to_datetime(client.head(self._url).headers.get("Date", ""))
        except (httpx.HTTPError, ValueError) as error:
            log.debug("centre_time_unavailable", url=self._url, reason=str(error))
            return False
        self._clock.observe(date, sent_at=sent_at, resolution_s=DATE_HEADER_RESOLUTION_S)
        return True
