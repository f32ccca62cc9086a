"""The thread that reads a camera: it calls, decodes, keeps the newest picture, calls again."""

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from fractions import Fraction
from time import monotonic

import av

from edge.errors import StreamError, StreamFault
from edge.sources.camera_address import CameraAddress
from edge.sources.on_demand_decoder import OnDemandDecoder
from edge.sources.packets import PacketTap
from edge.sources.picture import AvPicture
from edge.sources.rtsp.backoff import Backoff
from edge.sources.rtsp.frozen_stream import FROZEN_AFTER_S, FrozenStreamDetector
from edge.sources.rtsp.latest_slot import LatestSlot
from edge.sources.rtsp.pts_clock import PtsClock
from edge.sources.rtsp.stream import RtspStream
from pipeline.frame import Frame

MAX_CATCH_UP_WAIT_S = 2.0
"""Seconds that a camera's reading may wait, in all, for pictures of a group to be looked at."""
MAX_ON_TIME_LAG = timedelta(milliseconds=300)
"""Pictures later than this are those of a group that was not decoded at once."""


class RtspReader:
    """Reads one camera until it is told to leave.

    Args:
        camera: The name its frames carry.
        now: The box's clock.
        detect_fps: Pictures a second that are kept, chosen by their time.
        jitter: Draws from 0 to 1.
        count: Told of each thing that is counted, by its name.
        tap: Takes all packets, with the times that their pictures have.
        on_demand: Chooses what is decoded; without it, everything is.
        frozen_after_s: So many seconds of one and the same picture, and the camera counts as lost.

    Attributes:
        slot: The newest picture, or of what the camera was lost.
        decode_errors: Pictures that came in damaged, so far.
        dropped: Pictures that gave way to a newer one before anybody looked, so far.
    """

    def __init__(  # noqa: PLR0913  # each has a name, and most a default
        self,
        camera: str,
        address: CameraAddress,
        *,
        now: Callable[[], datetime],
        detect_fps: float,
        jitter: Callable[[], float],
        count: Callable[[str], None],
        tap: PacketTap | None = None,
        on_demand: OnDemandDecoder | None = None,
        frozen_after_s: Fraction = FROZEN_AFTER_S,
    ) -> None:
        self._tap, self._on_demand = tap, on_demand
        self._frozen = FrozenStreamDetector(frozen_after_s)
        self._patience = MAX_CATCH_UP_WAIT_S
        self._camera, self._way, self._now = camera, address, now
        self._fps, self._tell = Fraction(detect_fps), count
        self._backoff, self._anchor = Backoff(jitter), PtsClock()
        self._last_choice = -1
        self.slot = LatestSlot[Frame | StreamFault]()
        self.decode_errors = 0
        self.dropped = 0

    def run(self, leave: threading.Event) -> None:
        """Call the camera, and again whenever it is lost."""
        while not leave.is_set():
            began: float | None = None
            try:
                with closing(RtspStream.open(self._way, self._damage)) as stream:
                    self._tell("connections")
                    began = monotonic()
                    self._watch(stream, leave)
            except StreamError as error:
                self._put(error.fault)
                held = monotonic() - began if began else 0.0
                leave.wait(self._backoff.next_delay_s(error.fault, connected_s=held))

    def _watch(self, stream: RtspStream, leave: threading.Event) -> None:
        self._anchor.reset()
        if self._tap:
            self._tap.start_stream(stream.video)
            stream.on_packet = self._tap.push
        if self._on_demand:
            self._on_demand.start_stream(stream.video)
            stream.decode_policy = self._on_demand.decode
        for picture in stream.pictures():
            if leave.is_set():
                return
            self._tell("pictures_decoded")
            self._take(picture)

    def _take(self, picture: av.VideoFrame) -> None:
        """Keep the first picture of each ``1 / detect_fps`` seconds."""
        if picture.pts is None or picture.time_base is None:
            return
        pts, moved, now = picture.pts * picture.time_base, self._anchor.corrections, self._now()
        at = self._anchor.to_utc(pts, now)
        if self._anchor.corrections > moved:
            self._tell("times_corrected")
        if self._tap and self._anchor.epoch:
            self._tap.set_epoch(self._anchor.epoch)
        if self._frozen.update(picture, pts):
            self._tell("pictures_frozen")
            self._put(StreamFault.FROZEN)
            return
        choice = int(pts * self._fps)
        if choice == self._last_choice:
            self._tell("pictures_unchosen")
            return
        self._last_choice = choice
        if self._on_demand:
            self._wait_for_the_last(now - at)
        self._put(Frame(camera=self._camera, at=at, picture=AvPicture(picture)))

    def _put(self, news: Frame | StreamFault) -> None:
        if isinstance(self.slot.put(news), Frame):
            self.dropped += 1
            self._tell("pictures_passed_by")

    def _wait_for_the_last(self, late: timedelta) -> None:
        """Let a group that is decoded after all be looked at whole, within reason."""
        if late < MAX_ON_TIME_LAG:
            self._patience = MAX_CATCH_UP_WAIT_S
        else:
            self._patience = self.slot.wait_until_taken(self._patience)

    def _damage(self) -> None:
        self.decode_errors += 1
        self._tell("pictures_damaged")
