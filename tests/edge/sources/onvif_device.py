"""An ONVIF camera for tests: a SOAP server that checks credentials as the standard requires."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:tds="http://www.onvif.org/ver10/device/wsdl"
 xmlns:trt="http://www.onvif.org/ver10/media/wsdl"
 xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:ter="http://www.onvif.org/ver10/error">
<s:Body>{body}</s:Body></s:Envelope>"""
FAULT = """<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:{code}</s:Value>
</s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">{code}</s:Text></s:Reason></s:Fault>"""
CLOCK = """<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>
<tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>
<tt:UTCDateTime><tt:Time><tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute>
<tt:Second>{at.second}</tt:Second></tt:Time><tt:Date><tt:Year>{at.year}</tt:Year>
<tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day></tt:Date></tt:UTCDateTime>
</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"""
CAPABILITIES = """<tds:GetCapabilitiesResponse><tds:Capabilities>
<tt:Device><tt:XAddr>{at}/onvif/device_service</tt:XAddr></tt:Device>
<tt:Media><tt:XAddr>{at}/onvif/media</tt:XAddr><tt:StreamingCapabilities/></tt:Media>
</tds:Capabilities></tds:GetCapabilitiesResponse>"""
PROFILE = """<trt:Profiles token="{token}" fixed="true"><tt:Name>{name}</tt:Name>
<tt:VideoEncoderConfiguration token="e-{token}"><tt:Name>{name}</tt:Name>
<tt:UseCount>1</tt:UseCount>
<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width>
<tt:Height>{height}</tt:Height></tt:Resolution><tt:Quality>4</tt:Quality><tt:RateControl>
<tt:FrameRateLimit>10</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>
<tt:BitrateLimit>512</tt:BitrateLimit></tt:RateControl><tt:Multicast><tt:Address>
<tt:Type>IPv4</tt:Type></tt:Address><tt:Port>0</tt:Port><tt:TTL>1</tt:TTL>
<tt:AutoStart>false</tt:AutoStart></tt:Multicast><tt:SessionTimeout>PT60S</tt:SessionTimeout>
</tt:VideoEncoderConfiguration></trt:Profiles>"""
URI = """<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri>
<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>
<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT60S</tt:Timeout>
</trt:MediaUri></trt:GetStreamUriResponse>"""


@dataclass
class Device:
    """The requests and answers of a device; ``streams``: name, width, height and URL by token."""

    user: str
    password: str
    streams: dict[str, tuple[str, int, int, str]]
    address: str = ""
    asked: list[str] = field(default_factory=list)

    def answer(self, request: bytes) -> tuple[int, str]:
        envelope = ET.fromstring(request)  # noqa: S314  # sent by the test
        body = envelope.find(f"{{{SOAP}}}Body")
        assert body is not None
        asked = body[0].tag.rpartition("}")[2]
        self.asked.append(asked)
        if asked != "GetSystemDateAndTime" and not self.knows(envelope):
            return 400, FAULT.format(code="NotAuthorized")
        match asked:
            case "GetSystemDateAndTime":
                return 200, CLOCK.format(at=datetime.now(UTC))  # noqa: TID251  # a camera's clock
            case "GetCapabilities":
                return 200, CAPABILITIES.format(at=self.address)
            case "GetProfiles":
                return 200, f"<trt:GetProfilesResponse>{self.profiles()}</trt:GetProfilesResponse>"
            case "GetStreamUri":
                return 200, URI.format(uri=self.streams[_text(body, "ProfileToken")][3])
        return 400, FAULT.format(code="ActionNotSupported")

    def knows(self, envelope: ET.Element) -> bool:
        """Check the digest of WS-Security: base64(sha1(nonce + created + password))."""
        token = envelope.find(f".//{{{WSSE}}}UsernameToken")
        if token is None:
            return False
        nonce = base64.b64decode(token.findtext(f"{{{WSSE}}}Nonce") or "")
        created = token.findtext(f"{{{WSU}}}Created") or ""
        whole = nonce + created.encode() + self.password.encode()
        digest = base64.b64encode(hashlib.sha1(whole).digest()).decode()  # noqa: S324  # required by the standard
        credentials = token.findtext(f"{{{WSSE}}}Username"), token.findtext(f"{{{WSSE}}}Password")
        return credentials == (self.user, digest)

    def profiles(self) -> str:
        return "".join(
            PROFILE.format(token=token, name=name, width=width, height=height)
            for token, (name, width, height, _) in self.streams.items()
        )


def _text(body: ET.Element, name: str) -> str:
    return next(element.text or "" for element in body.iter() if element.tag.endswith(f"}}{name}"))


@contextmanager
def onvif_device(
    user: str, password: str, **streams: tuple[str, int, int, str]
) -> Iterator[Device]:
    """Run a device until the block ends."""
    device = Device(user, password, streams)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = device.answer(self.rfile.read(int(self.headers["Content-Length"])))
            content = ENVELOPE.format(body=body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    device.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield device
    finally:
        server.shutdown()
        server.server_close()
