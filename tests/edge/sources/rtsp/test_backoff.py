"""Delays between two connections to a camera."""

from hypothesis import given
from hypothesis import strategies as st

from edge.errors import StreamFault
from edge.sources.rtsp.backoff import Backoff


def test_delays_double_up_to_half_a_minute_until_a_connection_is_stable() -> None:
    backoff = Backoff(lambda: 0.0)

    delays = [backoff.next_delay_s(StreamFault.UNREACHABLE) for _ in range(7)]

    assert delays == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.next_delay_s(StreamFault.ENDED, connected_s=1) == 30
    assert backoff.next_delay_s(StreamFault.ENDED, connected_s=3) == 1
    assert backoff.next_delay_s(StreamFault.ENDED) == 2


def test_refused_credentials_are_tried_rarely() -> None:
    backoff = Backoff(lambda: 0.0)

    assert [backoff.next_delay_s(StreamFault.CREDENTIALS) for _ in range(5)] == [
        30,
        60,
        120,
        240,
        300,
    ]


@given(st.floats(0, 1), st.integers(1, 2000))
def test_jitter_shortens_a_delay_by_half_at_most(drawn: float, calls: int) -> None:
    plain, jittered = Backoff(lambda: 0.0), Backoff(lambda: drawn)

    for _ in range(calls):
        longest = plain.next_delay_s(StreamFault.ENDED)
        delay = jittered.next_delay_s(StreamFault.ENDED)

    assert longest / 2 <= delay <= longest
