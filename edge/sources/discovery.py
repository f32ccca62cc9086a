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

GROUP = ("239.255.255.250", 3702)
LARGEST = 32_768
"""Bytes of an answer that are read; those of cameras have one or two thousand."""
MOST = 1000
"""Cameras that are remembered; a network of one piece has fewer."""
LONGEST = 80
"""Signs of a name that are shown."""
AGAIN = 1.0
"""Seconds from one question to the next: UDP loses some."""
MEND = "name an address of this machine on the cameras' network (--interface)"
SCOPES = "onvif://www.onvif.org/"
KIND = "NetworkVideoTransmitter"
PROBE = f"""<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>
<a:MessageID>urn:uuid:{{id}}</a:MessageID>
<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>
<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>
</s:Header><s:Body><d:Probe><d:Types>dn:{KIND}</d:Types></d:Probe></s:Body></s:Envelope>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCamera:
    """What a camera says of itself; empty where it says nothing.

    Args:
        address: ``onvif://HOST:PORT``, without a login.
    """

    address: str
    name: str
    hardware: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """Who has answered, in the order of addresses.

    Args:
        skipped: Answers that were no camera's, or not to be read.
    """

    cameras: tuple[FoundCamera, ...]
    skipped: int


def discover(
    *, seconds: float, interface: str = "", to: tuple[str, int] = GROUP, most: int = MOST
) -> Discovery:
    """Ask all cameras of the local network who they are; IPv4 alone.

    Args:
        seconds: How long to wait for answers; all of it is waited.
        interface: This machine's address on the network to ask; else the system chooses.
        to: Whom to ask.
        most: Cameras that are remembered: a flood of made-up ones ends here.

    Raises:
        SourceError: There is no such interface, or no way out.
    """
    found, skipped = dict[str, FoundCamera](), 0
    try:
        with _asker(interface) as asker:
            for answer, sender in _answers(asker, to, seconds):
                told = cameras_in(answer, sender)
                skipped += not told
                found |= {each.address: each for each in told[: most - len(found)]}
    except OSError as error:
        place = interface or "the network"
        raise SourceError(place, f"cannot be asked: {error.strerror or error}; {MEND}") from None
    return Discovery(cameras=tuple(found[key] for key in sorted(found)), skipped=skipped)


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
            ask_at += AGAIN
        asker.settimeout(max(0.001, min(ask_at, seconds) - passed))
        try:
            answer, (sender, _) = asker.recvfrom(LARGEST + 1)
        except TimeoutError:
            continue
        yield answer, sender


def cameras_in(answer: bytes, sender: str = "") -> list[FoundCamera]:
    """Read an answer; whatever it is, it raises nothing.

    Args:
        answer: SOAP in UTF-8, at most ``LARGEST`` bytes. SOAP forbids document types, and with
            them go entities, which could swell.
        sender: Whose address is preferred where several are told.
    """
    try:
        text = answer.decode()
        if len(answer) > LARGEST or "<!DOCTYPE" in text:
            return []
        envelope = ET.fromstring(text)  # noqa: S314  # small, and without entities: see above
    except (UnicodeDecodeError, ET.ParseError):
        return []
    told = (_camera(match, sender) for match in envelope.iterfind(".//{*}ProbeMatch"))
    return [camera for camera in told if camera is not None]


def _camera(match: ET.Element, sender: str) -> FoundCamera | None:
    scopes = _words(match, "Scopes")
    kinds = [kind.rpartition(":")[2] for kind in _words(match, "Types")]
    address = _address(_words(match, "XAddrs"), sender)
    if not address or (KIND not in kinds and not any(s.startswith(SCOPES) for s in scopes)):
        return None
    return FoundCamera(
        address=address,
        name=_said(scopes, "name"),
        hardware=_said(scopes, "hardware"),
        location=_said(scopes, "location"),
    )


def _words(match: ET.Element, name: str) -> list[str]:
    return (match.findtext(f"{{*}}{name}") or "").split()


def _said(scopes: list[str], about: str) -> str:
    """What scopes say about something, fit for a terminal: a stranger wrote it."""
    start = f"{SCOPES}{about}/"
    said = ", ".join(unquote(s.removeprefix(start)) for s in scopes if s.startswith(start))
    return "".join(sign for sign in said if sign.isprintable())[:LONGEST]


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
