"""A live camera as a source: its latest frames in time order, and gaps while there are none."""

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
"""How often to check whether to stop while no frame comes in."""
GAP_INTERVAL_S = 1.0
"""Length of the parts in which a gap is reported, so that alerts close while it lasts."""
JOIN_TIMEOUT_S = 1.0
"""How long to wait for the reading thread; one that hangs ends by its own timeout."""


class RtspSource:
    """Yield the frames of a reader in time order, and gaps while the camera is lost.

    Args:
        now: The node's clock.
        stall_after: A camera that sends no frame for this long is lost.
        count: Called with the name of a counter for each thing to count.
        report_lag: Called for each frame with its age in seconds.
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
        self._report_lag = report_lag
        self._reader, self._now, self._count = reader, now, count
        self._stall_after_s = stall_after.total_seconds()
        self._covered_until = now()
        self._last_frame_s = monotonic()
        self._fault: StreamFault | None = None
        self._has_frame = False

    @property
    def decode_errors(self) -> int:
        """Number of damaged frames so far."""
        return self._reader.decode_errors

    @property
    def dropped(self) -> int:
        """Number of frames so far that were replaced by a newer one."""
        return self._reader.dropped

    @property
    def degraded_reason(self) -> str:
        """Why frames are not dated by the camera; a lost camera is reported by its gaps."""
        return self._reader.degraded_reason

    def events(self, stop: threading.Event) -> Iterator[SourceEvent]:
        """Yield frames and gaps until ``stop`` is set; reconnect to a camera that is lost.

        Raises:
            ClockSetBackError: The node's clock was set back too far to wait for it.
            SourceError: The reader thread stopped unexpectedly.
        """
        leave = threading.Event()
        thread = threading.Thread(target=self._reader.run, args=(leave,), daemon=True)
        thread.start()
        try:
            while not stop.is_set():
                yield from self._next_events()
                if not thread.is_alive():
                    raise SourceError(self._reader.camera, "the reader thread stopped unexpectedly")
        finally:
            leave.set()
            thread.join(JOIN_TIMEOUT_S)

    def _next_events(self) -> Iterator[SourceEvent]:
        """Yield the latest frame, or a gap if there is none.

        However long a frame is processed, newer ones come in meanwhile: that is no outage.
        """
        match self._reader.slot.take(POLL_INTERVAL_S):
            case Frame() as frame:
                self._last_frame_s, self._fault, self._has_frame = monotonic(), None, True
                if self._advance_to(frame.at):
                    self._report_lag((self._now() - frame.at).total_seconds())
                    yield frame
                return
            case StreamFault() as fault:
                self._set_lost(fault)
        yield from self._gap()

    def _gap(self) -> Iterator[Gap]:
        """Yield the part of a gap since the last event, once the camera is lost."""
        silence_s = monotonic() - self._last_frame_s
        if self._fault is None and self._has_frame and silence_s > self._stall_after_s:
            self._set_lost(StreamFault.STALLED)
        if self._fault is None or silence_s < GAP_INTERVAL_S:
            return
        since, self._last_frame_s = self._covered_until, monotonic()
        if self._advance_to(self._now()):
            yield Gap(since, self._covered_until, self._fault.message)

    def _set_lost(self, fault: StreamFault) -> None:
        if self._fault is None:
            self._count("outages")
            self._count(f"outages_{fault}")
        self._fault = fault

    def _advance_to(self, at: datetime) -> bool:
        """Extend the covered time to ``at``; return whether it grew."""
        if at > self._covered_until:
            self._covered_until = at
            return True
        if self._covered_until - at > MAX_STEP:
            raise ClockSetBackError(self._covered_until - at)
        self._count("frames_before_last")
        return False
