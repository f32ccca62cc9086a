"""Camera addresses are validated and printed without credentials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import StreamError, StreamFault
from edge.sources.camera_address import CameraAddress, redact_credentials, url_problem

SHOWN = {
    "rtsp://admin:s3cret@10.0.0.9:554/main?x=1": "rtsp://***@10.0.0.9:554/main?x=1",
    "rtsp://admin@10.0.0.9/main": "rtsp://***@10.0.0.9/main",
    "rtsp://admin:p@ss/w@10.0.0.9/main": "rtsp://***@10.0.0.9/main",
    "rtsp://10.0.0.9/user=admin&password=s3cret&channel=1": (
        "rtsp://10.0.0.9/user=***&password=***&channel=1"
    ),
    "rtsp://admin:S3cret pass@10.0.0.9/main cannot be reached": (
        "rtsp://***@10.0.0.9/main cannot be reached"
    ),
    "rtsp://admin:12/34@10.0.0.9/main": "rtsp://***@10.0.0.9/main",
    "rtsp://admin:12?34@10.0.0.9/main": "rtsp://***@10.0.0.9/main",
    "rtsp://10.0.0.9/main": "rtsp://10.0.0.9/main",
    "cannot open 'rtsps://a:b@c/d', nor RTSP://e:f@g/h": (
        "cannot open 'rtsps://***@c/d', nor RTSP://***@g/h"
    ),
    "file:clip@home.avi": "file:clip@home.avi",
}
SIGNS = st.text(st.characters(codec="ascii", exclude_characters="&;", min_codepoint=32))


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

    texts = f"{way!r} {way} {StreamError(str(way), StreamFault.CREDENTIALS)}"

    assert "s3cret" not in texts
    assert "rtsp://***@10.0.0.9/main does not accept this user and password" in texts


@pytest.mark.parametrize(
    "url",
    [
        "rtsp:///main",
        "rtsp://admin:pa#ss@host/main",
        "rtsp://admin:12/34@host/main",
        "rtsp://admin:12?34@host/main",
        "rtsp://admin:S3cret pass@host/main",
        "rtsp://host:99999/x",
        "http://host/x",
    ],
)
def test_an_invalid_address_is_reported_with_a_hint(url: str) -> None:
    assert "write rtsp://user:password@host:554/path" in url_problem(url)


def test_valid_addresses_are_accepted() -> None:
    assert not url_problem("rtsp://admin:p%40ss@[fe80::1]:8554/Streaming/Channels/102?x=y")
