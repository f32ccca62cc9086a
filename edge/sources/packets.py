"""Packets as a camera sent them, kept apart from the connection that brought them."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from io import BytesIO

import av
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

TICKS = 1_000_000
"""Packets are told of in microseconds."""
MOST_UNTIED = 300
"""Packets that wait for the time of the first picture; a stream with more has none."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What a decoder has to know before the first packet.

    Args:
        codec: ``h264``, ``hevc`` ...
        head: A NUT file of no picture: it keeps parameters as the camera sent them.
    """

    codec: str
    head: bytes = field(repr=False)

    @classmethod
    def of(cls, stream: VideoStream) -> "Coding":
        """Write down how ``stream`` is coded; equal streams give equal codings."""
        file = BytesIO()
        with av.open(file, "w", format="nut", options={"fflags": "+bitexact"}) as container:
            copy = container.add_stream_from_template(stream)
            container.start_encoding()
            empty = as_av(b"\0", pts=0, dts=0)
            empty.stream, empty.is_keyframe = copy, True
            container.mux(empty)
        return cls(stream.codec_context.name, file.getvalue())

    @contextmanager
    def opened(self) -> Iterator[VideoStream]:
        """Give a stream to decode with, or to copy, in one thread."""
        with closing(av.open(BytesIO(self.head), format="nut")) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            yield stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """One packet.

    Args:
        at: When its picture was taken.
        ahead: How long before that the decoder needs it.
        is_key: Whether decoding can begin here.
    """

    at: datetime
    ahead: timedelta
    is_key: bool
    content: bytes = field(repr=False)
    coding: Coding

    def packet(self, base: datetime) -> "Packet[Stream]":
        """Make a packet of it whose time counts from ``base``."""
        pts = ticks(self.at - base)
        return as_av(self.content, pts=pts, dts=pts - ticks(self.ahead), is_key=self.is_key)


class Tap:
    """Hands a stream's packets on with their time, once that is known.

    Args:
        give: Takes them, in the order of decoding.
    """

    def __init__(self, give: Callable[[Encoded], None]) -> None:
        self._give = give
        self._coding: Coding | None = None
        self._zero: datetime | None = None
        self._untied: list[Packet[VideoStream]] = []

    def begin(self, stream: VideoStream) -> None:
        """Take note that packets of ``stream`` follow, whose time is not known yet."""
        self._coding, self._zero = Coding.of(stream), None
        self._untied.clear()

    def take(self, packet: "Packet[VideoStream]") -> None:
        """Hand a packet on, or keep it until ``tie``; what has no time is left out."""
        if self._zero is None:
            self._untied = [*self._untied, packet][-MOST_UNTIED:]
        elif packet.pts is not None and packet.size:
            self._hand_on(packet, self._zero)

    def tie(self, zero: datetime) -> None:
        """Say which moment the stream calls zero."""
        self._zero = zero
        untied, self._untied = self._untied, []
        for packet in untied:
            self.take(packet)

    def _hand_on(self, packet: "Packet[VideoStream]", zero: datetime) -> None:
        if self._coding is None or packet.pts is None:
            return
        pts = packet.pts * packet.time_base
        dts = pts if packet.dts is None else packet.dts * packet.time_base
        encoded = Encoded(
            at=zero + span(pts),
            ahead=span(pts - dts),
            is_key=packet.is_keyframe,
            content=bytes(packet),
            coding=self._coding,
        )
        self._give(encoded)


def as_av(content: bytes, *, pts: int, dts: int, is_key: bool = False) -> "Packet[Stream]":
    """Make a packet with times in ``TICKS``."""
    packet = Packet(content)
    packet.pts, packet.dts, packet.time_base = pts, dts, Fraction(1, TICKS)
    packet.is_keyframe = is_key
    return packet


def ticks(length: timedelta) -> int:
    """Count the microseconds."""
    return length // timedelta(microseconds=1)


def span(seconds: Fraction) -> timedelta:
    """Round to microseconds."""
    return timedelta(microseconds=round(seconds * TICKS))
