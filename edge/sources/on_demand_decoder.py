"""Decode on demand: only key frames while nothing moves, every frame once something does.

A key frame is decoded without the frames before it, so a stream with one key frame in fifty costs
a fiftieth. The packets in between are kept. They are decoded after all if the next key frame shows
a change or the consumer signals activity; the frames of the group then follow in order, with their
own times.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import av
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from edge.sources.decoded_picture import AvPicture
from edge.sources.packets import CodecParameters, to_timedelta
from pipeline.motion.motion_gate import GATE_SIZE, MotionGate

DecodePacket = Callable[["Packet[VideoStream]"], Iterable[av.VideoFrame]]
DecodeStrategy = Callable[["Packet[VideoStream]", DecodePacket], Iterable[av.VideoFrame]]
"""Takes a packet and the stream's decoder; returns the frames that are due."""

ACTIVE_FOR_S = 5
"""How long every frame is decoded after the last activity, and after the start."""
MAX_GAP = timedelta(seconds=3)
"""Longest time without a decoded frame; with rarer key frames the group is decoded as well."""
SHORT_KEY_INTERVAL = timedelta(seconds=1)
"""Without being asked for, only groups this short are skipped: what comes and goes inside one is
missed, and in a second a car at 50 km/h goes 14 m, less than a street camera sees."""
KEY_JITTER_S = Fraction(1, 20)
"""Key frames of a camera come this much late at most."""
MAX_PTS_JUMP_S = 10
"""A larger jump of the stream's time starts a new time base."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decode_every_packet(
    packet: "Packet[VideoStream]", decode_packet: DecodePacket
) -> Iterable[av.VideoFrame]:
    """Decode each packet as it comes."""
    return decode_packet(packet)


class OnDemandDecoder:
    """Select the packets of a stream to decode, by the stream's own time.

    A replay of the same packets therefore decodes the same frames.

    Args:
        activity: Set by the consumer of the frames while something happens.
        max_gap: Longest time without a decoded frame.
        max_key_interval: Skip groups of pictures up to this length only; ``None`` skips all.
        count_skipped: Called with the number of frames that are never decoded.
    """

    def __init__(
        self,
        activity: threading.Event,
        *,
        max_gap: timedelta = MAX_GAP,
        max_key_interval: timedelta | None = None,
        count_skipped: Callable[[int], None],
    ) -> None:
        self._activity, self._count_skipped = activity, count_skipped
        self._max_gap_s = Fraction(max_gap / timedelta(seconds=1))
        self._max_key_interval_s = (
            None if max_key_interval is None else Fraction(max_key_interval / timedelta(seconds=1))
        )
        self._last_key: Fraction | None = None
        self._group: list[Packet[VideoStream]] = []
        self._gate = MotionGate()
        self._codec: CodecParameters | None = None
        self._now: Fraction | None = None
        self._active_until = Fraction(0)
        self._last_pts: int | None = None

    def start_stream(self, stream: VideoStream) -> None:
        """Prepare for the packets of ``stream``, after connecting or when a recording loops."""
        self._codec, self._now = CodecParameters.from_stream(stream), None

    def decode(
        self, packet: "Packet[VideoStream]", decode_packet: DecodePacket
    ) -> Iterator[av.VideoFrame]:
        """Process a packet and yield the frames that are due, each once, in time order."""
        if not packet.size or packet.pts is None:  # an empty packet flushes the decoder
            yield from self._new_frames(decode_packet(packet))
            return
        now = packet.pts * packet.time_base
        self._update_time(now)
        if packet.is_keyframe:
            self._check_key_interval(now)
        if packet.is_keyframe and now > self._active_until:
            yield from self._decode_keyframe(packet, now, decode_packet)
        elif not self._group:
            yield from self._new_frames(decode_packet(packet))
        else:
            self._group.append(packet)
            if now <= self._active_until or now - _time(self._group[0]) > self._max_gap_s:
                yield from self._decode_group(decode_packet)

    def _update_time(self, now: Fraction) -> None:
        """Become active on request; start anew after a jump of the stream's time."""
        last, self._now = self._now, now
        if last is None or not -1 < now - last < MAX_PTS_JUMP_S:
            self._gate, self._group, self._last_pts = MotionGate(), [], None
            self._active_until = now + ACTIVE_FOR_S
        if self._activity.is_set():
            self._activity.clear()
            self._active_until = now + ACTIVE_FOR_S

    def _check_key_interval(self, now: Fraction) -> None:
        """Stay active while key frames are too rare to skip what is between them."""
        last, self._last_key = self._last_key, now
        limit = self._max_key_interval_s
        if limit is not None and (last is None or not 0 < now - last <= limit + KEY_JITTER_S):
            self._active_until = max(self._active_until, now + ACTIVE_FOR_S)

    def _decode_keyframe(
        self, packet: "Packet[VideoStream]", now: Fraction, decode_packet: DecodePacket
    ) -> Iterator[av.VideoFrame]:
        """Decode a key frame on its own; on motion decode the group before it, else skip it."""
        picture = self._decode_alone(packet)
        if picture is None or self._has_motion(picture, now):
            self._active_until = now + ACTIVE_FOR_S
            self._group.append(packet)
            yield from self._decode_group(decode_packet)
            return
        self._count_skipped(max(len(self._group) - 1, 0))
        self._group, self._last_pts = [packet], packet.pts
        yield picture

    def _decode_group(self, decode_packet: DecodePacket) -> Iterator[av.VideoFrame]:
        group, self._group = self._group, []
        for packet in group:
            yield from self._new_frames(decode_packet(packet))

    def _new_frames(self, pictures: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        """Leave out frames already yielded: a key frame that was decoded on its own."""
        for picture in pictures:
            if picture.pts is None or (
                self._last_pts is not None and picture.pts <= self._last_pts
            ):
                continue
            self._last_pts = picture.pts
            if picture.key_frame and picture.time_base:
                at = picture.pts * picture.time_base
                if self._has_motion(picture, at):
                    self._active_until = max(self._active_until, at + ACTIVE_FOR_S)
            yield picture

    def _decode_alone(self, packet: "Packet[VideoStream]") -> av.VideoFrame | None:
        """Decode a key frame with a separate decoder; return ``None`` if it is damaged.

        The stream's decoder must see all packets of a group in order, so it is not used here.
        """
        if self._codec is None:
            return None
        try:
            with self._codec.open_stream() as stream:
                context = stream.codec_context
                decoded = [*context.decode(packet), *context.decode(None)]
        except FFmpegError:
            return None
        pictures = [picture for picture in decoded if not picture.is_corrupt]
        if not pictures or packet.pts is None:
            return None
        pictures[0].pts, pictures[0].time_base = packet.pts, packet.time_base
        return pictures[0]

    def _has_motion(self, picture: av.VideoFrame, now: Fraction) -> bool:
        at = EPOCH + to_timedelta(now)
        return bool(self._gate.push(at, AvPicture(picture).grey(GATE_SIZE)))


def _time(packet: "Packet[VideoStream]") -> Fraction:
    return (packet.pts or 0) * packet.time_base
