"""The last seconds of a camera: enough for a clip, within the limit."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.evidence.packet_ring import PacketRing
from edge.sources.packets import CodecParameters, EncodedPacket
from tests.messages import NOON

CODING = CodecParameters("h264", b"head")


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def make_packet(
    second: float, *, key: bool, size: int = 100, coding: CodecParameters = CODING
) -> EncodedPacket:
    return EncodedPacket(
        at=NOON + after(second),
        decode_lead=after(0),
        is_key=key,
        content=bytes(size),
        codec=coding,
    )


def filled(seconds: int, *, every: int = 2, max_bytes: int = 1 << 20) -> PacketRing:
    """Fill a ring with one packet per second and a key frame every ``every`` packets."""
    ring = PacketRing(max_bytes)
    for second in range(seconds):
        ring.push(make_packet(second, key=second % every == 0))
    return ring


def times(packets: list[EncodedPacket]) -> list[float]:
    return [(packet.at - NOON).total_seconds() for packet in packets]


def test_a_cut_starts_at_the_key_frame_before() -> None:
    ring = filled(20, every=4)

    assert times(ring.cut(NOON + after(6), NOON + after(9))) == [4, 5, 6, 7, 8, 9]


def test_trimming_keeps_the_group_that_is_still_needed() -> None:
    ring = filled(20, every=4)

    ring.trim(NOON + after(11))

    assert ring.begins_at == NOON + after(8)
    assert ring.bytes == 12 * 100


def test_packets_before_the_first_key_frame_are_ignored() -> None:
    ring = PacketRing(1000)
    ring.push(make_packet(0, key=False))

    assert ring.cut(NOON, NOON + after(9)) == []
    assert ring.bytes == 0


def test_after_a_change_of_codec_parameters_only_new_packets_are_returned() -> None:
    ring = filled(4)
    other = CodecParameters("h264", b"another head")
    for second in range(4, 8):
        ring.push(make_packet(second, key=second % 2 == 0, coding=other))

    cut = ring.cut(NOON, NOON + after(7))

    assert times(cut) == [4, 5, 6, 7]
    assert {packet.codec for packet in cut} == {other}


def test_reference_frames_that_are_decoded_earlier_are_included() -> None:
    ring = PacketRing(1000)
    for second, key in [(0, True), (3, False), (1, False), (2, False), (4, False)]:
        ring.push(make_packet(second, key=key))

    assert times(ring.cut(NOON, NOON + after(2))) == [0, 3, 1, 2]


@given(
    packets=st.lists(st.tuples(st.booleans(), st.integers(1, 400)), max_size=60),
    max_bytes=st.integers(1, 2000),
)
def test_the_ring_stays_within_its_limit_and_holds_whole_groups(
    packets: list[tuple[bool, int]], max_bytes: int
) -> None:
    ring = PacketRing(max_bytes)
    for second, (key, size) in enumerate(packets):
        ring.push(make_packet(second, key=key, size=size))

        held = ring.cut(NOON, NOON + after(1000))
        assert ring.bytes == sum(len(packet.content) for packet in held) <= max_bytes
        assert not held or held[0].is_key
        assert all(later - earlier == 1 for earlier, later in pairwise(times(held)))
