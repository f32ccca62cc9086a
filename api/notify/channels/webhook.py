"""Notify through a webhook: one signed POST per notification.

The body is JSON; ``X-Gridwatch-Signature`` is HMAC-SHA256 over ``{timestamp}.{body}`` with the
secret of the settings; ``Idempotency-Key`` is the same whenever a notification is sent again.
Gateways behind the webhook reach phones, SMS and chats.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import msgspec

from api.notify.store import OutgoingNotification

TIMEOUT_S = 5.0
MAX_ATTEMPTS = 8
MAX_RETRY_DELAY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The result of one attempt; ``error`` is empty if the webhook accepted it."""

    error: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether the webhook accepted the notification."""
        return not self.error


class Webhook:
    """Send notifications to the address of the account, or else to ``url``."""

    def __init__(self, client: httpx.AsyncClient, *, url: str | None, secret: str) -> None:
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
        body = msgspec.json.encode(_payload(notification, title))
        headers = self._headers(notification, body, now)
        try:
            response = await self._client.post(
                url, content=body, headers=headers, timeout=TIMEOUT_S
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return SendResult(error=f"{type(error).__name__}: {error}"[:300])
        if response.is_success:
            return SendResult()
        return SendResult(error=f"answered {response.status_code}")

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


def _payload(notification: OutgoingNotification, title: dict[str, str]) -> dict[str, object]:
    location = None
    if notification.lon is not None:
        location = {"lon": notification.lon, "lat": notification.lat}
    return {
        "notification": str(notification.id),
        "order": str(notification.order),
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
