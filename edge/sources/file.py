"""A recording as a camera: its times are ``start_at + pts``, so a replay gives the same alerts."""

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
from edge.sources.on_demand_decoder import OnDemandDecoder, decode_every_packet
from edge.sources.packets import PacketTap
from edge.sources.picture import AvPicture
from edge.sources.source import EndOfStream, SourceEvent
from pipeline.frame import Frame

MAX_LAG = timedelta(seconds=1)
"""A worker further behind a live picture than this misses pictures, as with a camera."""
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png"}
MAX_MISSING_S = 2
"""Seconds that a sound file may lack of the length in its header."""


class FileSource:
    """One video file, or a folder of pictures.

    Args:
        camera: The name its frames carry.
        start_at: Time of the first picture; asked for when it is read.
        detect_fps: Pictures a second that are passed on, chosen by their time.
        live: Wait until each picture's time has come; else as fast as it is taken.
        loop: Begin again at the end, with times that go on.
        tap: Takes all packets, with the times that their pictures have.
        folder_fps: Pictures a second of a folder.
        on_demand: Chooses what is decoded; without it, everything is.
    """

    def __init__(  # noqa: PLR0913  # each has a name, and most a default
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
        on_demand: OnDemandDecoder | None = None,
    ) -> None:
        self._tap, self._folder_fps, self._on_demand = tap, folder_fps, on_demand
        self._camera, self._path, self._start_at = camera, path, start_at
        self._fps, self._live, self._loop = Fraction(detect_fps), live, loop
        self._promised = Fraction(0)
        self.decode_errors = 0
        self.dropped = 0
        self.degraded_reason = ""

    def events(self, stop: threading.Event) -> Iterator[SourceEvent]:
        """Play the file, or play it again and again.

        Raises:
            SourceError: It is not there, or holds no video that can be decoded.
        """
        began, start_at = time.monotonic(), self._start_at()
        played = Fraction(0)
        while not stop.is_set():
            last = played
            for pts, picture in self._sampled(start_at + _delta(played)):
                last = played + pts
                if self._comes_in_time(began, last, stop):
                    at = start_at + _delta(last)
                    yield Frame(camera=self._camera, at=at, picture=AvPicture(picture))
                if stop.is_set():
                    return
            if not self._loop:
                yield EndOfStream(start_at + _delta(last), self._fault(last))
                return
            played = last + 1 / self._fps

    def _fault(self, last: Fraction) -> str:
        """Say what was wrong with a file that has been played, or nothing."""
        if last + MAX_MISSING_S < self._promised:
            return f"is cut short: {float(last):.1f} s of {float(self._promised):.1f} s"
        return f"holds {self.decode_errors} damaged pictures" if self.decode_errors else ""

    def _comes_in_time(self, began: float, pts: Fraction, stop: threading.Event) -> bool:
        """Wait for a picture's time; a worker that is far behind does not get it."""
        if not self._live:
            return True
        early = began + float(pts) - time.monotonic()
        if early > 0:
            return not stop.wait(early)
        if early > -MAX_LAG.total_seconds():
            return True
        self.dropped += 1
        return False

    def _sampled(self, began: datetime) -> Iterator[tuple[Fraction, av.VideoFrame]]:
        """Choose the first picture of each ``1 / detect_fps`` seconds."""
        last_slot = -1
        for pts, picture in self._decoded(began):
            slot = int(pts * self._fps)
            if slot > last_slot:
                last_slot = slot
                yield pts, picture

    def _decoded(self, began: datetime) -> Iterator[tuple[Fraction, av.VideoFrame]]:
        """Decode all pictures with their seconds from the first; damaged ones are counted.

        Args:
            began: The time of the first.
        """
        first: Fraction | None = None
        with closing(open_video(self._path, self._folder_fps)) as container:
            stream = container.streams.video[0]
            self._promised = _promised(container, stream)
            for picture in self._pictures(container, stream):
                if picture.pts is None or picture.time_base is None:
                    self.decode_errors += 1
                    continue
                pts = picture.pts * picture.time_base
                if first is None:
                    first = pts
                    self._tie(began - _delta(first))
                yield pts - first, picture
        if first is None:
            raise SourceError(f"file:{self._path}", "holds no picture that can be decoded")

    def _tie(self, zero: datetime) -> None:
        if self._tap:
            self._tap.set_epoch(zero)

    def _pictures(self, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
        demand = self._on_demand.decode if self._on_demand else decode_every_packet
        if self._on_demand:
            self._on_demand.start_stream(stream)
        for packet in self._packets(container, stream):
            yield from demand(packet, self._sound)

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
                if isinstance(error, OSError):  # the file itself, not one picture of it
                    return
                continue
            if self._tap:
                self._tap.push(packet)
            yield packet

    def _sound(self, packet: "Packet[VideoStream]") -> list[av.VideoFrame]:
        try:
            return packet.decode()
        except FFmpegError:
            self.decode_errors += 1
            return []


def open_video(path: Path, folder_fps: float = 1) -> InputContainer:
    """Open a file that holds video; decoding takes one thread, two only cost more.

    Args:
        path: Or of a folder, whose pictures are taken in the order of their names.

    Raises:
        SourceError: It is not there, or is no video.
    """
    try:
        container = _folder(path, folder_fps) if path.is_dir() else av.open(str(path))
    except (FFmpegError, OSError) as error:
        reason = "no such file" if not path.exists() else f"cannot be read as a video ({error})"
        raise SourceError(f"file:{path}", reason) from None
    if not container.streams.video:
        container.close()
        raise SourceError(f"file:{path}", "holds no video")
    container.streams.video[0].codec_context.thread_count = 1
    return container


def _folder(path: Path, fps: float) -> InputContainer:
    kinds = {file.suffix for file in path.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES}
    if len(kinds) != 1:
        found = " and ".join(sorted(kinds)) or "no"
        raise SourceError(
            f"folder:{path}", f"holds {found} pictures; give it one kind of .jpg or .png"
        )
    pattern = Path(escape(str(path)), f"*{kinds.pop()}")
    options = {"pattern_type": "glob", "framerate": str(Fraction(fps).limit_denominator(1000))}
    return av.open(str(pattern), format="image2", options=options)


def video_duration(path: Path, folder_fps: float = 1) -> timedelta:
    """How long a file or folder plays by its own word; zero if it does not say.

    Raises:
        SourceError: It is not there, or is no video.
    """
    with closing(open_video(path, folder_fps)) as container:
        return timedelta(seconds=(container.duration or 0) / av.time_base)


def _promised(container: InputContainer, stream: VideoStream) -> Fraction:
    """Seconds that the header speaks of: what is left of a torn file does not change it."""
    by_count = stream.frames / stream.average_rate if stream.average_rate else Fraction(0)
    return max(by_count, Fraction(container.duration or 0, av.time_base))


def _delta(seconds: Fraction) -> timedelta:
    return timedelta(microseconds=round(seconds * 1_000_000))
