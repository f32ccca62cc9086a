"""Read a camera's main stream for clips: its packets are kept and never decoded meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from time import monotonic

from edge.errors import StreamError, StreamFault
from edge.sources.camera_address import CameraAddress
from edge.sources.packets import PacketTap
from edge.sources.rtsp.backoff import Backoff
from edge.sources.rtsp.pts_clock import PtsClock
from edge.sources.rtsp.stream import RtspStream
from edge.sources.source import Source, SourceEvent

CLOCK_SETTLE_S = 1.0
"""Time after connecting until capture times are reliable.

The first packets may arrive late, in a burst; a clip would then combine their frames with the
heads of another moment.
"""
JOIN_TIMEOUT_S = 1.0
"""How long to wait for the reading thread; one that hangs ends by its own timeout."""


class MainStreamReader:
    """Read a camera's main stream, reconnect when it is lost, and pass its packets on.

    Args:
        tap: Receives all packets, with the capture times of their frames.
        now: The node's clock, by which the times of both streams are converted to UTC.
        jitter: Returns random numbers from 0 to 1.
        count: Called with the name of a counter for each thing to count.

    Attributes:
        fault: Why the stream is lost; ``None`` while packets come in and before the first
            connection.
    """

    def __init__(
        self,
        address: CameraAddress,
        *,
        tap: PacketTap,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        count: Callable[[str], None],
    ) -> None:
        self._address, self._tap, self._now, self._count = address, tap, now, count
        self._backoff, self._clock = Backoff(jitter), PtsClock()
        self.fault: StreamFault | None = None

    def run(self, leave: threading.Event) -> None:
        """Connect to the camera and reconnect whenever it is lost, until ``leave`` is set."""
        while not leave.is_set():
            connected_at: float | None = None
            try:
                with closing(RtspStream.open(self._address)) as stream:
                    self._count("main_connections")
                    connected_at = monotonic()
                    self._read(stream, leave)
            except StreamError as error:
                self._set_lost(error.fault)
                connected_s = monotonic() - connected_at if connected_at else 0.0
                leave.wait(self._backoff.next_delay_s(error.fault, connected_s=connected_s))

    def _read(self, stream: RtspStream, leave: threading.Event) -> None:
        self._clock.reset()
        self._tap.start_stream(stream.video)
        settled_at = monotonic() + CLOCK_SETTLE_S
        for packet in stream.packets():
            if leave.is_set():
                return
            if packet.pts is None:
                continue
            self.fault = None
            self._clock.to_utc(packet.pts * packet.time_base, self._now())
            self._tap.push(packet)
            if self._clock.epoch and monotonic() > settled_at:
                self._tap.set_epoch(self._clock.epoch)

    def _set_lost(self, fault: StreamFault) -> None:
        if self.fault is None:
            self._count("main_outages")
            self._count(f"main_outages_{fault}")
        self.fault = fault


class SourceWithMainStream:
    """A source beside which the main stream is read; neither waits for the other."""

    def __init__(self, source: Source, main_stream: MainStreamReader) -> None:
        self._source, self._main_stream = source, main_stream

    @property
    def decode_errors(self) -> int:
        """Number of damaged frames of the source so far."""
        return self._source.decode_errors

    @property
    def dropped(self) -> int:
        """Number of frames of the source so far that were replaced by a newer one."""
        return self._source.dropped

    @property
    def degraded_reason(self) -> str:
        """Why the source is degraded, or why clips have to come from the sub-stream."""
        fault = self._main_stream.fault
        lost = f"clips come from the sub-stream; the main stream {fault.message}" if fault else ""
        return self._source.degraded_reason or lost

    def events(self, stop: threading.Event) -> Iterator[SourceEvent]:
        """Yield the events of the source.

        Raises:
            SourceError: As the source does.
        """
        with self._reading_main_stream():
            yield from self._source.events(stop)

    @contextmanager
    def _reading_main_stream(self) -> Iterator[None]:
        leave = threading.Event()
        thread = threading.Thread(target=self._main_stream.run, args=(leave,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            leave.set()
            thread.join(JOIN_TIMEOUT_S)
