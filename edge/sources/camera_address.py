"""Addresses of cameras: what is wrong with one, and how it is shown without its secrets."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

_LOGIN = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)\S*@")
_SECRET = re.compile(r"(?i)((?:user(?:name)?|pass(?:word|wd)?|pwd|token|auth)=)[^\s&;]*")
LIVE_SCHEMES = {"rtsp", "rtsps", "onvif"}
"""Kinds of addresses that are called; the last is asked for the address of the stream."""
URL_HINT = "write rtsp://user:password@host:554/path, and signs of a password such as @ as %40"


class Transport(StrEnum):
    """How pictures travel; ``auto`` is TCP, and UDP where the camera refuses that."""

    AUTO = "auto"
    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraAddress:
    """How a camera is reached.

    Args:
        url: With its login: never shown, ``str()`` of this is.
        stall_after: So long without a new picture, and the stream counts as lost.
        wants_main_stream: Whether ONVIF resolves to the main stream instead of the sub-stream.
    """

    url: str = field(repr=False)
    transport: Transport = Transport.AUTO
    stall_after: timedelta = timedelta(seconds=5)
    wants_main_stream: bool = False

    def __str__(self) -> str:
        """The address without its login."""
        return redact_credentials(self.url)


def redact_credentials(text: str) -> str:
    """Show ``text`` with ``***`` for the logins and passwords of all addresses in it.

    Takes too much rather than too little: all up to the last ``@``, all up to the next ``&``.
    """
    return _SECRET.sub(r"\1***", _LOGIN.sub(r"\1***@", text))


def url_problem(url: str) -> str:
    """Say what is wrong with the address of a stream, and its mend; empty if nothing is."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return f"is no address; {URL_HINT}"
    if parts.scheme not in LIVE_SCHEMES:
        return f"is no camera's address; {URL_HINT}"
    if not parts.hostname or port == 0 or parts.fragment:
        return f"is no address; {URL_HINT}"
    return ""


def has_credentials(url: str) -> bool:
    """Tell whether an address carries a user."""
    return bool(urlsplit(url).username)
