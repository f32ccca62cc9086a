"""An ONVIF camera asked where its streams are; the only zeep.

The library is an extra: a box whose cameras are given by their stream addresses needs none of it.
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
INSTALL_HINT = "needs a package; pip install gridwatch[onvif]"
TIMEOUT_S = 15.0
"""Seconds that a camera has to answer all that it is asked."""
MIN_SUB_STREAM_WIDTH_PX = 320
"""Pixels across that a sub-stream must have to be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaProfile:
    """One stream of a camera.

    Args:
        url: Where it is, with the login that was given.
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
        """How large a picture is."""
        return self.width * self.height


def is_onvif_installed() -> bool:
    """Tell whether the extra is here."""
    return find_spec("onvif") is not None


def is_onvif_url(url: str) -> bool:
    """Tell whether an address is that of a camera to be asked, not of a stream."""
    return url.partition(":")[0] == SCHEME


def resolve_stream_url(url: str, *, main: bool = False) -> str:
    """Ask a camera for the address of one stream, login included.

    Args:
        url: ``onvif://user:password@host[:port][?profile=TOKEN]``.
        main: Take the largest where no profile is named; else the smallest of 320 and more across.

    Raises:
        StreamError: It cannot be reached, lets nobody in, or has no such profile.
        SourceError: The extra is not installed.
    """
    found = list_profiles(url)
    wanted = parse_qs(urlsplit(url).query).get("profile", [""])[0]
    if wanted:
        found = [profile for profile in found if wanted in {profile.token, profile.name}]
    if not found:
        raise StreamError(redact_credentials(url), StreamFault.NO_SUCH_STREAM)
    if main:
        return max(found, key=lambda profile: profile.pixels).url
    large = [profile for profile in found if profile.width >= MIN_SUB_STREAM_WIDTH_PX]
    return min(large or found, key=lambda profile: profile.pixels).url


def list_profiles(url: str) -> list[MediaProfile]:
    """Ask a camera what streams it has.

    Raises:
        StreamError: It cannot be reached, lets nobody in, or knows no ONVIF.
        SourceError: The extra is not installed.
    """
    try:
        from onvif import ONVIFCamera, ONVIFError  # an extra
        from zeep.exceptions import Error as ZeepError  # as above
    except ImportError:
        raise SourceError(redact_credentials(url), INSTALL_HINT) from None
    for chatty in ("onvif", "zeep"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)  # their words may hold the password
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    host, port = parts.hostname or "", parts.port or 80

    def camera() -> ONVIFCamera:
        return ONVIFCamera(host, port, user, password, adjust_time=True)

    try:
        return asyncio.run(_asked(camera, user, password))
    except (OSError, TimeoutError):
        raise StreamError(redact_credentials(url), StreamFault.UNREACHABLE) from None
    except (ONVIFError, ZeepError) as error:
        raise StreamError(redact_credentials(url), _fault_of(error, user)) from None


async def _asked(make: "Callable[[], ONVIFCamera]", user: str, password: str) -> list[MediaProfile]:
    camera = make()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await camera.update_xaddrs()
            media = await camera.create_media_service()
            told = [each for each in await media.GetProfiles() if each.VideoEncoderConfiguration]
            urls = [(await media.GetStreamUri(_wanted(each))).Uri for each in told]
    finally:
        await camera.close()
    pairs = zip(told, urls, strict=True)
    return [_profile(each, with_credentials(address, user, password)) for each, address in pairs]


def _wanted(profile: Any) -> dict[str, object]:  # noqa: ANN401  # zeep makes types of its own
    setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
    return {"StreamSetup": setup, "ProfileToken": profile.token}


def _profile(told: Any, url: str) -> MediaProfile:  # noqa: ANN401  # as above
    encoder = told.VideoEncoderConfiguration
    rate = encoder.RateControl
    return MediaProfile(
        token=str(told.token),
        name=str(told.Name),
        codec=str(encoder.Encoding).lower(),
        width=int(encoder.Resolution.Width),
        height=int(encoder.Resolution.Height),
        fps=float(rate.FrameRateLimit) if rate else None,
        url=url,
    )


def with_credentials(url: str, user: str, password: str) -> str:
    """Put a login into an address, signs of a password escaped; cameras tell it without."""
    parts = urlsplit(url)
    if not user:
        return url
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{login}@{place}").geturl()


def _fault_of(error: Exception, user: str) -> StreamFault:
    """Name what is wrong by the chain of causes: cameras refuse a login in many words."""
    words = ""
    told: BaseException | None = error
    while told is not None:
        words += f"{type(told).__name__} {told} "
        told = told.__cause__ or told.__context__
    if "NotAuthorized" in words or "401" in words or "Unauthorized" in words:
        return StreamFault.CREDENTIALS if user else StreamFault.NO_LOGIN
    return (
        StreamFault.UNREACHABLE if "Connect" in words or "Timeout" in words else StreamFault.REFUSED
    )
