"""Measure what a camera sends by reading its stream for some seconds."""

from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from time import monotonic

import av

from edge.errors import StreamError, StreamFault
from edge.sources.camera_address import CameraAddress
from edge.sources.rtsp.stream import RtspStream

MAX_EXTENSION = 4
"""Factor by which the measurement may be extended to reach a second key frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamProbe:
    """Properties of a camera's stream; ``None`` where they could not be measured.

    Args:
        gop_pictures: Frames from one key frame to the next.
        gop_s: Seconds from one key frame to the next.
        first_picture_ms: Time from connecting to the first complete frame.
        damaged: Number of damaged frames.
    """

    address: str
    codec: str
    width: int
    height: int
    fps: float | None
    gop_pictures: int | None
    gop_s: float | None
    first_picture_ms: int
    kbit_per_s: float | None
    damaged: int


@dataclass(slots=True)
class _Measurement:
    """What was received so far; packets as (time in seconds, bytes, whether it is a key frame)."""

    packets: list[tuple[Fraction, int, bool]] = field(default_factory=list)
    picture: av.VideoFrame | None = None
    first_picture_at: float | None = None
    damaged: int = 0

    def count_damaged(self) -> None:
        self.damaged += 1

    def add_packet(self, packet: "av.Packet[av.VideoStream]") -> None:
        if packet.pts is not None:
            at = packet.pts * packet.time_base
            self.packets.append((at, packet.size, packet.is_keyframe))

    @property
    def keyframe_indices(self) -> list[int]:
        return [n for n, (_, _, is_key) in enumerate(self.packets) if is_key]

    @property
    def duration(self) -> Fraction:
        """Seconds from the first packet to the last."""
        times = [at for at, _, _ in self.packets]
        return max(times) - min(times) if times else Fraction(0)

    @property
    def fps(self) -> float | None:
        if not self.duration:
            return None
        return round(float((len(self.packets) - 1) / self.duration), 2)

    @property
    def kbit_per_s(self) -> float | None:
        if not self.duration:
            return None
        sizes = sum(size for _, size, _ in self.packets[:-1])
        return round(float(sizes * 8 / self.duration / 1000), 1)


def probe_stream(
    address: CameraAddress, *, seconds: float = 5.0
) -> tuple[StreamProbe, av.VideoFrame]:
    """Measure the stream of a camera.

    Args:
        seconds: How long to read; up to four times as long if key frames are rare.

    Returns:
        The measured properties and the last frame.

    Raises:
        StreamError: The camera is unreachable, refuses the connection, or sends no frame.
    """
    started_at, measurement = monotonic(), _Measurement()
    with closing(RtspStream.open(address, measurement.count_damaged)) as stream:
        _measure(stream, measurement, seconds, started_at)
        codec = stream.video.codec_context.name
    picture, first_at = measurement.picture, measurement.first_picture_at
    if picture is None or first_at is None:
        raise StreamError(str(address), StreamFault.NO_VIDEO)
    indices, fps = measurement.keyframe_indices, measurement.fps
    gop = max((later - earlier for earlier, later in pairwise(indices)), default=None)
    properties = StreamProbe(
        address=str(address),
        codec=codec,
        width=picture.width,
        height=picture.height,
        fps=fps,
        gop_pictures=gop,
        gop_s=round(gop / fps, 2) if gop and fps else None,
        first_picture_ms=round((first_at - started_at) * 1000),
        kbit_per_s=measurement.kbit_per_s,
        damaged=measurement.damaged,
    )
    return properties, picture


def _measure(
    stream: RtspStream, measurement: _Measurement, seconds: float, started_at: float
) -> None:
    """Read frames until the measurement is complete."""
    for picture in stream.pictures(on_packet=measurement.add_packet):
        measurement.picture = picture
        measurement.first_picture_at = measurement.first_picture_at or monotonic()
        needs_keyframe = (
            len(measurement.keyframe_indices) < 2
            and monotonic() - started_at < MAX_EXTENSION * seconds
        )
        if measurement.duration >= Fraction(seconds) and not needs_keyframe:
            break
