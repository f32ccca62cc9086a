"""Create the source of a camera from its settings: a recording or a live stream."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.config.camera_binding import BoundCamera
from edge.config.settings import DecodePolicy, PlaybackSpeed
from edge.sources.camera_address import CameraAddress
from edge.sources.file import FileSource
from edge.sources.on_demand_decoder import MAX_GAP, SHORT_KEY_INTERVAL, OnDemandDecoder
from edge.sources.packets import PacketTap
from edge.sources.rtsp.main_stream import MainStreamReader, SourceWithMainStream
from edge.sources.rtsp.reader import RtspReader
from edge.sources.rtsp.rtsp_source import RtspSource
from edge.sources.source import Source
from edge.sources.video_file import video_duration
from pipeline.scenario_spec import Capability

NEEDS_EVERY_FRAME = frozenset(
    {Capability.FALLING_OBJECTS, Capability.FIRES, Capability.STATIC_OBJECTS}
)
"""A fall or a flicker is over within a second, and the background is learnt from many frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFactory:
    """Create sources.

    Args:
        now: The node's clock.
        jitter: Returns random numbers from 0 to 1, so that cameras do not reconnect in step.
        count: Called with the name of a camera, the name of a counter and the amount to add.
        detect_fps: Frames per second that a source yields at most.
        gate: Whether the motion gate is on.
    """

    now: Callable[[], datetime]
    jitter: Callable[[], float]
    count: Callable[[str, str, float], None]
    detect_fps: float
    gate: bool

    def create(
        self,
        camera: BoundCamera,
        tap: PacketTap | None = None,
        *,
        main_tap: PacketTap | None = None,
        activity: threading.Event | None = None,
    ) -> Source:
        """Create the source of a camera.

        Args:
            tap: Receives all packets of the camera.
            main_tap: Receives all packets of its main stream, if it has one.
            activity: Set by the consumer while something happens; the on-demand decoder then
                decodes every frame.
        """
        decoder = self.decoder_for(camera, activity)
        if not isinstance(camera.source, CameraAddress):
            return self._recording(camera, camera.source, tap, decoder)
        source = self._live(camera.name, camera.source, tap, decoder)
        if camera.main_stream is None or main_tap is None:
            return source
        main_stream = self._main_stream(camera.name, camera.main_stream, main_tap)
        return SourceWithMainStream(source, main_stream)

    def _main_stream(self, name: str, address: CameraAddress, tap: PacketTap) -> MainStreamReader:
        return MainStreamReader(
            address,
            tap=tap,
            now=self.now,
            jitter=self.jitter,
            count=lambda counter: self.count(name, counter, 1),
        )

    def decoder_for(
        self, camera: BoundCamera, activity: threading.Event | None = None
    ) -> OnDemandDecoder | None:
        """Return the decoder that skips frames of a camera; ``None`` to decode all."""
        policy, is_auto = camera.settings.decode, camera.settings.decode is DecodePolicy.AUTO
        if policy is DecodePolicy.ALL or (is_auto and not self._may_skip_frames(camera)):
            return None
        return OnDemandDecoder(
            activity or threading.Event(),
            max_key_interval=SHORT_KEY_INTERVAL if is_auto else None,
            max_gap=min(MAX_GAP, 0.6 * timedelta(seconds=camera.settings.stall_after)),
            count_skipped=lambda n: self.count(camera.name, "frames_undecoded", n),
        )

    def _may_skip_frames(self, camera: BoundCamera) -> bool:
        """Return whether frames may be skipped without being asked for.

        Not of a recording, whose replay gives the same frames; not without a gate; and not if a
        scenario has a need of ``NEEDS_EVERY_FRAME``.
        """
        needs = frozenset().union(*(each.spec.capabilities for each in camera.scenarios))
        is_live = isinstance(camera.source, CameraAddress)
        return self.gate and is_live and not needs & NEEDS_EVERY_FRAME

    def _live(
        self,
        name: str,
        address: CameraAddress,
        tap: PacketTap | None,
        decoder: OnDemandDecoder | None,
    ) -> RtspSource:
        def count(counter: str) -> None:
            self.count(name, counter, 1)

        reader = RtspReader(
            name,
            address,
            now=self.now,
            detect_fps=self.detect_fps,
            jitter=self.jitter,
            count=count,
            tap=tap,
            decoder=decoder,
        )
        return RtspSource(
            reader,
            now=self.now,
            stall_after=address.stall_after,
            count=count,
            report_lag=lambda seconds: self.count(name, "lag_seconds", seconds),
        )

    def _recording(
        self,
        camera: BoundCamera,
        file: Path,
        tap: PacketTap | None,
        decoder: OnDemandDecoder | None,
    ) -> FileSource:
        settings = camera.settings
        return FileSource(
            camera.name,
            file,
            start_at=lambda: self._start_at(camera, file),
            detect_fps=self.detect_fps,
            live=settings.pace is PlaybackSpeed.LIVE,
            loop=settings.loop,
            tap=tap,
            folder_fps=settings.fps or 1,
            decoder=decoder,
        )

    def _start_at(self, camera: BoundCamera, file: Path) -> datetime:
        """Return the time of the first frame.

        Unless it is set, live playback starts now and fast playback ends now.
        """
        settings = camera.settings
        if settings.start_at is not None:
            return settings.start_at.astimezone(UTC)
        if settings.pace is PlaybackSpeed.LIVE:
            return self.now()
        return self.now() - video_duration(file, settings.fps or 1)
