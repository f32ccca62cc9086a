"""Send one request to the service of a channel, and read a short answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from api.address import InvalidAddressError, parse_webhook_address
from api.notify.outgoing import SendResult

TIMEOUT_S = 5.0
KEEP_IDLE_S = 30.0
"""How long an idle connection stays open for the next notification."""
MAX_ANSWER_BYTES = 4096
MAX_RETRY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request; ``headers`` may contain secrets."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """The answer, with at most ``MAX_ANSWER_BYTES`` of its body."""

    status: int
    body: bytes
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300


def open_http_client(*, timeout_s: float = TIMEOUT_S) -> aiohttp.ClientSession:
    """Return the HTTP client of all channels, as a context manager.

    The number of connections is limited by the sender, for each lane.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_IDLE_S),
        timeout=aiohttp.ClientTimeout(total=timeout_s),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def request(client: aiohttp.ClientSession, sent: HttpRequest) -> HttpAnswer | SendResult:
    """Send a request and return the answer, or why there is none.

    It is sent once more if the other side closed an idle connection at that moment.
    """
    try:
        parse_webhook_address(sent.url)
    except InvalidAddressError as error:
        return SendResult(error=f"the address cannot be used: {error}"[:300], is_final=True)
    try:
        try:
            return await _request_once(client, sent)
        except aiohttp.ServerDisconnectedError:
            return await _request_once(client, sent)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # Without the message of the error: it may quote the address, which may contain a secret.
        return SendResult(error=type(error).__name__)


async def _request_once(client: aiohttp.ClientSession, sent: HttpRequest) -> HttpAnswer:
    async with client.request(
        sent.method,
        sent.url,
        data=sent.body,
        headers=sent.headers,
        allow_redirects=False,
        proxy=_proxy(sent.url),
    ) as response:
        body = await response.content.read(MAX_ANSWER_BYTES)
        return HttpAnswer(
            status=response.status,
            body=body,
            retry_after=_seconds(response.headers.get("Retry-After", "")),
        )


def _seconds(text: str) -> timedelta | None:
    """Parse ``Retry-After`` in seconds; a date, which few services send, is ignored."""
    if not (text.isascii() and text.isdigit()):
        return None
    return min(timedelta(seconds=min(int(text), 86_400)), MAX_RETRY_AFTER)


@lru_cache(1024)
def _proxy(url: str) -> str | None:
    """Return the proxy that the environment of this process names for an address."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return None if proxy_bypass(host) else getproxies().get(parts.scheme)
