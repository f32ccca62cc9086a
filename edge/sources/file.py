"""A recording as a source: frame times are ``start_at + pts``, so a replay gives equal alerts."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from fractions import Fraction
from glob import escape
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
from edge.sources.source import EndOfStream, SourceEvent
from pipeline.frame import Frame

MAX_LAG = timedelta(seconds=1)
"""In live playback a frame is dropped if the worker is further behind, as with a camera."""
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png"}
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
        """Yield all frames with their seconds from the first; damaged ones are counted.

        Args:
            start_at: Time of the first frame.
        """
        first: Fraction | None = None
        with closing(open_video(self._path, self._folder_fps)) as container:
            stream = container.streams.video[0]
            self._expected_s = _expected_duration(container, stream)
            for picture in self._pictures(container, stream):
                if picture.pts is None or picture.time_base is None:
                    self.decode_errors += 1
                    continue
                pts = picture.pts * picture.time_base
                if first is None:
                    first = pts
                    self._set_epoch(start_at - _delta(first))
                yield pts - first, picture
        if first is None:
            raise SourceError(f"file:{self._path}", "contains no frame that can be decoded")

    def _set_epoch(self, epoch: datetime) -> None:
        if self._tap:
            self._tap.set_epoch(epoch)

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


def open_video(path: Path, folder_fps: float = 1) -> InputContainer:
    """Open a video file to be decoded in one thread; a second thread would only cost more.

    Args:
        path: A file, or a folder of images that are played in the order of their names.
        folder_fps: Frame rate of a folder of images.

    Raises:
        SourceError: The path does not exist or is not a video.
    """
    try:
        container = _folder(path, folder_fps) if path.is_dir() else av.open(str(path))
    except (FFmpegError, OSError) as error:
        reason = "no such file" if not path.exists() else f"cannot be read as a video ({error})"
        raise SourceError(f"file:{path}", reason) from None
    if not container.streams.video:
        container.close()
        raise SourceError(f"file:{path}", "contains no video")
    container.streams.video[0].codec_context.thread_count = 1
    return container


def _folder(path: Path, fps: float) -> InputContainer:
    suffixes = {file.suffix for file in path.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES}
    if len(suffixes) != 1:
        kinds = " and ".join(sorted(suffixes)) or "no"
        raise SourceError(f"folder:{path}", f"contains {kinds} images; use one kind, .jpg or .png")
    pattern = Path(escape(str(path)), f"*{suffixes.pop()}")
    options = {"pattern_type": "glob", "framerate": str(Fraction(fps).limit_denominator(1000))}
    return av.open(str(pattern), format="image2", options=options)


def video_duration(path: Path, folder_fps: float = 1) -> timedelta:
    """Return the duration stated in the header of a file or folder; zero if it has none.

    Raises:
        SourceError: The path does not exist or is not a video.
    """
    with closing(open_video(path, folder_fps)) as container:
        return timedelta(seconds=(container.duration or 0) / av.time_base)


def _expected_duration(container: InputContainer, stream: VideoStream) -> Fraction:
    """Return the seconds that the header promises, even if the file is truncated."""
    by_count = stream.frames / stream.average_rate if stream.average_rate else Fraction(0)
    return max(by_count, Fraction(container.duration or 0, av.time_base))


def _delta(seconds: Fraction) -> timedelta:
    return timedelta(microseconds=round(seconds * 1_000_000))
