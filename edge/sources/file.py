"""A recording as a source: frame times are ``start_at + pts``, so a replay gives equal alerts."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from edge.errors import SourceError
from edge.sources.decoded_picture import AvPicture
from edge.sources.on_demand_decoder import OnDemandDecoder, decode_every_packet
from edge.sources.packets import PacketTap
from edge.sources.presentation import Presentation
from edge.sources.recording_clock import RecordingClock
from edge.sources.source import EndOfStream, SourceEvent
from edge.sources.video_file import frame_rate, open_video, track_duration, video_track
from pipeline.frame import Frame

MAX_LAG = timedelta(seconds=1)
"""In live playback a frame is dropped if the worker is further behind, as with a camera."""
MAX_MISSING_S = 2
"""An intact file may be shorter than its header says by this much."""


class FileSource:
    """A video file, or a folder of images.

    Args:
        camera: Name that the frames carry.
        start_at: Returns the time of the first frame; called when playback starts.
        detect_fps: Frames per second to yield at most, chosen by their time.
        live: Play in real time instead of as fast as the frames are taken.
        loop: Play again after the end; times continue.
        tap: Receives all packets, with the times of their frames.
        folder_fps: Frame rate of a folder of images.
        decoder: Selects the packets to decode; by default all are decoded.
    """

    def __init__(  # noqa: PLR0913  # keyword arguments, most with a default
        self,
        camera: str,
        path: Path,
        *,
        start_at: Callable[[], datetime],
        detect_fps: float,
        live: bool = False,
        loop: bool = False,
        tap: PacketTap | None = None,
        folder_fps: float = 1,
        decoder: OnDemandDecoder | None = None,
    ) -> None:
        self._tap, self._folder_fps, self._decoder = tap, folder_fps, decoder
        self._camera, self._path, self._start_at = camera, path, start_at
        self._fps, self._live, self._loop = Fraction(detect_fps), live, loop
        self._expected_s = Fraction(0)
        self.decode_errors = 0
        self.dropped = 0
        self.degraded_reason = ""

    def events(self, stop: threading.Event) -> Iterator[SourceEvent]:
        """Play the recording once, or until ``stop`` is set if it loops.

        Raises:
            SourceError: The file does not exist or contains no frame that can be decoded.
        """
        started_at, start_at = time.monotonic(), self._start_at()
        played = Fraction(0)
        while not stop.is_set():
            last = played
            for pts, picture in self._sampled(start_at + _delta(played)):
                last = played + pts
                if self._is_due(started_at, last, stop):
                    at = start_at + _delta(last)
                    yield Frame(camera=self._camera, at=at, picture=AvPicture(picture))
                if stop.is_set():
                    return
            if not self._loop:
                yield EndOfStream(start_at + _delta(last), self._problem(last))
                return
            played = last + 1 / self._fps

    def _problem(self, last: Fraction) -> str:
        """Return what is wrong with a file that was played; empty if nothing is."""
        if last + MAX_MISSING_S < self._expected_s:
            return f"is truncated: {float(last):.1f} s of {float(self._expected_s):.1f} s"
        return f"contains {self.decode_errors} damaged frames" if self.decode_errors else ""

    def _is_due(self, started_at: float, pts: Fraction, stop: threading.Event) -> bool:
        """Wait until a frame is due in live playback; return whether to yield it."""
        if not self._live:
            return True
        early = started_at + float(pts) - time.monotonic()
        if early > 0:
            return not stop.wait(early)
        if early > -MAX_LAG.total_seconds():
            return True
        self.dropped += 1
        return False

    def _sampled(self, start_at: datetime) -> Iterator[tuple[Fraction, av.VideoFrame]]:
        """Yield the first frame of each period of ``1 / detect_fps`` seconds."""
        last_slot = -1
        for pts, picture in self._decoded(start_at):
            slot = int(pts * self._fps)
            if slot > last_slot:
                last_slot = slot
                yield pts, picture

    def _decoded(self, start_at: datetime) -> Iterator[tuple[Fraction, av.VideoFrame]]:
        """Yield all frames as they are shown, with their seconds from the first.

        Args:
            start_at: Time of the first frame.
        """
        presentation: Presentation | None = None
        with closing(open_video(self._path, self._folder_fps)) as container:
            stream = video_track(container)
            self._expected_s = track_duration(container, stream)
            clock = RecordingClock(1 / frame_rate(stream))
            offset: Fraction | None = None
            for picture in self._pictures(container, stream):
                if presentation is None:
                    presentation = Presentation.of(picture, stream)
                    if self._tap:
                        self._tap.set_quarter_turns(presentation.quarter_turns)
                seconds = clock.date(_timestamp(picture))
                if self._tap and clock.offset is not None and clock.offset != offset:
                    offset = clock.offset
                    self._tap.set_epoch(start_at + _delta(offset))
                if seconds is not None:
                    yield seconds, presentation.apply(picture)
        if presentation is None:
            raise SourceError(f"file:{self._path}", "contains no frame that can be decoded")

    def _pictures(self, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
        decode = self._decoder.decode if self._decoder else decode_every_packet
        if self._decoder:
            self._decoder.start_stream(stream)
        for packet in self._packets(container, stream):
            yield from decode(packet, self._decode_packet)

    def _packets(
        self, container: InputContainer, stream: VideoStream
    ) -> "Iterator[Packet[VideoStream]]":
        packets = container.demux(stream)
        if self._tap:
            self._tap.start_stream(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except FFmpegError as error:
                self.decode_errors += 1
                if isinstance(error, OSError):  # the file itself cannot be read, not one frame
                    return
                continue
            if self._tap:
                self._tap.push(packet)
            yield packet

    def _decode_packet(self, packet: "Packet[VideoStream]") -> list[av.VideoFrame]:
        try:
            return packet.decode()
        except FFmpegError:
            self.decode_errors += 1
            return []


def _timestamp(picture: av.VideoFrame) -> Fraction | None:
    if picture.pts is None or picture.time_base is None:
        return None
    return picture.pts * picture.time_base


def _delta(seconds: Fraction) -> timedelta:
    return timedelta(microseconds=round(seconds * 1_000_000))
