"""A camera on the network: its newest picture wins, and what nobody saw is told as a gap."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic

from edge.errors import ClockSetBackError, SourceError, StreamFault
from edge.sources.rtsp.pts_clock import MAX_STEP
from edge.sources.rtsp.reader import RtspReader
from edge.sources.source import Gap, SourceEvent
from pipeline.frame import Frame

POLL_INTERVAL_S = 0.25
"""Seconds between two looks at whether the box stops."""
GAP_INTERVAL_S = 1.0
"""Seconds from one piece of a gap to the next: what a gap ends is ended in time."""
JOIN_TIMEOUT_S = 1.0
"""Seconds to leave a camera; one that hangs is left to its thread, which has a deadline."""


class RtspSource:
    """The pictures of a reader, in the order of their time, and gaps while there are none.

    Args:
        now: The box's clock.
        stall_after: So long without a picture, and nobody looks.
        count: Told of each thing that is counted, by its name.
        report_lag: Told of each picture how many seconds after its time it is given.
    """

    def __init__(
        self,
        reader: RtspReader,
        *,
        now: Callable[[], datetime],
        stall_after: timedelta,
        count: Callable[[str], None],
        report_lag: Callable[[float], object] = bool,
    ) -> None:
        self._late = report_lag
        self._reader, self._now, self._tell = reader, now, count
        self._patience = stall_after.total_seconds()
        self._told_to = now()
        self._heard = monotonic()
        self._lost: StreamFault | None = None
        self._has_seen = False

    @property
    def decode_errors(self) -> int:
        """Pictures that came in damaged, so far."""
        return self._reader.decode_errors

    @property
    def dropped(self) -> int:
        """Pictures that a newer one has overtaken, so far."""
        return self._reader.dropped

    @property
    def degraded_reason(self) -> str:
        """Nothing: what a camera suffers is told by its gaps."""
        return ""

    def events(self, stop: threading.Event) -> Iterator[SourceEvent]:
        """Give pictures and gaps until ``stop``; a camera that is away is called again.

        Raises:
            ClockSetBackError: The box's clock was set back too far to wait for it.
            SourceError: The reading thread has died.
        """
        leave = threading.Event()
        thread = threading.Thread(target=self._reader.run, args=(leave,), daemon=True)
        thread.start()
        try:
            while not stop.is_set():
                yield from self._next()
                if not thread.is_alive():
                    raise SourceError("camera", "its reading thread has died")
        finally:
            leave.set()
            thread.join(JOIN_TIMEOUT_S)

    def _next(self) -> Iterator[SourceEvent]:
        """Give the newest picture; only who finds none has missed something.

        However long a picture is looked at, newer ones come in meanwhile: that is no outage.
        """
        match self._reader.slot.take(POLL_INTERVAL_S):
            case Frame() as frame:
                self._heard, self._lost, self._has_seen = monotonic(), None, True
                if self._goes_on_to(frame.at):
                    self._late((self._now() - frame.at).total_seconds())
                    yield frame
                return
            case StreamFault() as fault:
                self._lose(fault)
        yield from self._missed()

    def _missed(self) -> Iterator[Gap]:
        """Tell of the time since the last picture, piece by piece, once the camera is lost."""
        quiet = monotonic() - self._heard
        if self._lost is None and self._has_seen and quiet > self._patience:
            self._lose(StreamFault.STALLED)
        if self._lost is None or quiet < GAP_INTERVAL_S:
            return
        since, self._heard = self._told_to, monotonic()
        if self._goes_on_to(self._now()):
            yield Gap(since, self._told_to, self._lost.message)

    def _lose(self, fault: StreamFault) -> None:
        if self._lost is None:
            self._tell("outages")
            self._tell(f"outages_{fault}")
        self._lost = fault

    def _goes_on_to(self, at: datetime) -> bool:
        """Tell on up to ``at``, unless that would go back."""
        if at > self._told_to:
            self._told_to = at
            return True
        if self._told_to - at > MAX_STEP:
            raise ClockSetBackError(self._told_to - at)
        self._tell("times_before_the_last")
        return False
