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

from edge.sources.packets import Coding, span
from edge.sources.picture import AvPicture
from pipeline.motion.motion_gate import GATE_SIZE, MotionGate

Decode = Callable[["Packet[VideoStream]"], Iterable[av.VideoFrame]]
Demand = Callable[["Packet[VideoStream]", Decode], Iterable[av.VideoFrame]]
"""Chooses what is decoded: takes a packet and its decoder, gives pictures that are due."""

AWAKE = 5
"""Seconds for which all is decoded after the last motion, and from the beginning."""
BLIND = timedelta(seconds=3)
"""Longest stretch that is not looked at: with rarer key frames the rest of a group is decoded."""
JUMP = 10
"""Seconds from which on a hole in the stream's time begins a new one."""
ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def everything(packet: "Packet[VideoStream]", decode: Decode) -> Iterable[av.VideoFrame]:
    """Decode each packet as it comes."""
    return decode(packet)


class OnDemand:
    """What to decode of one stream; time is the stream's own, so that replays agree.

    Args:
        stirred: Set by whoever looks at the pictures, when there is something to be seen.
        blind: Longest stretch without a picture.
        undecoded: Told how many pictures were left out for good.
    """

    def __init__(
        self,
        stirred: threading.Event,
        *,
        blind: timedelta = BLIND,
        undecoded: Callable[[int], None],
    ) -> None:
        self._stirred, self._undecoded = stirred, undecoded
        self._blind = Fraction(blind / timedelta(seconds=1))
        self._kept: list[Packet[VideoStream]] = []
        self._gate = MotionGate()
        self._coding: Coding | None = None
        self._now: Fraction | None = None
        self._awake_until = Fraction(0)
        self._given: int | None = None

    def begin(self, stream: VideoStream) -> None:
        """Take note that packets of ``stream`` follow: another connection, or another turn."""
        self._coding, self._now = Coding.of(stream), None

    def pictures(self, packet: "Packet[VideoStream]", decode: Decode) -> Iterator[av.VideoFrame]:
        """Give the pictures that are due, each once, in the order of time."""
        if not packet.size or packet.pts is None:  # an empty one asks for what the decoder holds
            yield from self._fresh(decode(packet))
            return
        now = packet.pts * packet.time_base
        self._hear(now)
        if packet.is_keyframe and now > self._awake_until:
            yield from self._glance(packet, now, decode)
        elif not self._kept:
            yield from self._fresh(decode(packet))
        else:
            self._kept.append(packet)
            if now <= self._awake_until or now - _time(self._kept[0]) > self._blind:
                yield from self._catch_up(decode)

    def _hear(self, now: Fraction) -> None:
        """Wake if somebody asks for it; begin anew after a jump of the stream's time."""
        last, self._now = self._now, now
        if last is None or not -1 < now - last < JUMP:
            self._gate, self._kept, self._given = MotionGate(), [], None
            self._awake_until = now + AWAKE
        if self._stirred.is_set():
            self._stirred.clear()
            self._awake_until = now + AWAKE

    def _glance(
        self, packet: "Packet[VideoStream]", now: Fraction, decode: Decode
    ) -> Iterator[av.VideoFrame]:
        """Look at a key frame by itself: wake, or let the group before it go."""
        picture = self._alone(packet)
        if picture is None or self._moves(picture, now):
            self._awake_until = now + AWAKE
            self._kept.append(packet)
            yield from self._catch_up(decode)
            return
        self._undecoded(max(len(self._kept) - 1, 0))
        self._kept, self._given = [packet], packet.pts
        yield picture

    def _catch_up(self, decode: Decode) -> Iterator[av.VideoFrame]:
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
                    self._awake_until = max(self._awake_until, at + AWAKE)
            yield picture

    def _alone(self, packet: "Packet[VideoStream]") -> av.VideoFrame | None:
        """Decode a key frame without the one decoder that has to go on; ``None`` if damaged."""
        if self._coding is None:
            return None
        try:
            with self._coding.opened() as stream:
                found = [*stream.codec_context.decode(packet), *stream.codec_context.decode(None)]
        except FFmpegError:
            return None
        sound = [picture for picture in found if not picture.is_corrupt]
        if not sound or packet.pts is None:
            return None
        sound[0].pts, sound[0].time_base = packet.pts, packet.time_base
        return sound[0]

    def _moves(self, picture: av.VideoFrame, now: Fraction) -> bool:
        return bool(self._gate.push(ZERO + span(now), AvPicture(picture).grey(GATE_SIZE)))


def _time(packet: "Packet[VideoStream]") -> Fraction:
    return (packet.pts or 0) * packet.time_base
