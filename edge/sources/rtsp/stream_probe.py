"""What a camera sends, seen by watching it for some seconds."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from time import monotonic

import av

from edge.errors import StreamError, StreamFault
from edge.sources.camera_address import CameraAddress
from edge.sources.rtsp.stream import RtspStream

LONGEST = 4
"""Times the asked seconds that are spent on waiting for a second key frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamProbe:
    """A camera's stream in figures; what could not be seen is ``None``.

    Args:
        gop_pictures: From one key frame to the next.
        first_picture_ms: From the call to the first whole picture.
        damaged: Pictures that came in damaged.
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
class _Watched:
    """What has come in so far; packets as time, bytes, and whether decoding can begin there."""

    packets: list[tuple[Fraction, int, bool]] = field(default_factory=list)
    picture: av.VideoFrame | None = None
    damaged: int = 0

    def damage(self) -> None:
        self.damaged += 1

    @property
    def keys(self) -> list[int]:
        return [n for n, (_, _, is_key) in enumerate(self.packets) if is_key]

    @property
    def length(self) -> Fraction:
        """Seconds from the first packet to the last."""
        times = [at for at, _, _ in self.packets]
        return max(times) - min(times) if times else Fraction(0)


def probe_stream(
    address: CameraAddress, *, seconds: float = 5.0
) -> tuple[StreamProbe, av.VideoFrame]:
    """Watch a camera; gives the figures and its last picture.

    Args:
        seconds: How long to watch; up to four times that if key frames are rare.

    Raises:
        StreamError: It cannot be reached, lets nobody in, or shows nothing.
    """
    began, watched = monotonic(), _Watched()
    with closing(RtspStream.open(address, watched.damage)) as stream:
        first = _watch(stream, watched, seconds, began)
        codec = stream.video.codec_context.name
    picture = watched.picture
    if picture is None or first is None:
        raise StreamError(str(address), StreamFault.NO_VIDEO)
    gop = max((later - key for key, later in pairwise(watched.keys)), default=None)
    rate = _rate(watched)
    figures = StreamProbe(
        address=str(address),
        codec=codec,
        width=picture.width,
        height=picture.height,
        fps=rate,
        gop_pictures=gop,
        gop_s=round(gop / rate, 2) if gop and rate else None,
        first_picture_ms=round((first - began) * 1000),
        kbit_per_s=_kbit(watched),
        damaged=watched.damaged,
    )
    return figures, picture


def _watch(stream: RtspStream, watched: _Watched, seconds: float, began: float) -> float | None:
    """Take pictures until enough is known; tells when the first came in."""
    first: float | None = None
    for picture in _pictures(stream, watched):
        watched.picture = picture
        first = first or monotonic()
        rare = len(watched.keys) < 2 and monotonic() - began < LONGEST * seconds
        if watched.length >= Fraction(seconds) and not rare:
            break
    return first


def _pictures(stream: RtspStream, watched: _Watched) -> Iterator[av.VideoFrame]:
    def note(packet: "av.Packet[av.VideoStream]") -> None:
        if packet.pts is not None:
            at = packet.pts * packet.time_base
            watched.packets.append((at, packet.size, packet.is_keyframe))

    stream.on_packet = note
    return stream.pictures()


def _rate(watched: _Watched) -> float | None:
    if not watched.length:
        return None
    return round(float((len(watched.packets) - 1) / watched.length), 2)


def _kbit(watched: _Watched) -> float | None:
    if not watched.length:
        return None
    sizes = sum(size for _, size, _ in watched.packets[:-1])
    return round(float(sizes * 8 / watched.length / 1000), 1)
