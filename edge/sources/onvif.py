"""Ask an ONVIF camera for its streams; the only module that uses zeep.

The library is an optional package: a node whose cameras have stream URLs does not need it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from edge.errors import SourceError, StreamError, StreamFault
from edge.sources.camera_address import redact_credentials

if TYPE_CHECKING:
    from onvif import ONVIFCamera

SCHEME = "onvif"
INSTALL_HINT = "needs an optional package; run pip install gridwatch[onvif]"
TIMEOUT_S = 15.0
"""Time in which a camera must answer all requests."""
MIN_SUB_STREAM_WIDTH_PX = 320
"""Smallest width of a sub-stream that is used for detection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaProfile:
    """One stream of a camera.

    Args:
        url: RTSP URL with the credentials of the ONVIF URL.
    """

    token: str
    name: str
    codec: str
    width: int
    height: int
    fps: float | None
    url: str

    @property
    def pixels(self) -> int:
        """Number of pixels in a frame."""
        return self.width * self.height


def is_onvif_installed() -> bool:
    """Return whether the optional package is installed."""
    return find_spec("onvif") is not None


def is_onvif_url(url: str) -> bool:
    """Return whether a URL is that of an ONVIF camera and not that of a stream."""
    return url.partition(":")[0] == SCHEME


def resolve_stream_url(url: str, *, main: bool = False) -> str:
    """Ask a camera for the URL of one of its streams, credentials included.

    Args:
        url: ``onvif://user:password@host[:port][?profile=TOKEN]``.
        main: If the URL names no profile, choose the largest stream instead of the smallest one
            that is at least 320 pixels wide.

    Raises:
        StreamError: The camera is unreachable, refuses the credentials, or has no such profile.
        SourceError: The optional package is not installed.
    """
    profiles = list_profiles(url)
    name = parse_qs(urlsplit(url).query).get("profile", [""])[0]
    if name:
        profiles = [profile for profile in profiles if name in {profile.token, profile.name}]
    if not profiles:
        raise StreamError(redact_credentials(url), StreamFault.NO_SUCH_STREAM)
    if main:
        return max(profiles, key=lambda profile: profile.pixels).url
    large = [profile for profile in profiles if profile.width >= MIN_SUB_STREAM_WIDTH_PX]
    return min(large or profiles, key=lambda profile: profile.pixels).url


def list_profiles(url: str) -> list[MediaProfile]:
    """Ask a camera for all of its streams.

    Raises:
        StreamError: The camera is unreachable, refuses the credentials, or has no ONVIF.
        SourceError: The optional package is not installed.
    """
    try:
        from onvif import ONVIFCamera, ONVIFError  # optional
        from zeep.exceptions import Error as ZeepError  # optional
    except ImportError:
        raise SourceError(redact_credentials(url), INSTALL_HINT) from None
    for name in ("onvif", "zeep"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # may log the password
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    host, port = parts.hostname or "", parts.port or 80

    def connect() -> ONVIFCamera:
        return ONVIFCamera(host, port, user, password, adjust_time=True)

    try:
        return asyncio.run(_request_profiles(connect, user, password))
    except (OSError, TimeoutError):
        raise StreamError(redact_credentials(url), StreamFault.UNREACHABLE) from None
    except (ONVIFError, ZeepError) as error:
        raise StreamError(redact_credentials(url), _fault_of(error, user)) from None


async def _request_profiles(
    connect: "Callable[[], ONVIFCamera]", user: str, password: str
) -> list[MediaProfile]:
    camera = connect()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await camera.update_xaddrs()
            media = await camera.create_media_service()
            profiles = [p for p in await media.GetProfiles() if p.VideoEncoderConfiguration]
            urls = [(await media.GetStreamUri(_stream_request(p))).Uri for p in profiles]
    finally:
        await camera.close()
    pairs = zip(profiles, urls, strict=True)
    return [_profile(p, with_credentials(url, user, password)) for p, url in pairs]


def _stream_request(profile: Any) -> dict[str, object]:  # noqa: ANN401  # zeep creates the types
    setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
    return {"StreamSetup": setup, "ProfileToken": profile.token}


def _profile(response: Any, url: str) -> MediaProfile:  # noqa: ANN401  # as above
    encoder = response.VideoEncoderConfiguration
    rate = encoder.RateControl
    return MediaProfile(
        token=str(response.token),
        name=str(response.Name),
        codec=str(encoder.Encoding).lower(),
        width=int(encoder.Resolution.Width),
        height=int(encoder.Resolution.Height),
        fps=float(rate.FrameRateLimit) if rate else None,
        url=url,
    )


def with_credentials(url: str, user: str, password: str) -> str:
    """Add escaped credentials to a URL, which cameras return without them."""
    parts = urlsplit(url)
    if not user:
        return url
    host = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{login}@{host}").geturl()


def _fault_of(error: Exception, user: str) -> StreamFault:
    """Classify an error by the text of its causes: cameras word a refusal in many ways."""
    text = ""
    cause: BaseException | None = error
    while cause is not None:
        text += f"{type(cause).__name__} {cause} "
        cause = cause.__cause__ or cause.__context__
    if "NotAuthorized" in text or "401" in text or "Unauthorized" in text:
        return StreamFault.CREDENTIALS if user else StreamFault.NO_LOGIN
    return (
        StreamFault.UNREACHABLE if "Connect" in text or "Timeout" in text else StreamFault.REFUSED
    )
