"""The thread that reads a camera: it calls, decodes, keeps the newest picture, calls again."""

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from fractions import Fraction
from time import monotonic

import av

from edge.errors import StreamError, StreamFault
from edge.sources.camera_address import Way
from edge.sources.on_demand_decoder import OnDemand
from edge.sources.packets import Tap
from edge.sources.picture import AvPicture
from edge.sources.rtsp.backoff import Backoff
from edge.sources.rtsp.frozen_stream import FROZEN_AFTER, Frozen
from edge.sources.rtsp.latest_slot import Slot
from edge.sources.rtsp.pts_clock import Anchor
from edge.sources.rtsp.stream import Stream
from pipeline.frame import Frame

CATCH_UP = 2.0
"""Seconds that a camera's reading may wait, in all, for pictures of a group to be looked at."""
ON_TIME = timedelta(milliseconds=300)
"""Pictures later than this are those of a group that was not decoded at once."""


class Reader:
    """Reads one camera until it is told to leave.

    Args:
        camera: The name its frames carry.
        now: The box's clock.
        detect_fps: Pictures a second that are kept, chosen by their time.
        jitter: Draws from 0 to 1.
        tell: Told of each thing that is counted, by its name.
        tap: Takes all packets, with the times that their pictures have.
        on_demand: Chooses what is decoded; without it, everything is.
        frozen_after: So many seconds of one and the same picture, and the camera counts as lost.

    Attributes:
        slot: The newest picture, or of what the camera was lost.
        damaged: Pictures that came in damaged, so far.
        passed_by: Pictures that gave way to a newer one before anybody looked, so far.
    """

    def __init__(  # noqa: PLR0913  # each has a name, and most a default
        self,
        camera: str,
        way: Way,
        *,
        now: Callable[[], datetime],
        detect_fps: float,
        jitter: Callable[[], float],
        tell: Callable[[str], None],
        tap: Tap | None = None,
        on_demand: OnDemand | None = None,
        frozen_after: Fraction = FROZEN_AFTER,
    ) -> None:
        self._tap, self._on_demand = tap, on_demand
        self._frozen = Frozen(frozen_after)
        self._patience = CATCH_UP
        self._camera, self._way, self._now = camera, way, now
        self._fps, self._tell = Fraction(detect_fps), tell
        self._backoff, self._anchor = Backoff(jitter), Anchor()
        self._last_choice = -1
        self.slot = Slot[Frame | StreamFault]()
        self.damaged = 0
        self.passed_by = 0

    def run(self, leave: threading.Event) -> None:
        """Call the camera, and again whenever it is lost."""
        while not leave.is_set():
            began: float | None = None
            try:
                with closing(Stream.open(self._way, self._damage)) as stream:
                    self._tell("connections")
                    began = monotonic()
                    self._watch(stream, leave)
            except StreamError as error:
                self._put(error.fault)
                held = monotonic() - began if began else 0.0
                leave.wait(self._backoff.pause(error.fault, held=held))

    def _watch(self, stream: Stream, leave: threading.Event) -> None:
        self._anchor.begin()
        if self._tap:
            self._tap.begin(stream.video)
            stream.tap = self._tap.take
        if self._on_demand:
            self._on_demand.begin(stream.video)
            stream.demand = self._on_demand.pictures
        for picture in stream.pictures():
            if leave.is_set():
                return
            self._tell("pictures_decoded")
            self._take(picture)

    def _take(self, picture: av.VideoFrame) -> None:
        """Keep the first picture of each ``1 / detect_fps`` seconds."""
        if picture.pts is None or picture.time_base is None:
            return
        pts, moved, now = picture.pts * picture.time_base, self._anchor.moved, self._now()
        at = self._anchor.at(pts, now)
        if self._anchor.moved > moved:
            self._tell("times_corrected")
        if self._tap and self._anchor.zero:
            self._tap.tie(self._anchor.zero)
        if self._frozen.is_frozen(picture, pts):
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
            self.passed_by += 1
            self._tell("pictures_passed_by")

    def _wait_for_the_last(self, late: timedelta) -> None:
        """Let a group that is decoded after all be looked at whole, within reason."""
        if late < ON_TIME:
            self._patience = CATCH_UP
        else:
            self._patience = self.slot.wait_until_taken(self._patience)

    def _damage(self) -> None:
        self.damaged += 1
        self._tell("pictures_damaged")
