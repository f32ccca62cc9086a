"""Cameras that answer WS-Discovery probes on the loopback interface, over real UDP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree import ElementTree as ET

LOOPBACK = "127.0.0.1"
GROUP = "239.255.255.250"
MATCH = """<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1</a:Address>
</a:EndpointReference><d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes>
<d:XAddrs>{urls}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch>"""
ANSWER = """<?xml version="1.0" encoding="UTF-8"?>{before}
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Body><d:ProbeMatches>{matches}
</d:ProbeMatches></s:Body></s:Envelope>"""


def probe_match(
    urls: str,
    *scopes: str,
    types: str = "dn:NetworkVideoTransmitter tds:Device",
    before: str = "",
) -> bytes:
    """Build a response; ``scopes`` are appended to ``onvif://www.onvif.org/``."""
    said = " ".join(f"onvif://www.onvif.org/{scope}" for scope in scopes)
    match = MATCH.format(types=types, scopes=said, urls=urls)
    return ANSWER.format(before=before, matches=match).encode()


@contextmanager
def onvif_network(*answers: bytes, port: int = 0) -> Iterator[tuple[str, int]]:
    """Answer each probe with all ``answers`` until the block ends; yields the address to probe."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hears:
        hears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        hears.bind(("", port))
        both = socket.inet_aton(GROUP) + socket.inet_aton(LOOPBACK)
        hears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, both)
        serves = threading.Thread(target=_serve, args=(hears, answers))
        serves.start()
        try:
            yield GROUP, hears.getsockname()[1]
        finally:
            hears.sendto(b"", (LOOPBACK, hears.getsockname()[1]))
            serves.join(10)


def _serve(hears: socket.socket, answers: tuple[bytes, ...]) -> None:
    while True:
        question, asker = hears.recvfrom(65_535)
        if not question:
            return
        kind = ET.fromstring(question).findtext(".//{*}Probe/{*}Types")  # noqa: S314  # sent by the test
        assert kind == "dn:NetworkVideoTransmitter"
        for answer in answers:
            hears.sendto(answer, asker)
