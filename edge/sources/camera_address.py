"""The address of a camera: validate it, and print it without its credentials."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

_LOGIN = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)(?:\S|[^\S\n](?!\S*://))*@")
_BLANK_OR_CONTROL = re.compile(r"[\s\0-\x1f\x7f]")
_SECRET = re.compile(r"(?i)((?:user(?:name)?|pass(?:word|wd)?|pwd|token|auth)=)[^\s&;]*")
LIVE_SCHEMES = {"rtsp", "rtsps", "onvif"}
"""Schemes of live cameras; an ``onvif`` camera is asked for the URL of its stream."""
URL_HINT = (
    "write rtsp://user:password@host:554/path; escape special characters:"
    " @ as %40, / as %2F, ? as %3F, # as %23, a blank as %20"
)


class Transport(StrEnum):
    """The transport of an RTSP stream; ``auto`` is TCP, or UDP if the camera refuses TCP."""

    AUTO = "auto"
    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAddress:
    """How to connect to a camera; ``str()`` leaves the credentials out.

    Args:
        url: URL with credentials; never log it.
        stall_after: Without a new frame for this long, the stream counts as lost.
        wants_main_stream: Whether ONVIF resolves to the main stream instead of the sub-stream.
    """

    url: str = field(repr=False)
    transport: Transport = Transport.AUTO
    stall_after: timedelta = timedelta(seconds=5)
    wants_main_stream: bool = False

    def __str__(self) -> str:
        """The URL without its credentials."""
        return redact_credentials(self.url)


def redact_credentials(text: str) -> str:
    """Replace the credentials of all URLs in ``text`` by ``***``.

    Rather removes too much than too little: everything up to the last ``@`` before the next URL or
    line, as a password may contain a blank, and everything up to the next ``&`` of a query.
    """
    return _SECRET.sub(r"\1***", _LOGIN.sub(r"\1***@", text))


def url_problem(url: str) -> str:
    """Return what is wrong with the URL of a camera and how to fix it; empty if it is valid."""
    if _BLANK_OR_CONTROL.search(url):
        return f"contains a blank; {URL_HINT}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return f"is not a URL; {URL_HINT}"
    if parts.scheme not in LIVE_SCHEMES:
        return f"is not the URL of a camera; {URL_HINT}"
    if "@" in parts.path + parts.query:
        return f"contains @ after its host, as if the password contained / or ?; {URL_HINT}"
    if not parts.hostname or port == 0 or parts.fragment:
        return f"is not a URL; {URL_HINT}"
    return ""


def has_credentials(url: str) -> bool:
    """Return whether a URL contains a user name."""
    return bool(urlsplit(url).username)
