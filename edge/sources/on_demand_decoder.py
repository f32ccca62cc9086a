"""Decode on demand: key frames alone while nothing moves, and all that was kept once it does.

A key frame stands for itself, so that decoding one in fifty costs a fiftieth. What comes between is
kept, and decoded after all when a key frame shows something new, or whoever looks asks for it: then
the pictures of the whole group follow, in their order, with their own times.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import av
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from edge.sources.packets import CodecParameters, to_timedelta
from edge.sources.picture import AvPicture
from pipeline.motion.motion_gate import GATE_SIZE, MotionGate

DecodePacket = Callable[["Packet[VideoStream]"], Iterable[av.VideoFrame]]
DecodePolicy = Callable[["Packet[VideoStream]", DecodePacket], Iterable[av.VideoFrame]]
"""Chooses what is decoded: takes a packet and its decoder, gives pictures that are due."""

ACTIVE_FOR_S = 5
"""Seconds for which all is decoded after the last motion, and from the beginning."""
MAX_GAP = timedelta(seconds=3)
"""Longest stretch that is not looked at: with rarer key frames the rest of a group is decoded."""
MAX_PTS_JUMP_S = 10
"""Seconds from which on a hole in the stream's time begins a new one."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decode_every_packet(
    packet: "Packet[VideoStream]", decode_packet: DecodePacket
) -> Iterable[av.VideoFrame]:
    """Decode each packet as it comes."""
    return decode_packet(packet)


class OnDemandDecoder:
    """What to decode of one stream; time is the stream's own, so that replays agree.

    Args:
        activity: Set by whoever looks at the pictures, when there is something to be seen.
        max_gap: Longest stretch without a picture.
        count_skipped: Told how many pictures were left out for good.
    """

    def __init__(
        self,
        activity: threading.Event,
        *,
        max_gap: timedelta = MAX_GAP,
        count_skipped: Callable[[int], None],
    ) -> None:
        self._stirred, self._undecoded = activity, count_skipped
        self._blind = Fraction(max_gap / timedelta(seconds=1))
        self._kept: list[Packet[VideoStream]] = []
        self._gate = MotionGate()
        self._coding: CodecParameters | None = None
        self._now: Fraction | None = None
        self._awake_until = Fraction(0)
        self._given: int | None = None

    def start_stream(self, stream: VideoStream) -> None:
        """Take note that packets of ``stream`` follow: another connection, or another turn."""
        self._coding, self._now = CodecParameters.from_stream(stream), None

    def decode(
        self, packet: "Packet[VideoStream]", decode_packet: DecodePacket
    ) -> Iterator[av.VideoFrame]:
        """Give the pictures that are due, each once, in the order of time."""
        if not packet.size or packet.pts is None:  # an empty one asks for what the decoder holds
            yield from self._fresh(decode_packet(packet))
            return
        now = packet.pts * packet.time_base
        self._hear(now)
        if packet.is_keyframe and now > self._awake_until:
            yield from self._glance(packet, now, decode_packet)
        elif not self._kept:
            yield from self._fresh(decode_packet(packet))
        else:
            self._kept.append(packet)
            if now <= self._awake_until or now - _time(self._kept[0]) > self._blind:
                yield from self._catch_up(decode_packet)

    def _hear(self, now: Fraction) -> None:
        """Wake if somebody asks for it; begin anew after a jump of the stream's time."""
        last, self._now = self._now, now
        if last is None or not -1 < now - last < MAX_PTS_JUMP_S:
            self._gate, self._kept, self._given = MotionGate(), [], None
            self._awake_until = now + ACTIVE_FOR_S
        if self._stirred.is_set():
            self._stirred.clear()
            self._awake_until = now + ACTIVE_FOR_S

    def _glance(
        self, packet: "Packet[VideoStream]", now: Fraction, decode: DecodePacket
    ) -> Iterator[av.VideoFrame]:
        """Look at a key frame by itself: wake, or let the group before it go."""
        picture = self._alone(packet)
        if picture is None or self._moves(picture, now):
            self._awake_until = now + ACTIVE_FOR_S
            self._kept.append(packet)
            yield from self._catch_up(decode)
            return
        self._undecoded(max(len(self._kept) - 1, 0))
        self._kept, self._given = [packet], packet.pts
        yield picture

    def _catch_up(self, decode: DecodePacket) -> Iterator[av.VideoFrame]:
        kept, self._kept = self._kept, []
        for packet in kept:
            yield from self._fresh(decode(packet))

    def _fresh(self, pictures: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """Leave out what was given before: a key frame that was looked at by itself."""
        for picture in pictures:
            if picture.pts is None or (self._given is not None and picture.pts <= self._given):
                continue
            self._given = picture.pts
            if picture.key_frame and picture.time_base:
                at = picture.pts * picture.time_base
                if self._moves(picture, at):
                    self._awake_until = max(self._awake_until, at + ACTIVE_FOR_S)
            yield picture

    def _alone(self, packet: "Packet[VideoStream]") -> av.VideoFrame | None:
        """Decode a key frame without the one decoder that has to go on; ``None`` if damaged."""
        if self._coding is None:
            return None
        try:
            with self._coding.open_stream() as stream:
                found = [*stream.codec_context.decode(packet), *stream.codec_context.decode(None)]
        except FFmpegError:
            return None
        sound = [picture for picture in found if not picture.is_corrupt]
        if not sound or packet.pts is None:
            return None
        sound[0].pts, sound[0].time_base = packet.pts, packet.time_base
        return sound[0]

    def _moves(self, picture: av.VideoFrame, now: Fraction) -> bool:
        return bool(self._gate.push(EPOCH + to_timedelta(now), AvPicture(picture).grey(GATE_SIZE)))


def _time(packet: "Packet[VideoStream]") -> Fraction:
    return (packet.pts or 0) * packet.time_base
