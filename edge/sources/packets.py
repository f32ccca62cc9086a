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

TICKS_PER_S = 1_000_000
"""Packets are told of in microseconds."""
MAX_UNTIMED_PACKETS = 300
"""Packets that wait for the time of the first picture; a stream with more has none."""


@dataclass(frozen=True, slots=True)
class CodecParameters:
    """What a decoder has to know before the first packet.

    Args:
        name: ``h264``, ``hevc`` ...
        nut_header: A NUT file of no picture: it keeps parameters as the camera sent them.
    """

    name: str
    nut_header: bytes = field(repr=False)

    @classmethod
    def from_stream(cls, stream: VideoStream) -> "CodecParameters":
        """Write down how ``stream`` is coded; equal streams give equal codings."""
        file = BytesIO()
        with av.open(file, "w", format="nut", options={"fflags": "+bitexact"}) as container:
            copy = container.add_stream_from_template(stream)
            container.start_encoding()
            empty = make_av_packet(b"\0", pts=0, dts=0)
            empty.stream, empty.is_keyframe = copy, True
            container.mux(empty)
        return cls(stream.codec_context.name, file.getvalue())

    @contextmanager
    def open_stream(self) -> Iterator[VideoStream]:
        """Give a stream to decode with, or to copy, in one thread."""
        with closing(av.open(BytesIO(self.nut_header), format="nut")) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            yield stream


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPacket:
    """One packet.

    Args:
        at: When its picture was taken.
        decode_lead: How long before that the decoder needs it.
        is_key: Whether decoding can begin here.
    """

    at: datetime
    decode_lead: timedelta
    is_key: bool
    content: bytes = field(repr=False)
    codec: CodecParameters

    def to_av_packet(self, base: datetime) -> "Packet[Stream]":
        """Make a packet of it whose time counts from ``base``."""
        pts = to_ticks(self.at - base)
        return make_av_packet(
            self.content, pts=pts, dts=pts - to_ticks(self.decode_lead), is_key=self.is_key
        )


class PacketTap:
    """Hands a stream's packets on with their time, once that is known.

    Args:
        deliver: Takes them, in the order of decoding.
    """

    def __init__(self, deliver: Callable[[EncodedPacket], None]) -> None:
        self._give = deliver
        self._coding: CodecParameters | None = None
        self._zero: datetime | None = None
        self._untied: list[Packet[VideoStream]] = []

    def start_stream(self, stream: VideoStream) -> None:
        """Take note that packets of ``stream`` follow, whose time is not known yet."""
        self._coding, self._zero = CodecParameters.from_stream(stream), None
        self._untied.clear()

    def push(self, packet: "Packet[VideoStream]") -> None:
        """Hand a packet on, or keep it until ``set_epoch``; what has no time is left out."""
        if self._zero is None:
            self._untied = [*self._untied, packet][-MAX_UNTIMED_PACKETS:]
        elif packet.pts is not None and packet.size:
            self._hand_on(packet, self._zero)

    def set_epoch(self, epoch: datetime) -> None:
        """Say which moment the stream calls zero."""
        self._zero = epoch
        untied, self._untied = self._untied, []
        for packet in untied:
            self.push(packet)

    def _hand_on(self, packet: "Packet[VideoStream]", zero: datetime) -> None:
        if self._coding is None or packet.pts is None:
            return
        pts = packet.pts * packet.time_base
        dts = pts if packet.dts is None else packet.dts * packet.time_base
        encoded = EncodedPacket(
            at=zero + to_timedelta(pts),
            decode_lead=to_timedelta(pts - dts),
            is_key=packet.is_keyframe,
            content=bytes(packet),
            codec=self._coding,
        )
        self._give(encoded)


def make_av_packet(content: bytes, *, pts: int, dts: int, is_key: bool = False) -> "Packet[Stream]":
    """Make a packet with times in ``TICKS_PER_S``."""
    packet = Packet(content)
    packet.pts, packet.dts, packet.time_base = pts, dts, Fraction(1, TICKS_PER_S)
    packet.is_keyframe = is_key
    return packet


def to_ticks(length: timedelta) -> int:
    """Count the microseconds."""
    return length // timedelta(microseconds=1)


def to_timedelta(seconds: Fraction) -> timedelta:
    """Round to microseconds."""
    return timedelta(microseconds=round(seconds * TICKS_PER_S))
