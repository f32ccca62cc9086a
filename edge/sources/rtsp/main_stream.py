"""A camera's main stream: kept as it comes for clips, never decoded while it runs."""

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
"""Seconds of a connection after which its time is taken to be known: what comes first may come
late, in a burst, and would be a clip's picture beside other heads than its own."""
JOIN_TIMEOUT_S = 1.0
"""Seconds to leave a camera; one that hangs is left to its thread, which has a deadline."""


class MainStreamReader:
    """Calls a camera's main stream, again whenever it is lost, and hands its packets on.

    Args:
        tap: Takes all packets, with the times that their pictures have.
        now: The box's clock: what ties the sub-stream to UTC ties this one.
        jitter: Draws from 0 to 1.
        count: Told of each thing that is counted, by its name.

    Attributes:
        fault: Of what it is lost; ``None`` while packets come in, and before the first call.
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
        self._way, self._tap, self._now, self._tell = address, tap, now, count
        self._backoff, self._anchor = Backoff(jitter), PtsClock()
        self.fault: StreamFault | None = None

    def run(self, leave: threading.Event) -> None:
        """Call the camera until it is told to leave."""
        while not leave.is_set():
            began: float | None = None
            try:
                with closing(RtspStream.open(self._way)) as stream:
                    self._tell("main_connections")
                    began = monotonic()
                    self._keep(stream, leave)
            except StreamError as error:
                self._lose(error.fault)
                held = monotonic() - began if began else 0.0
                leave.wait(self._backoff.next_delay_s(error.fault, connected_s=held))

    def _keep(self, stream: RtspStream, leave: threading.Event) -> None:
        self._anchor.reset()
        self._tap.start_stream(stream.video)
        settled = monotonic() + CLOCK_SETTLE_S
        for packet in stream.packets():
            if leave.is_set():
                return
            if packet.pts is None:
                continue
            self.fault = None
            self._anchor.to_utc(packet.pts * packet.time_base, self._now())
            self._tap.push(packet)
            if self._anchor.epoch and monotonic() > settled:
                self._tap.set_epoch(self._anchor.epoch)

    def _lose(self, fault: StreamFault) -> None:
        if self.fault is None:
            self._tell("main_outages")
            self._tell(f"main_outages_{fault}")
        self.fault = fault


class SourceWithMainStream:
    """A source beside whose pictures the main stream is kept; the one never waits for the other."""

    def __init__(self, source: Source, main: MainStreamReader) -> None:
        self._source, self._main = source, main

    @property
    def decode_errors(self) -> int:
        """Pictures of the source that came in damaged, so far."""
        return self._source.decode_errors

    @property
    def dropped(self) -> int:
        """Pictures of the source that a newer one has overtaken, so far."""
        return self._source.dropped

    @property
    def degraded_reason(self) -> str:
        """What ails the source, or why clips have to do without the main stream."""
        fault = self._main.fault
        lost = f"clips come from the sub-stream; the main stream {fault.message}" if fault else ""
        return self._source.degraded_reason or lost

    def events(self, stop: threading.Event) -> Iterator[SourceEvent]:
        """Give what happens to the source.

        Raises:
            SourceError: As the source does.
        """
        with self._kept():
            yield from self._source.events(stop)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        leave = threading.Event()
        thread = threading.Thread(target=self._main.run, args=(leave,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            leave.set()
            thread.join(JOIN_TIMEOUT_S)
