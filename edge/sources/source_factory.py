"""A bound camera to the source of its pictures: a recording, or a call to the camera."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.config.binding import BoundCamera
from edge.config.settings import DecodePolicy, PlaybackSpeed
from edge.sources.camera_address import Way
from edge.sources.file import FileSource, length_of
from edge.sources.on_demand_decoder import BLIND, OnDemand
from edge.sources.packets import Tap
from edge.sources.rtsp.main_stream import MainStream, WithMain
from edge.sources.rtsp.reader import Reader
from edge.sources.rtsp.rtsp_source import RtspSource
from edge.sources.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Makes sources.

    Args:
        now: The box's clock.
        jitter: Draws from 0 to 1, so that cameras are not called in step.
        tell: Told of a camera, of a thing to count, by its name, and how many.
        detect_fps: Pictures a second that are passed on.
    """

    now: Callable[[], datetime]
    jitter: Callable[[], float]
    tell: Callable[[str, str, float], None]
    detect_fps: float

    def source_of(
        self,
        camera: BoundCamera,
        tap: Tap | None = None,
        *,
        main: Tap | None = None,
        stirred: threading.Event | None = None,
    ) -> Source:
        """Make the source that the camera's settings ask for.

        Args:
            tap: Takes all packets.
            main: Takes those of the main stream, where there is one.
            stirred: Set while there is something to be seen, where decoding is on demand.
        """
        demand = self._demand(camera, stirred or threading.Event())
        if not isinstance(camera.source, Way):
            return self._played(camera, camera.source, tap, demand)
        source = self._called(camera.name, camera.source, tap, demand)
        if camera.main_stream is None or main is None:
            return source
        return WithMain(source, self._kept(camera.name, camera.main_stream, main))

    def _kept(self, name: str, way: Way, tap: Tap) -> MainStream:
        return MainStream(
            way,
            tap=tap,
            now=self.now,
            jitter=self.jitter,
            tell=lambda what: self.tell(name, what, 1),
        )

    def _demand(self, camera: BoundCamera, stirred: threading.Event) -> OnDemand | None:
        if camera.settings.decode is DecodePolicy.ALL:
            return None
        return OnDemand(
            stirred,
            blind=min(BLIND, 0.6 * timedelta(seconds=camera.settings.stall_after)),
            undecoded=lambda n: self.tell(camera.name, "pictures_undecoded", n),
        )

    def _called(self, name: str, way: Way, tap: Tap | None, demand: OnDemand | None) -> RtspSource:
        def tell(what: str) -> None:
            self.tell(name, what, 1)

        reader = Reader(
            name,
            way,
            now=self.now,
            detect_fps=self.detect_fps,
            jitter=self.jitter,
            tell=tell,
            tap=tap,
            on_demand=demand,
        )
        return RtspSource(
            reader,
            now=self.now,
            stall_after=way.stall_after,
            tell=tell,
            late=lambda seconds: self.tell(name, "seconds_late", seconds),
        )

    def _played(
        self, camera: BoundCamera, file: Path, tap: Tap | None, demand: OnDemand | None
    ) -> FileSource:
        settings = camera.settings
        return FileSource(
            camera.name,
            file,
            start_at=lambda: self._start_of(camera, file),
            detect_fps=self.detect_fps,
            live=settings.pace is PlaybackSpeed.LIVE,
            loop=settings.loop,
            tap=tap,
            folder_fps=settings.fps or 1,
            on_demand=demand,
        )

    def _start_of(self, camera: BoundCamera, file: Path) -> datetime:
        """Without a time of its own, live play begins now, and fast play ends now."""
        if camera.settings.start_at is not None:
            return camera.settings.start_at.astimezone(UTC)
        live = camera.settings.pace is PlaybackSpeed.LIVE
        return self.now() if live else self.now() - length_of(file, camera.settings.fps or 1)
