"""Find the ONVIF cameras of the local network by multicast.

Implements the client of WS-Discovery as of April 2005, which ONVIF Core (section 7) uses; OASIS 1.1
has other namespaces, which cameras do not answer. Responses are untrusted: anything but small,
plain XML is skipped.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from time import monotonic
from urllib.parse import unquote, urlsplit
from uuid import uuid4
from xml.etree import ElementTree as ET

from edge.errors import SourceError

MULTICAST_GROUP = ("239.255.255.250", 3702)
MAX_RESPONSE_BYTES = 32_768
"""Longer responses are skipped; those of cameras have one or two thousand bytes."""
MAX_CAMERAS = 1000
"""Limit of the result; a single network segment has fewer cameras."""
MAX_TEXT_LENGTH = 80
"""Longer names are truncated."""
RESEND_INTERVAL_S = 1.0
"""Interval at which the probe is repeated, because UDP may lose it."""
INTERFACE_HINT = "set --interface to an address of this machine on the cameras' network"
SCOPE_PREFIX = "onvif://www.onvif.org/"
DEVICE_TYPE = "NetworkVideoTransmitter"
PROBE = f"""<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>
<a:MessageID>urn:uuid:{{id}}</a:MessageID>
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>
</s:Header><s:Body><d:Probe><d:Types>dn:{DEVICE_TYPE}</d:Types></d:Probe></s:Body></s:Envelope>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredCamera:
    """What a camera says about itself; fields that it does not send are empty.

    Args:
        address: ``onvif://HOST:PORT``, without credentials.
    """

    address: str
    name: str
    hardware: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryResult:
    """The cameras that responded, sorted by address.

    Args:
        skipped: Number of responses that were invalid or not from a camera.
    """

    cameras: tuple[DiscoveredCamera, ...]
    skipped: int


def discover(
    *,
    seconds: float,
    interface: str = "",
    destination: tuple[str, int] = MULTICAST_GROUP,
    max_cameras: int = MAX_CAMERAS,
) -> DiscoveryResult:
    """Find the ONVIF cameras of the local network; IPv4 only.

    Args:
        seconds: How long to wait for responses; the call always takes this long.
        interface: This machine's address on the network to search; by default the system
            chooses one.
        destination: Address and port to which the probe is sent.
        max_cameras: Limit of the result, against a flood of forged responses.

    Raises:
        SourceError: The interface does not exist, or the network cannot be reached.
    """
    by_address, skipped = dict[str, DiscoveredCamera](), 0
    try:
        with _open_socket(interface) as probe_socket:
            for response, sender in _responses(probe_socket, destination, seconds):
                cameras = parse_probe_matches(response, sender)
                skipped += not cameras
                by_address |= {c.address: c for c in cameras[: max_cameras - len(by_address)]}
    except OSError as error:
        reason = f"cannot be searched: {error.strerror or error}; {INTERFACE_HINT}"
        raise SourceError(interface or "the network", reason) from None
    return DiscoveryResult(
        cameras=tuple(by_address[key] for key in sorted(by_address)), skipped=skipped
    )


def _open_socket(interface: str) -> socket.socket:
    probe_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if interface:
            address = socket.inet_aton(interface)
            probe_socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, address)
        probe_socket.bind((interface, 0))
    except OSError:
        probe_socket.close()
        raise
    return probe_socket


def _responses(
    probe_socket: socket.socket, destination: tuple[str, int], seconds: float
) -> Iterator[tuple[bytes, str]]:
    """Send the probe repeatedly and yield each response with the address of its sender."""
    started_at, send_at = monotonic(), 0.0
    while (elapsed := monotonic() - started_at) < seconds:
        if elapsed >= send_at:
            probe_socket.sendto(PROBE.format(id=uuid4()).encode(), destination)
            send_at += RESEND_INTERVAL_S
        probe_socket.settimeout(max(0.001, min(send_at, seconds) - elapsed))
        try:
            response, (sender, _) = probe_socket.recvfrom(MAX_RESPONSE_BYTES + 1)
        except TimeoutError:
            continue
        yield response, sender


def parse_probe_matches(response: bytes, sender: str = "") -> list[DiscoveredCamera]:
    """Read the cameras of a response; an invalid response yields an empty list.

    Args:
        response: SOAP in UTF-8. SOAP forbids document types, which rules out entity expansion.
        sender: IP address that is preferred if a camera names several.
    """
    try:
        text = response.decode()
        if len(response) > MAX_RESPONSE_BYTES or "<!DOCTYPE" in text:
            return []
        envelope = ET.fromstring(text)  # noqa: S314  # small and without entities
    except (UnicodeDecodeError, ET.ParseError):
        return []
    cameras = (_camera(match, sender) for match in envelope.iterfind(".//{*}ProbeMatch"))
    return [camera for camera in cameras if camera is not None]


def _camera(match: ET.Element, sender: str) -> DiscoveredCamera | None:
    scopes = _words(match, "Scopes")
    types = [name.rpartition(":")[2] for name in _words(match, "Types")]
    address = _address(_words(match, "XAddrs"), sender)
    if not address or (
        DEVICE_TYPE not in types and not any(s.startswith(SCOPE_PREFIX) for s in scopes)
    ):
        return None
    return DiscoveredCamera(
        address=address,
        name=_scope_value(scopes, "name"),
        hardware=_scope_value(scopes, "hardware"),
        location=_scope_value(scopes, "location"),
    )


def _words(match: ET.Element, name: str) -> list[str]:
    return (match.findtext(f"{{*}}{name}") or "").split()


def _scope_value(scopes: list[str], key: str) -> str:
    """Return the values of a scope; untrusted, so only printable characters are kept."""
    prefix = f"{SCOPE_PREFIX}{key}/"
    text = ", ".join(unquote(s.removeprefix(prefix)) for s in scopes if s.startswith(prefix))
    return "".join(character for character in text if character.isprintable())[:MAX_TEXT_LENGTH]


def _address(urls: list[str], sender: str) -> str:
    """Prefer the URL with the sender's address to the first one; empty if none is valid."""
    hosts = [host for url in urls if (host := _host_and_port(url))]
    own = [host for host in hosts if host[0] == sender]
    return next((f"onvif://{host}:{port}" for host, port in own or hosts), "")


def _host_and_port(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        host, port = str(IPv4Address(parts.hostname or "")), parts.port or 80
    except ValueError:
        return None
    return (host, port) if parts.scheme == "http" else None
