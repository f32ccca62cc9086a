"""Who on the local network is an ONVIF camera: one question to all, answers from strangers.

WS-Discovery as of April 2005, which ONVIF Core (section 7) has kept; OASIS 1.1 has other namespaces
and cameras do not answer to them. Whatever comes back is refused if it is not plain, small XML.
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
"""Bytes of an answer that are read; those of cameras have one or two thousand."""
MAX_CAMERAS = 1000
"""Cameras that are remembered; a network of one piece has fewer."""
MAX_TEXT_LENGTH = 80
"""Signs of a name that are shown."""
RESEND_INTERVAL_S = 1.0
"""Seconds from one question to the next: UDP loses some."""
INTERFACE_HINT = "name an address of this machine on the cameras' network (--interface)"
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
    """What a camera says of itself; empty where it says nothing.

    Args:
        address: ``onvif://HOST:PORT``, without a login.
    """

    address: str
    name: str
    hardware: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryResult:
    """Who has answered, in the order of addresses.

    Args:
        skipped: Answers that were no camera's, or not to be read.
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
    """Ask all cameras of the local network who they are; IPv4 alone.

    Args:
        seconds: How long to wait for answers; all of it is waited.
        interface: This machine's address on the network to ask; else the system chooses.
        destination: Whom to ask.
        max_cameras: Cameras that are remembered: a flood of made-up ones ends here.

    Raises:
        SourceError: There is no such interface, or no way out.
    """
    found, skipped = dict[str, DiscoveredCamera](), 0
    try:
        with _asker(interface) as asker:
            for answer, sender in _answers(asker, destination, seconds):
                told = parse_probe_matches(answer, sender)
                skipped += not told
                found |= {each.address: each for each in told[: max_cameras - len(found)]}
    except OSError as error:
        place = interface or "the network"
        raise SourceError(
            place, f"cannot be asked: {error.strerror or error}; {INTERFACE_HINT}"
        ) from None
    return DiscoveryResult(cameras=tuple(found[key] for key in sorted(found)), skipped=skipped)


def _asker(interface: str) -> socket.socket:
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if interface:
            one = socket.inet_aton(interface)
            asker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, one)
        asker.bind((interface, 0))
    except OSError:
        asker.close()
        raise
    return asker


def _answers(
    asker: socket.socket, to: tuple[str, int], seconds: float
) -> Iterator[tuple[bytes, str]]:
    """Ask again and again until the time is over; give what comes, with its sender."""
    began, ask_at = monotonic(), 0.0
    while (passed := monotonic() - began) < seconds:
        if passed >= ask_at:
            asker.sendto(PROBE.format(id=uuid4()).encode(), to)
            ask_at += RESEND_INTERVAL_S
        asker.settimeout(max(0.001, min(ask_at, seconds) - passed))
        try:
            answer, (sender, _) = asker.recvfrom(MAX_RESPONSE_BYTES + 1)
        except TimeoutError:
            continue
        yield answer, sender


def parse_probe_matches(answer: bytes, sender: str = "") -> list[DiscoveredCamera]:
    """Read an answer; whatever it is, it raises nothing.

    Args:
        answer: SOAP in UTF-8, at most ``MAX_RESPONSE_BYTES`` bytes. SOAP forbids document
            types, which rules out entity expansion.
        sender: Whose address is preferred where several are told.
    """
    try:
        text = answer.decode()
        if len(answer) > MAX_RESPONSE_BYTES or "<!DOCTYPE" in text:
            return []
        envelope = ET.fromstring(text)  # noqa: S314  # small, and without entities: see above
    except (UnicodeDecodeError, ET.ParseError):
        return []
    told = (_camera(match, sender) for match in envelope.iterfind(".//{*}ProbeMatch"))
    return [camera for camera in told if camera is not None]


def _camera(match: ET.Element, sender: str) -> DiscoveredCamera | None:
    scopes = _words(match, "Scopes")
    kinds = [kind.rpartition(":")[2] for kind in _words(match, "Types")]
    address = _address(_words(match, "XAddrs"), sender)
    if not address or (
        DEVICE_TYPE not in kinds and not any(s.startswith(SCOPE_PREFIX) for s in scopes)
    ):
        return None
    return DiscoveredCamera(
        address=address,
        name=_said(scopes, "name"),
        hardware=_said(scopes, "hardware"),
        location=_said(scopes, "location"),
    )


def _words(match: ET.Element, name: str) -> list[str]:
    return (match.findtext(f"{{*}}{name}") or "").split()


def _said(scopes: list[str], about: str) -> str:
    """What scopes say about something, fit for a terminal: a stranger wrote it."""
    start = f"{SCOPE_PREFIX}{about}/"
    said = ", ".join(unquote(s.removeprefix(start)) for s in scopes if s.startswith(start))
    return "".join(sign for sign in said if sign.isprintable())[:MAX_TEXT_LENGTH]


def _address(urls: list[str], sender: str) -> str:
    """Choose among the addresses that are told: the sender's own, else the first; empty if none."""
    places = [place for url in urls if (place := _place(url))]
    own = [place for place in places if place[0] == sender]
    return next((f"onvif://{host}:{port}" for host, port in own or places), "")


def _place(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        host, port = str(IPv4Address(parts.hostname or "")), parts.port or 80
    except ValueError:
        return None
    return (host, port) if parts.scheme == "http" else None
