"""Read a live camera in a thread: connect, decode, keep the latest frame, reconnect."""

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from fractions import Fraction
from time import monotonic

import av

from edge.errors import StreamError, StreamFault
from edge.sources.camera_address import CameraAddress
from edge.sources.decoded_picture import AvPicture
from edge.sources.on_demand_decoder import OnDemandDecoder, decode_every_packet
from edge.sources.packets import PacketTap
from edge.sources.presentation import Presentation
from edge.sources.rtsp.backoff import Backoff
from edge.sources.rtsp.frozen_stream import FROZEN_AFTER_S, FrozenStreamDetector
from edge.sources.rtsp.latest_slot import LatestSlot
from edge.sources.rtsp.pts_clock import PtsClock
from edge.sources.rtsp.stream import RtspStream
from pipeline.frame import Frame

MAX_CATCH_UP_WAIT_S = 2.0
"""How long reading may wait, in total, for the frames of a group decoded late to be processed."""
MAX_ON_TIME_LAG = timedelta(milliseconds=300)
"""A frame that is later belongs to a group of pictures that was not decoded at once."""
TIMESTAMPS_STAND_STILL = "timestamps stand still; frames are dated by their arrival"


class RtspReader:
    """Read one camera until asked to stop.

    Args:
        camera: Name that the frames carry.
        now: The node's clock.
        detect_fps: Frames per second to keep at most, chosen by their capture time.
        jitter: Returns random numbers from 0 to 1.
        count: Called with the name of a counter for each thing to count.
        tap: Receives all packets, with the capture times of their frames.
        decoder: Selects the packets to decode; by default all are decoded.
        frozen_after_s: Seconds of identical images after which the camera counts as lost.

    Attributes:
        camera: Name that the frames carry.
        slot: The latest frame, or the fault by which the camera was lost.
        decode_errors: Number of damaged frames.
        dropped: Number of frames replaced by a newer one before they were taken.
        degraded_reason: Why frames are not dated by the camera; empty if they are.
    """

    def __init__(  # noqa: PLR0913  # keyword arguments, most with a default
        self,
        camera: str,
        address: CameraAddress,
        *,
        now: Callable[[], datetime],
        detect_fps: float,
        jitter: Callable[[], float],
        count: Callable[[str], None],
        tap: PacketTap | None = None,
        decoder: OnDemandDecoder | None = None,
        frozen_after_s: Fraction = FROZEN_AFTER_S,
    ) -> None:
        self._tap, self._decoder = tap, decoder
        self._frozen = FrozenStreamDetector(frozen_after_s)
        self._catch_up_s = MAX_CATCH_UP_WAIT_S
        self.camera, self._address, self._now = camera, address, now
        self._fps, self._count = Fraction(detect_fps), count
        self._backoff, self._clock = Backoff(jitter), PtsClock()
        self._last_period = -1
        self._presentation = Presentation()
        self.slot = LatestSlot[Frame | StreamFault]()
        self.decode_errors = 0
        self.dropped = 0
        self.degraded_reason = ""

    def run(self, leave: threading.Event) -> None:
        """Connect to the camera and reconnect whenever it is lost, until ``leave`` is set."""
        while not leave.is_set():
            connected_at: float | None = None
            try:
                with closing(RtspStream.open(self._address, self._count_damaged)) as stream:
                    self._count("connections")
                    connected_at = monotonic()
                    self._read(stream, leave)
            except StreamError as error:
                self._put(error.fault)
                connected_s = monotonic() - connected_at if connected_at else 0.0
                leave.wait(self._backoff.next_delay_s(error.fault, connected_s=connected_s))

    def _read(self, stream: RtspStream, leave: threading.Event) -> None:
        self._clock.reset()
        self._presentation = Presentation.turned(0, stream.video)
        if self._tap:
            self._tap.start_stream(stream.video)
        if self._decoder:
            self._decoder.start_stream(stream.video)
        pictures = stream.pictures(
            on_packet=self._tap.push if self._tap else None,
            decode=self._decoder.decode if self._decoder else decode_every_packet,
        )
        for picture in pictures:
            if leave.is_set():
                return
            self._count("frames_decoded")
            self._process(picture)

    def _process(self, picture: av.VideoFrame) -> None:
        """Keep the first frame of each period of ``1 / detect_fps`` seconds."""
        if picture.pts is None or picture.time_base is None:
            return
        pts, now = picture.pts * picture.time_base, self._now()
        corrections = self._clock.corrections
        at = self._clock.to_utc(pts, now)
        if self._clock.corrections > corrections:
            self._count("pts_corrections")
        if self._tap and self._clock.epoch:
            self._tap.set_epoch(self._clock.epoch)
        if self._frozen.update(picture, pts):
            self._count("frames_frozen")
            self._put(StreamFault.FROZEN)
            return
        is_dated_by_arrival = self._clock.stands_still
        self.degraded_reason = TIMESTAMPS_STAND_STILL if is_dated_by_arrival else ""
        period = int((Fraction(at.timestamp()) if is_dated_by_arrival else pts) * self._fps)
        if period == self._last_period:
            self._count("frames_not_sampled")
            return
        self._last_period = period
        if self._decoder:
            self._wait_for_consumer(now - at)
        shown = self._presentation.apply(picture)
        self._put(Frame(camera=self.camera, at=at, picture=AvPicture(shown)))

    def _put(self, item: Frame | StreamFault) -> None:
        if isinstance(self.slot.put(item), Frame):
            self.dropped += 1
            self._count("frames_superseded")

    def _wait_for_consumer(self, lag: timedelta) -> None:
        """Give the consumer time to process each frame of a group that was decoded late."""
        if lag < MAX_ON_TIME_LAG:
            self._catch_up_s = MAX_CATCH_UP_WAIT_S
        else:
            self._catch_up_s = self.slot.wait_until_taken(self._catch_up_s)

    def _count_damaged(self) -> None:
        self.decode_errors += 1
        self._count("frames_damaged")
