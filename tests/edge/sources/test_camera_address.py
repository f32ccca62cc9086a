"""Camera addresses, reconnection delays and the latest-frame slot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import StreamError, StreamFault
from edge.sources.camera_address import CameraAddress, redact_credentials, url_problem
from edge.sources.rtsp.backoff import Backoff
from edge.sources.rtsp.latest_slot import LatestSlot

SHOWN = {
    "rtsp://admin:s3cret@10.0.0.9:554/main?x=1": "rtsp://***@10.0.0.9:554/main?x=1",
    "rtsp://admin@10.0.0.9/main": "rtsp://***@10.0.0.9/main",
    "rtsp://admin:p@ss/w@10.0.0.9/main": "rtsp://***@10.0.0.9/main",
    "rtsp://10.0.0.9/user=admin&password=s3cret&channel=1": (
        "rtsp://10.0.0.9/user=***&password=***&channel=1"
    ),
    "rtsp://10.0.0.9/main": "rtsp://10.0.0.9/main",
    "cannot open 'rtsps://a:b@c/d', nor RTSP://e:f@g/h": (
        "cannot open 'rtsps://***@c/d', nor RTSP://***@g/h"
    ),
    "file:clip@home.avi": "file:clip@home.avi",
}
SIGNS = st.text(st.characters(codec="ascii", exclude_characters=" &;", min_codepoint=33))


@pytest.mark.parametrize(("text", "shown"), SHOWN.items())
def test_an_address_is_printed_without_its_credentials(text: str, shown: str) -> None:
    assert redact_credentials(text) == shown


@given(user=SIGNS.filter(bool), password=SIGNS)
def test_no_password_is_printed_whatever_its_characters(user: str, password: str) -> None:
    assert (
        redact_credentials(f"rtsp://{user}:{password}@10.0.0.9/main") == "rtsp://***@10.0.0.9/main"
    )


def test_neither_errors_nor_settings_show_the_password() -> None:
    way = CameraAddress(url="rtsp://admin:s3cret@10.0.0.9/main")

    told = f"{way!r} {way} {StreamError(str(way), StreamFault.CREDENTIALS)}"

    assert "s3cret" not in told
    assert "rtsp://***@10.0.0.9/main does not accept this user and password" in told


@pytest.mark.parametrize(
    "url", ["rtsp:///main", "rtsp://admin:pa#ss@host/main", "rtsp://host:99999/x", "http://host/x"]
)
def test_an_invalid_address_is_reported_with_a_hint(url: str) -> None:
    assert "write rtsp://user:password@host:554/path" in url_problem(url)


def test_valid_addresses_are_accepted() -> None:
    assert not url_problem("rtsp://admin:p%40ss@[fe80::1]:8554/Streaming/Channels/102?x=y")


def test_delays_double_up_to_half_a_minute_until_a_connection_is_stable() -> None:
    backoff = Backoff(lambda: 0.0)

    pauses = [backoff.next_delay_s(StreamFault.UNREACHABLE) for _ in range(7)]

    assert pauses == [1, 2, 4, 8, 16, 30, 30]
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
        longest, pause = (
            plain.next_delay_s(StreamFault.ENDED),
            jittered.next_delay_s(StreamFault.ENDED),
        )

    assert longest / 2 <= pause <= longest


def test_the_latest_item_replaces_the_old_one_which_is_returned() -> None:
    slot = LatestSlot[str]()

    assert [slot.put("old"), slot.put("new")] == [None, "old"]
    assert [slot.take(1), slot.take(0.01)] == ["new", None]
