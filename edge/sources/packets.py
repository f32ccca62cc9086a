"""Encoded packets with capture times, independent of the connection they came from."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from io import BytesIO

import av
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

TICKS_PER_S = 1_000_000
"""Packet times are in microseconds."""
MAX_UNTIMED_PACKETS = 300
"""Packets that may wait until capture times are known; the oldest are discarded."""


@dataclass(frozen=True, slots=True)
class CodecParameters:
    """What a decoder must know before the first packet.

    Args:
        name: Name of the codec, such as ``h264`` or ``hevc``.
        nut_header: An empty NUT file that holds the parameters as the camera sent them.
        quarter_turns: How often a player turns each frame counter-clockwise by 90 degrees.
    """

    name: str
    nut_header: bytes = field(repr=False)
    quarter_turns: int = 0

    @classmethod
    def from_stream(cls, stream: VideoStream) -> "CodecParameters":
        """Read the parameters of ``stream``; equal streams give equal parameters."""
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
        """Open a stream with these parameters, to decode in one thread or to copy."""
        with closing(av.open(BytesIO(self.nut_header), format="nut")) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            yield stream


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPacket:
    """One encoded packet.

    Args:
        at: Capture time of its frame.
        decode_lead: How long before that time the decoder needs it (PTS minus DTS).
        is_key: Whether decoding can start here.
    """

    at: datetime
    decode_lead: timedelta
    is_key: bool
    content: bytes = field(repr=False)
    codec: CodecParameters

    def to_av_packet(self, base: datetime) -> "Packet[Stream]":
        """Convert to a PyAV packet whose times count from ``base``."""
        pts = to_ticks(self.at - base)
        return make_av_packet(
            self.content, pts=pts, dts=pts - to_ticks(self.decode_lead), is_key=self.is_key
        )


class PacketTap:
    """Pass the packets of a stream on with their capture times, once these are known.

    Args:
        deliver: Called with each packet, in decoding order.
    """

    def __init__(self, deliver: Callable[[EncodedPacket], None]) -> None:
        self._deliver = deliver
        self._codec: CodecParameters | None = None
        self._epoch: datetime | None = None
        self._untimed: list[Packet[VideoStream]] = []

    def start_stream(self, stream: VideoStream) -> None:
        """Prepare for the packets of ``stream``, whose capture times are not known yet."""
        self._codec, self._epoch = CodecParameters.from_stream(stream), None
        self._untimed.clear()

    def push(self, packet: "Packet[VideoStream]") -> None:
        """Pass a packet on, or keep it until ``set_epoch``; packets without a time are left out."""
        if self._epoch is None:
            self._untimed = [*self._untimed, packet][-MAX_UNTIMED_PACKETS:]
        elif packet.pts is not None and packet.size:
            self._deliver_with_time(packet, self._epoch)

    def set_quarter_turns(self, quarter_turns: int) -> None:
        """Set how the frames are turned; before ``set_epoch``."""
        if self._codec:
            self._codec = replace(self._codec, quarter_turns=quarter_turns)

    def set_epoch(self, epoch: datetime) -> None:
        """Set the UTC time of PTS zero."""
        self._epoch = epoch
        untimed, self._untimed = self._untimed, []
        for packet in untimed:
            self.push(packet)

    def _deliver_with_time(self, packet: "Packet[VideoStream]", epoch: datetime) -> None:
        if self._codec is None or packet.pts is None:
            return
        pts = packet.pts * packet.time_base
        dts = pts if packet.dts is None else packet.dts * packet.time_base
        encoded = EncodedPacket(
            at=epoch + to_timedelta(pts),
            decode_lead=to_timedelta(pts - dts),
            is_key=packet.is_keyframe,
            content=bytes(packet),
            codec=self._codec,
        )
        self._deliver(encoded)


def make_av_packet(content: bytes, *, pts: int, dts: int, is_key: bool = False) -> "Packet[Stream]":
    """Create a PyAV packet; ``pts`` and ``dts`` are in microseconds."""
    packet = Packet(content)
    packet.pts, packet.dts, packet.time_base = pts, dts, Fraction(1, TICKS_PER_S)
    packet.is_keyframe = is_key
    return packet


def to_ticks(length: timedelta) -> int:
    """Convert a duration to whole microseconds."""
    return length // timedelta(microseconds=1)


def to_timedelta(seconds: Fraction) -> timedelta:
    """Convert seconds to a duration, rounded to microseconds."""
    return timedelta(microseconds=round(seconds * TICKS_PER_S))
