"""Videos as phones, old cameras and broken recorders write them, all of the same scene."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.random import Generator
from numpy.typing import NDArray

from pipeline.frame import Size

SECONDS = 6
CONTAINERS_OF = {
    "libx264": ("mp4", "mov", "mkv", "avi", "ts", "flv", "h264"),
    "libx265": ("mp4", "mkv", "ts", "hevc"),
    "mpeg4": ("mp4", "avi", "mkv"),
    "mjpeg": ("avi", "mkv", "mov"),
    "mpeg2video": ("mpg", "ts", "mkv"),
    "libvpx": ("webm", "mkv"),
}
WITH_ROTATION = {"mp4", "mov"}
WITH_ASPECT = {"libx264", "libx265", "mpeg4"}
WITH_START = {"mp4", "mov", "mkv", "webm", "ts", "mpg", "flv"}
WITHOUT_TIMES = {"h264", "hevc"}
SIZES = (Size(160, 120), Size(352, 288), Size(322, 182), Size(120, 240))


@dataclass(frozen=True, slots=True, kw_only=True)
class OddVideo:
    """One combination; the scene is a bright square that moves from left to right in 6 seconds.

    Args:
        shown: Size as a player shows it.
        turns: Quarter turns counter-clockwise that the container asks for.
        aspect: Width of a pixel divided by its height.
        pause_s: In the middle the recorder slept for so long; its clock went on.
        starts_at_s: First timestamp.
        damaged: Share of the packets that are overwritten.
    """

    codec: str
    container: str
    shown: Size
    rate: int
    turns: int = 0
    aspect: Fraction = Fraction(1)
    pause_s: int = 0
    starts_at_s: int = 0
    damaged: float = 0.0
    has_sound: bool = False

    @property
    def has_times(self) -> bool:
        return self.container not in WITHOUT_TIMES

    def write(self, folder: Path, generator: Generator) -> Path:
        """Write the video; an encoder gets the scene squeezed and turned back."""
        file = folder / f"clip.{self.container}"
        with av.open(str(file), "w") as container:
            stream = self._add_stream(container)
            sound = container.add_stream("aac", rate=8000) if self.has_sound else None
            assert sound is None or isinstance(sound, AudioStream)
            for packet in self._packets(stream):
                is_damaged = self._is_to_be_damaged(packet, generator)
                container.mux(_overwritten(packet, generator) if is_damaged else packet)
            if sound:
                silence = av.AudioFrame.from_ndarray(
                    np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
                )
                silence.sample_rate = 8000
                container.mux([*sound.encode(silence), *sound.encode(None)])
        return file

    def _add_stream(self, container: OutputContainer) -> VideoStream:
        stored = self._stored_size()
        stream = container.add_stream(self.codec, rate=self.rate)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = stored
        stream.pix_fmt = "yuvj420p" if self.codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = Fraction(1, self.rate)
        stream.codec_context.gop_size = self.rate
        if self.codec.startswith("libx26"):
            stream.options = {"preset": "ultrafast", "x265-params": "log-level=none"}
        if self.codec == "libvpx":
            stream.options = {"deadline": "realtime", "cpu-used": "8"}
        stream.bit_rate = 1_500_000
        if self.aspect != 1:
            stream.codec_context.sample_aspect_ratio = self.aspect
        if self.turns:
            stream.set_display_rotation((0, 90, 180, -90)[self.turns])
        return stream

    def _stored_size(self) -> Size:
        width, height = self.shown
        if self.turns % 2:
            width, height = height, width
        return Size(round(width / self.aspect) & ~1, height & ~1)

    def _packets(self, stream: VideoStream) -> Iterator["Packet[VideoStream]"]:
        n_frames = SECONDS * self.rate
        for number in range(n_frames):
            pause = self.pause_s * self.rate if number >= n_frames // 2 else 0
            pixels = np.rot90(draw_scene(self.shown, number / n_frames), -self.turns)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame = frame.reformat(*self._stored_size(), format=stream.pix_fmt)
            frame.pts = number + pause + self.starts_at_s * self.rate
            frame.time_base = Fraction(1, self.rate)
            yield from stream.encode(frame)
        yield from stream.encode(None)

    def _is_to_be_damaged(self, packet: "Packet[VideoStream]", generator: Generator) -> bool:
        return not packet.is_keyframe and generator.random() < self.damaged


def draw_scene(size: Size, progress: float) -> NDArray[np.uint8]:
    """Draw a white square on grey, ``progress`` of the way from left to right, near the top."""
    pixels = np.full((size.height, size.width, 3), 90, np.uint8)
    side = size.height // 5
    left = round(progress * (size.width - side))
    pixels[side : 2 * side, left : left + side] = 235
    return pixels


def find_square(pixels: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Return the centre of the square, as shares of width and height."""
    rows, columns = np.nonzero(pixels.mean(axis=2) > 165)
    if not len(rows):
        return None
    return float(columns.mean()) / pixels.shape[1], float(rows.mean()) / pixels.shape[0]


def _overwritten(packet: "Packet[VideoStream]", generator: Generator) -> "Packet[VideoStream]":
    content = bytearray(bytes(packet))
    start = len(content) // 2
    content[start:] = generator.bytes(len(content) - start)
    damaged = cast("Packet[VideoStream]", Packet(bytes(content)))
    damaged.pts, damaged.dts, damaged.time_base = packet.pts, packet.dts, packet.time_base
    damaged.stream, damaged.is_keyframe = packet.stream, packet.is_keyframe
    return damaged


def choose_videos(number: int, generator: Generator) -> list[OddVideo]:
    """Choose so many combinations, each kind of file in turn."""
    kinds = [(codec, name) for codec, names in CONTAINERS_OF.items() for name in names]
    order = [kinds[n % len(kinds)] for n in range(number)]
    return [_choose(codec, container, generator) for codec, container in order]


def _choose(codec: str, container: str, generator: Generator) -> OddVideo:
    has_times = container not in WITHOUT_TIMES
    return OddVideo(
        codec=codec,
        container=container,
        shown=SIZES[generator.integers(len(SIZES))],
        rate=int(generator.choice([5, 10, 25, 30])),
        turns=int(generator.integers(4)) if container in WITH_ROTATION else 0,
        aspect=(
            (Fraction(1), Fraction(12, 11), Fraction(16, 11), Fraction(1, 2))[generator.integers(4)]
            if codec in WITH_ASPECT and container not in {"avi", "flv"}
            else Fraction(1)
        ),
        pause_s=int(generator.choice([0, 0, 3])) if has_times else 0,
        starts_at_s=int(generator.choice([0, 0, 7])) if container in WITH_START else 0,
        damaged=float(generator.choice([0, 0, 0.05])),
        has_sound=container in {"mp4", "mov", "mkv", "flv"} and bool(generator.integers(2)),
    )
