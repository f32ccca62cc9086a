"""What a message may contain: texts, numbers and times that a database and JSON can hold."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import WireError
from pipeline.wire import (
    CameraState,
    Command,
    Health,
    Receipt,
    Reply,
    ReportedConfig,
    decode_alert,
    decode_message,
    encode_alert,
)
from pipeline.wire.limits import MAX_JSON_DEPTH, is_storable, storable_text
from tests.api.alerts import NOON, alert_message

ALERT = encode_alert(alert_message())
HEALTH = b'{"boot_id":"b","at":"2026-11-23T12:00:00Z","outbox_rows":0,"counters":{}%s}'
CONFIG = b'{"rev":1,"sha256":null,"seen_rev":1,"outcome":"success","config":%s}'


@pytest.mark.parametrize(
    "at", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "9999-06-01T00:00:00Z"]
)
def test_a_time_at_the_end_of_the_calendar_is_refused_without_now(at: str) -> None:
    payload = ALERT.replace(
        b'"observed_at":"2026-11-23T12:00:00Z"', f'"observed_at":"{at}"'.encode()
    )

    with pytest.raises(WireError, match=r"end of the calendar|observed before"):
        decode_alert(payload)


@pytest.mark.parametrize("years", [-11, 11])
def test_a_time_is_refused_more_than_ten_years_from_now(years: int) -> None:
    now = NOON - timedelta(days=365.25 * years)

    assert decode_alert(ALERT) == decode_alert(ALERT, now=NOON + timedelta(days=3000))
    with pytest.raises(WireError, match="more than ten years from now"):
        decode_alert(ALERT, now=now)


@pytest.mark.parametrize(
    "member",
    [
        b',"outbox_oldest_s":1e300',
        b',"disk_free_mb":1e16',
        b',"temperature_c":-1e300',
        b',"upload_files":1000000000000000000000000',
        b',"cameras":{"gate":{"last_frame_age_s":1e11}}',
        b',"cameras":{"gate":{"lag_s":-1e11}}',
        b',"cameras":{"gate":{"proven_at":"9999-12-31T23:59:59-12:00"}}',
        b',"clock":{"offset_ms":1e200,"uncertainty_ms":1,"basis":"ntp"}',
        b',"new":"\\u0000"',
        b',"new":{"\\u0000":1}',
        b',"new":"\xff"',
    ],
)
def test_a_health_report_with_an_impossible_value_is_refused(member: bytes) -> None:
    decode_message(HEALTH % b"", Health, now=NOON)

    with pytest.raises(WireError):
        decode_message(HEALTH % member, Health, now=NOON)


@pytest.mark.parametrize(
    "config",
    [b'{"\xff":1}', b'{"a":1e300}', b'{"a":"\\ud800"}', b"9" * 5000, b"[" * 40 + b"]" * 40],
)
def test_a_reported_configuration_that_no_page_can_show_is_refused(config: bytes) -> None:
    deep = b"[" * MAX_JSON_DEPTH + b"]" * MAX_JSON_DEPTH
    decode_message(CONFIG % deep, ReportedConfig)

    with pytest.raises(WireError):
        decode_message(CONFIG % config, ReportedConfig)


def test_a_name_with_a_line_feed_at_its_end_is_refused() -> None:
    with pytest.raises(WireError, match="line feed"):
        decode_alert(ALERT.replace(b'"north-gate"', b'"north-gate\\n"'))


def times_in(value: object) -> Iterator[datetime]:
    """Yield every time that is anywhere in a message."""
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from times_in(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from times_in(item)


def test_every_time_of_a_message_is_checked() -> None:
    messages = (
        decode_alert(ALERT),
        decode_message(
            HEALTH % b',"cameras":{"gate":{"proven_at":"2026-11-23T10:00:00Z"}}', Health
        ),
        CameraState(state="online", since=NOON),
        Reply(id="a", kind="ping", state="done", at=NOON),
        Command(id="a", kind="ping", at=NOON, expires_at=NOON + timedelta(seconds=1)),
        Receipt(boot_id="b", acked_seq=1, at=NOON),
    )

    for message in messages:
        assert sorted(times_in(message)) == sorted(at for at in message.times if at is not None)


@given(st.text(st.characters(), max_size=30), st.integers(1, 40))
def test_any_text_can_be_made_storable(text: str, length: int) -> None:
    shown = storable_text(text, max_length=length)

    assert is_storable(shown)
    assert len(shown) <= length
    assert shown.encode().decode() == shown
    if is_storable(text):
        assert shown == text[:length]


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_time_is_accepted_or_refused_whatever_now_is(at: datetime) -> None:
    payload = msgspec.json.encode({"state": "online", "since": at})
    try:
        decode_message(payload, CameraState, now=NOON)
    except WireError:
        assert abs(at - NOON) > timedelta(days=3652)
