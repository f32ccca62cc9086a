"""Cameras are found by multicast; invalid responses do no harm."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from edge.errors import SourceError
from edge.sources.discovery import (
    MAX_RESPONSE_BYTES,
    MULTICAST_GROUP,
    DiscoveredCamera,
    discover,
    parse_probe_matches,
)
from gridwatch.commands.camera import app
from tests.edge.sources.onvif_network import LOOPBACK, onvif_network, probe_match

GATE = probe_match(
    "http://10.0.0.9/onvif/device_service",
    "name/North%20Gate",
    "hardware/DS-2CD2143",
    "location/country/china",
    "location/city/hangzhou",
)
SQUARE = probe_match("http://10.0.0.10:8080/onvif/device_service", "name/广场")
URL = "http://10.0.0.9/onvif/device_service"
HOSTS = 'SYSTEM "file:///etc/hosts"'
BOMB = "<!DOCTYPE b [" + "".join(
    f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(9)
)
NONSENSE = {
    "nothing": b"",
    "no XML": b"\x00\xff" * 50,
    "cut off": GATE[:-20],
    "not UTF-8": GATE.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    "an entity": probe_match(URL, "name/&e;", before='<!DOCTYPE b [<!ENTITY e "ha">]>'),
    "an entity bomb": probe_match(URL, "name/&e8;", before=BOMB + "]>"),
    "a file": probe_match(URL, "name/&e;", before=f"<!DOCTYPE b [<!ENTITY e {HOSTS}>]>"),
    "oversized": GATE + b" " * MAX_RESPONSE_BYTES,
    "as deep as it is long": b"<a>" * (MAX_RESPONSE_BYTES // 7)
    + b"</a>" * (MAX_RESPONSE_BYTES // 7),
    "other XML": b"<ProbeMatch/>",
    "a printer": probe_match("http://10.0.0.7/", types="wprt:PrintDeviceType"),
    "no address": probe_match(""),
    "no IPv4": probe_match("http://[fe80::1]/onvif http://camera.example/onvif"),
    "no port": probe_match("http://10.0.0.9:99999/ http://[/ ftp://10.0.0.9/"),
}


def test_cameras_that_answer_the_probe_are_listed_once_each() -> None:
    with onvif_network(SQUARE, GATE, GATE) as to:
        discovery = discover(seconds=1.5, interface=LOOPBACK, destination=to)

    gate = DiscoveredCamera(
        address="onvif://10.0.0.9:80",
        name="North Gate",
        hardware="DS-2CD2143",
        location="country/china, city/hangzhou",
    )
    square = DiscoveredCamera(
        address="onvif://10.0.0.10:8080", name="广场", hardware="", location=""
    )
    assert discovery.cameras == (square, gate)
    assert discovery.skipped == 0


@pytest.mark.slow
def test_an_invalid_response_is_skipped_and_counted_and_the_next_camera_is_found() -> None:
    with onvif_network(*NONSENSE.values(), GATE) as to:
        discovery = discover(seconds=1.5, interface=LOOPBACK, destination=to)

    assert [camera.name for camera in discovery.cameras] == ["North Gate"]
    assert discovery.skipped >= len(NONSENSE), "at each probe"


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_an_invalid_response_contains_no_camera(answer: bytes) -> None:
    assert parse_probe_matches(answer) == []


@given(answer=st.binary() | st.builds(lambda at: GATE[:at] + b"<" + GATE[at:], st.integers(0, 999)))
def test_no_response_raises(answer: bytes) -> None:
    assert isinstance(parse_probe_matches(answer), list)


@given(said=st.text(max_size=100))
def test_a_name_contains_only_printable_characters(said: str) -> None:
    answer = probe_match("http://10.0.0.9/", f"name/%1B[2J{quote(said)}", f"location/{quote(said)}")

    [camera] = parse_probe_matches(answer)

    assert (camera.name + camera.location).isprintable()


def test_the_sender_s_address_is_preferred_among_several() -> None:
    answer = probe_match("http://[fe80::1]/onvif http://169.254.3.4/onvif http://10.0.0.9:81/onvif")

    assert [c.address for c in parse_probe_matches(answer, "10.0.0.9")] == ["onvif://10.0.0.9:81"]
    assert [c.address for c in parse_probe_matches(answer, "10.0.0.1")] == [
        "onvif://169.254.3.4:80"
    ]


def test_forged_cameras_are_limited() -> None:
    with onvif_network(*(probe_match(f"http://10.0.0.{n}/") for n in range(9))) as to:
        discovery = discover(seconds=0.5, interface=LOOPBACK, destination=to, max_cameras=4)

    assert len(discovery.cameras) == 4


def test_an_unknown_interface_is_named_with_a_hint() -> None:
    with pytest.raises(SourceError, match=r"203\.0\.113\.1.*--interface"):
        discover(seconds=0.1, interface="203.0.113.1")


@pytest.mark.slow
def test_the_command_prints_a_table_or_a_json_list() -> None:
    asked = ["discover", "--seconds", "0.5", "--interface", LOOPBACK]
    nobody = CliRunner().invoke(app, asked)
    with onvif_network(GATE, b"?", port=MULTICAST_GROUP[1]):
        table = CliRunner().invoke(app, asked)
        listed = CliRunner().invoke(app, [*asked, "--json"])

    assert nobody.exit_code == table.exit_code == listed.exit_code == 0
    assert "ONVIF is enabled" in nobody.stdout
    head, gate = table.stdout.splitlines()
    assert head.split() == ["address", "name", "hardware", "location"]
    assert gate.startswith("onvif://10.0.0.9:80  North Gate  DS-2CD2143  country/china")
    assert "skipped 1 answers" in table.stderr
    assert [camera["name"] for camera in json.loads(listed.stdout)] == ["North Gate"]
