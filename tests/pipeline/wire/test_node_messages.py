"""Properties of every message."""

import json
from contextlib import suppress
from datetime import datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import WireError
from pipeline.wire import (
    AlertMessage,
    CameraState,
    Command,
    DesiredConfig,
    Health,
    Node,
    Receipt,
    Rejection,
    Reply,
    ReportedConfig,
    Status,
    alert_topic,
    decode_alert,
    decode_message,
    encode_alert,
    encode_message,
    parse_topic,
    sign,
    verify_signature,
)
from pipeline.wire.alert import MAX_BYTES
from tests.pipeline.strategies import KEYS, MOMENTS, NAMES, NODES, NUMBERS, STORABLE, messages

HALF = settings.default.max_examples // 2  # type: ignore[union-attr]
SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=HALF)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
STORABLE_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | NUMBERS | st.text(STORABLE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(STORABLE), inner),
    max_leaves=5,
)
SMALL = [
    Receipt,
    Status,
    CameraState,
    Health,
    DesiredConfig,
    ReportedConfig,
    Command,
    Reply,
]


@SLOW
@given(messages())
def test_any_alert_survives_encoding(message: AlertMessage) -> None:
    assert decode_alert(encode_alert(message)) == message


@SLOW
@given(messages())
def test_a_decoded_alert_is_encoded_unchanged(message: AlertMessage) -> None:
    payload = encode_alert(message)

    assert encode_alert(decode_alert(payload)) == payload


@given(st.binary())
def test_any_bytes_are_decoded_or_refused(payload: bytes) -> None:
    with suppress(WireError):
        decode_alert(payload)


@SLOW
@given(messages(), st.data())
def test_an_altered_alert_is_decoded_or_refused(message: AlertMessage, data: st.DataObject) -> None:
    envelope = json.loads(encode_alert(message))
    part = envelope["data"] if data.draw(st.booleans()) else envelope
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(JSON)
    with suppress(WireError):
        decode_alert(json.dumps(envelope).encode())


@SLOW
@given(messages(), st.data())
def test_an_alert_with_something_missing_is_refused(
    message: AlertMessage, data: st.DataObject
) -> None:
    envelope = json.loads(encode_alert(message))
    del envelope["data"][data.draw(st.sampled_from(sorted(envelope["data"])))]

    with pytest.raises(WireError, match="missing required field"):
        decode_alert(json.dumps(envelope).encode())


@SLOW
@given(messages(), st.integers(0, 10**6), st.binary(max_size=4))
def test_a_truncated_alert_is_refused(message: AlertMessage, at: int, tail: bytes) -> None:
    payload = encode_alert(message)
    torn = payload[: at % len(payload)] + tail
    with suppress(WireError):
        decode_alert(torn)


def test_deeply_nested_brackets_are_refused() -> None:
    with pytest.raises(WireError):
        decode_alert(b'{"x":' + b"[" * 100_000)


def test_an_oversized_message_is_refused_undecoded() -> None:
    with pytest.raises(WireError, match="more than"):
        decode_alert(b" " * (MAX_BYTES + 1))


@given(
    NAMES, st.integers(0, 2**62), st.lists(st.integers(1, 2**62)), st.text(STORABLE, max_size=500)
)
def test_any_receipt_survives(boot: str, upto: int, also: list[int], reason: str) -> None:
    rejected = tuple(Rejection(seq=seq, reason=reason) for seq in also)
    receipt = Receipt(boot_id=boot, acked_seq=upto, also=tuple(also), rejected=rejected)

    assert decode_message(encode_message(receipt), Receipt) == receipt


@given(
    MOMENTS,
    st.sampled_from(["online", "degraded", "offline", "ended", "disabled"]),
    st.text(STORABLE),
)
def test_any_camera_state_survives(since: object, state: str, reason: str) -> None:
    camera = msgspec.convert({"state": state, "since": since, "reason": reason}, CameraState)

    assert decode_message(encode_message(camera), CameraState) == camera


@given(st.binary(), st.sampled_from(SMALL))
def test_any_bytes_are_a_message_or_refused(payload: bytes, kind: type[Receipt]) -> None:
    with suppress(WireError):
        decode_message(payload, kind)


@given(st.integers(1, 2**62), st.dictionaries(st.text(STORABLE), STORABLE_JSON, max_size=3))
def test_any_wanted_configuration_survives(rev: int, tables: dict[str, object]) -> None:
    desired = DesiredConfig.of(rev, tables)
    again = decode_message(encode_message(desired), DesiredConfig)

    assert (again.rev, again.sha256) == (rev, desired.sha256)
    assert bytes(again.config) == bytes(desired.config)


def test_a_configuration_altered_on_its_way_is_refused() -> None:
    payload = encode_message(DesiredConfig.of(1, {"camera": [{"name": "yard"}]}))

    with pytest.raises(WireError, match="sha256 is not that of config"):
        decode_message(payload.replace(b"yard", b"card"), DesiredConfig)


@given(MOMENTS, MOMENTS, KEYS, NAMES)
def test_a_command_of_any_kind_is_read_unless_it_was_never_good(
    at: datetime, until: datetime, kind: str, name: str
) -> None:
    payload = {"id": name, "kind": kind, "at": at, "expires_at": until, "camera": name}
    if until > at:
        command = msgspec.convert(payload, Command)
        assert decode_message(encode_message(command), Command) == command
    else:
        with pytest.raises(WireError, match="expires before it was sent"):
            decode_message(msgspec.json.encode(payload), Command)


@given(NODES, KEYS, NAMES)
def test_a_topic_names_the_node_and_the_message(node: Node, scenario: str, camera: str) -> None:
    topic = alert_topic(node, scenario=scenario, camera=camera)

    assert parse_topic(topic) == (node, ("up", "alert", scenario, camera))


@pytest.mark.parametrize(
    "topic", ["", "gw/v1", "gw/v2/a/b/c/up/health", "gw/v1/A/b/c/up/health", "gw/v1/a//c/up/x"]
)
def test_a_strange_topic_is_refused(topic: str) -> None:
    with pytest.raises(WireError):
        parse_topic(topic)


@given(st.binary(min_size=32, max_size=32), st.text(max_size=40), st.binary(max_size=99))
def test_only_the_nodes_own_signature_is_good(key: bytes, topic: str, payload: bytes) -> None:
    signature = sign(key, topic, payload)

    assert verify_signature(key, topic, payload, signature)
    assert not verify_signature(key, topic + "x", payload, signature)
    assert not verify_signature(key, topic, payload + b"x", signature)
    assert not verify_signature(key + b"x", topic, payload, signature)


@given(st.text(max_size=80))
def test_any_text_may_stand_where_a_signature_should(text: str) -> None:
    assert not verify_signature(b"k" * 32, "topic", b"payload", text)
