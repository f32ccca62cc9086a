"""A bound camera to the source of its pictures: a recording, or a call to the camera."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.config.binding import BoundCamera
from edge.config.settings import DecodePolicy, PlaybackSpeed
from edge.sources.camera_address import CameraAddress
from edge.sources.file import FileSource, video_duration
from edge.sources.on_demand_decoder import MAX_GAP, OnDemandDecoder
from edge.sources.packets import PacketTap
from edge.sources.rtsp.main_stream import MainStreamReader, SourceWithMainStream
from edge.sources.rtsp.reader import RtspReader
from edge.sources.rtsp.rtsp_source import RtspSource
from edge.sources.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFactory:
    """Makes sources.

    Args:
        now: The box's clock.
        jitter: Draws from 0 to 1, so that cameras are not called in step.
        count: Told of a camera, of a thing to count, by its name, and how many.
        detect_fps: Pictures a second that are passed on.
    """

    now: Callable[[], datetime]
    jitter: Callable[[], float]
    count: Callable[[str, str, float], None]
    detect_fps: float

    def create(
        self,
        camera: BoundCamera,
        tap: PacketTap | None = None,
        *,
        main_tap: PacketTap | None = None,
        activity: threading.Event | None = None,
    ) -> Source:
        """Make the source that the camera's settings ask for.

        Args:
            tap: Takes all packets.
            main_tap: Takes those of the main stream, where there is one.
            activity: Set while there is something to be seen, where decoding is on demand.
        """
        demand = self._demand(camera, activity or threading.Event())
        if not isinstance(camera.source, CameraAddress):
            return self._played(camera, camera.source, tap, demand)
        source = self._called(camera.name, camera.source, tap, demand)
        if camera.main_stream is None or main_tap is None:
            return source
        return SourceWithMainStream(source, self._kept(camera.name, camera.main_stream, main_tap))

    def _kept(self, name: str, way: CameraAddress, tap: PacketTap) -> MainStreamReader:
        return MainStreamReader(
            way,
            tap=tap,
            now=self.now,
            jitter=self.jitter,
            count=lambda what: self.count(name, what, 1),
        )

    def _demand(self, camera: BoundCamera, stirred: threading.Event) -> OnDemandDecoder | None:
        if camera.settings.decode is DecodePolicy.ALL:
            return None
        return OnDemandDecoder(
            stirred,
            max_gap=min(MAX_GAP, 0.6 * timedelta(seconds=camera.settings.stall_after)),
            count_skipped=lambda n: self.count(camera.name, "pictures_undecoded", n),
        )

    def _called(
        self, name: str, way: CameraAddress, tap: PacketTap | None, demand: OnDemandDecoder | None
    ) -> RtspSource:
        def tell(what: str) -> None:
            self.count(name, what, 1)

        reader = RtspReader(
            name,
            way,
            now=self.now,
            detect_fps=self.detect_fps,
            jitter=self.jitter,
            count=tell,
            tap=tap,
            on_demand=demand,
        )
        return RtspSource(
            reader,
            now=self.now,
            stall_after=way.stall_after,
            count=tell,
            report_lag=lambda seconds: self.count(name, "seconds_late", seconds),
        )

    def _played(
        self, camera: BoundCamera, file: Path, tap: PacketTap | None, demand: OnDemandDecoder | None
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
        return self.now() if live else self.now() - video_duration(file, camera.settings.fps or 1)
