"""Notify through a webhook: one signed POST per notification.

The body is JSON; ``X-Gridwatch-Signature`` is HMAC-SHA256 over ``{timestamp}.{body}`` with the
secret of the settings; ``Idempotency-Key`` is the same whenever a notification is sent again.
Gateways behind the webhook reach phones, SMS and chats.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import msgspec

from api.address import InvalidAddressError, parse_webhook_address
from api.notify.lease_store import OutgoingNotification

TIMEOUT_S = 5.0
KEEP_IDLE_S = 30.0
"""How long an idle connection stays open for the next notification."""
MAX_ATTEMPTS = 8
MAX_RETRY_DELAY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The result of one attempt; ``error`` is empty if the webhook accepted it.

    Args:
        is_final: Whether another attempt cannot succeed.
    """

    error: str = ""
    is_final: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether the webhook accepted the notification."""
        return not self.error


def open_http_client() -> aiohttp.ClientSession:
    """Return the HTTP client of webhooks, as a context manager.

    The number of connections is limited by the sender, for each address.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_IDLE_S),
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


class Webhook:
    """Send notifications to the address of the account, or else to ``url``."""

    def __init__(self, client: aiohttp.ClientSession, *, url: str | None, secret: str) -> None:
        self._client = client
        self._url = url
        self._secret = secret.encode()

    async def send(
        self, notification: OutgoingNotification, title: dict[str, str], *, now: datetime
    ) -> SendResult:
        """Make one attempt, within ``TIMEOUT_S``.

        Errors of the network and of the other side are returned, not raised.
        """
        url = notification.address or self._url
        if not url:
            return SendResult(error="no address: set GRIDWATCH_WEBHOOK_URL, or one for the account")
        try:
            parse_webhook_address(url)
        except InvalidAddressError as error:
            return SendResult(error=f"the address cannot be used: {error}"[:300], is_final=True)
        body = msgspec.json.encode(_payload(notification, title))
        headers = self._headers(notification, body, now)
        try:
            status = await self._post(url, body, headers)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return SendResult(error=f"{type(error).__name__}: {error}"[:300])
        return SendResult() if 200 <= status < 300 else SendResult(error=f"answered {status}")

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Send a request and return the status of the answer.

        It is sent once more if the other side closed an idle connection at that moment: the
        idempotency key makes that safe.
        """
        try:
            return await self._post_once(url, body, headers)
        except aiohttp.ServerDisconnectedError:
            return await self._post_once(url, body, headers)

    async def _post_once(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        async with self._client.post(
            url, data=body, headers=headers, allow_redirects=False, proxy=_proxy(url)
        ) as response:
            return response.status

    def _headers(
        self, notification: OutgoingNotification, body: bytes, now: datetime
    ) -> dict[str, str]:
        timestamp = str(int(now.timestamp()))
        signed = timestamp.encode() + b"." + body
        signature = hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": notification.key,
            "X-Gridwatch-Timestamp": timestamp,
            "X-Gridwatch-Signature": f"sha256={signature}",
        }


def retry_delay(attempts: int) -> timedelta | None:
    """Return how long to wait after so many attempts; ``None`` gives up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(timedelta(seconds=2 ** (attempts - 1)), MAX_RETRY_DELAY)


@lru_cache(1024)
def _proxy(url: str) -> str | None:
    """Return the proxy that the environment of this process names for an address."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return None if proxy_bypass(host) else getproxies().get(parts.scheme)


def _payload(notification: OutgoingNotification, title: dict[str, str]) -> dict[str, object]:
    location = None
    if notification.lon is not None:
        location = {"lon": notification.lon, "lat": notification.lat}
    return {
        "notification": str(notification.id),
        "kind": notification.kind,
        "order": str(notification.order) if notification.order else None,
        "incident": str(notification.incident),
        "account": notification.account,
        "level": notification.level,
        "title": title,
        "because": {"zh": notification.because.zh, "en": notification.because.en},
        "area": list(notification.area_path),
        "location": location,
        "called_at": notification.created_at.isoformat(),
        "exercise": notification.exercise,
    }
