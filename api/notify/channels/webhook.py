"""A webhook: one signed POST a call, for gateways that speak to phones, SMS and chats.

The body is JSON; ``X-Gridwatch-Signature`` is HMAC-SHA256 over ``{timestamp}.{body}`` with the
secret of the settings, ``Idempotency-Key`` is equal whenever the same call is sent again.
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
    """What became of one try; ``error`` is empty when it was taken."""

    error: str = ""

    @property
    def is_sent(self) -> bool:
        """Whether the other side has taken it."""
        return not self.error


class Webhook:
    """Sends calls to ``url``, or to the address that the call names itself."""

    def __init__(self, client: httpx.AsyncClient, *, url: str | None, secret: str) -> None:
        self._client = client
        self._url = url
        self._secret = secret.encode()

    async def send(
        self, call: OutgoingNotification, title: dict[str, str], *, now: datetime
    ) -> SendResult:
        """Try once, within a deadline; nothing is raised for what the other side does."""
        url = call.address or self._url
        if not url:
            return SendResult(error="no address: set GRIDWATCH_WEBHOOK_URL, or one for the account")
        body = msgspec.json.encode(_told(call, title))
        try:
            answer = await self._client.post(
                url, content=body, headers=self._headers(call, body, now), timeout=TIMEOUT_S
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return SendResult(error=f"{type(error).__name__}: {error}"[:300])
        if answer.is_success:
            return SendResult()
        return SendResult(error=f"answered {answer.status_code}")

    def _headers(self, call: OutgoingNotification, body: bytes, now: datetime) -> dict[str, str]:
        at = str(int(now.timestamp()))
        proof = hmac.new(self._secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": call.key,
            "X-Gridwatch-Timestamp": at,
            "X-Gridwatch-Signature": f"sha256={proof}",
        }


def retry_delay(attempts: int) -> timedelta | None:
    """Tell when to try again after so many tries; ``None`` when it is given up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(timedelta(seconds=2 ** (attempts - 1)), MAX_RETRY_DELAY)


def _told(call: OutgoingNotification, title: dict[str, str]) -> dict[str, object]:
    return {
        "notification": str(call.id),
        "order": str(call.order),
        "incident": str(call.incident),
        "account": call.account,
        "level": call.level,
        "title": title,
        "because": {"zh": call.because.zh, "en": call.because.en},
        "area": list(call.area_path),
        "location": {"lon": call.lon, "lat": call.lat} if call.lon is not None else None,
        "called_at": call.created_at.isoformat(),
        "exercise": call.exercise,
    }
