from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ProtocolError
from api.mqtt.packets import (
    Packet,
    length,
    packet,
    publish,
    read_publish,
    receive_maximum,
    sized,
    split,
    suback_reasons,
)

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(topic=WORDS, payload=st.binary(max_size=300), told=st.dictionaries(WORDS, WORDS, max_size=3))
def test_what_is_written_is_read_again(topic: str, payload: bytes, told: dict[str, str]) -> None:
    [came] = split(bytearray(publish(topic, payload, number=7, properties=told)))

    assert read_publish(came) == (topic, payload, told, 7)


@given(bodies=st.lists(st.binary(max_size=200)), cuts=st.lists(st.integers(1, 50)))
def test_packets_survive_being_cut_anywhere(bodies: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(packet(0x30, body) for body in bodies)
    buffer, found = bytearray(), list[Packet]()
    for cut in [*cuts, len(stream)]:
        buffer += stream[:cut]
        stream = stream[cut:]
        found += split(buffer)

    assert [one.body for one in found] == bodies


@given(st.binary(max_size=200))
def test_junk_is_a_protocol_error_and_nothing_else(junk: bytes) -> None:
    with suppress(ProtocolError):
        read_publish(Packet(0x32, junk))
    with suppress(ProtocolError):
        list(split(bytearray(junk)))
    assert receive_maximum(junk) >= 0


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "00"), (127, "7f"), (128, "8001"), (16383, "ff7f"), (2097152, "80808001")],
)
def test_lengths_are_those_of_the_standard(number: int, written: str) -> None:
    assert length(number).hex() == written


def test_other_properties_are_stepped_over() -> None:
    user = b"\x26\x00\x03sig\x00\x02ab"
    others = b"\x01\x01\x02\x00\x00\x00\x09\x03\x00\x01x\x0b\x80\x01\x23\x00\x05"
    body = b"\x00\x01t\x00\x09" + sized(others + user) + b"payload"

    assert read_publish(Packet(0x32, body)) == ("t", b"payload", {"sig": "ab"}, 9)


def test_the_brokers_wishes_are_heard() -> None:
    assert receive_maximum(b"\x00\x00" + sized(b"\x21\x00\x14\x24\x01")) == 20
    assert receive_maximum(b"\x00\x00\x00") == 65535
    assert suback_reasons(b"\x00\x01\x00\x01\x87") == b"\x01\x87"
