"""Notify through a webhook: one signed POST per notification.

The body is JSON; ``X-Gridwatch-Signature`` is HMAC-SHA256 over ``{timestamp}.{body}`` with the
secret of the settings; ``Idempotency-Key`` is the same whenever a notification is sent again.
"""

import hashlib
import hmac
from datetime import datetime

import aiohttp
import msgspec

from api.notify.channels.http_request import HttpRequest, request
from api.notify.channels.payload import payload_of
from api.notify.outgoing import Message, SendResult


class Webhook:
    """Send notifications to the address of the account, or else to ``url``."""

    def __init__(self, client: aiohttp.ClientSession, *, url: str | None, secret: str) -> None:
        self._client = client
        self._url = url
        self._secret = secret.encode()

    async def send(self, message: Message, *, now: datetime) -> SendResult:
        """Make one attempt; see ``Channel``."""
        url = message.notification.address or self._url
        if not url:
            return SendResult(error="no address: set GRIDWATCH_WEBHOOK_URL, or one for the account")
        body = msgspec.json.encode(payload_of(message))
        headers = self._headers(message.notification.key, body, now)
        answer = await request(self._client, HttpRequest(url=url, body=body, headers=headers))
        if isinstance(answer, SendResult):
            return answer
        if answer.is_success:
            return SendResult()
        return SendResult(error=f"answered {answer.status}", retry_after=answer.retry_after)

    def _headers(self, key: str, body: bytes, now: datetime) -> dict[str, str]:
        timestamp = str(int(now.timestamp()))
        signed = timestamp.encode() + b"." + body
        signature = hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "X-Gridwatch-Timestamp": timestamp,
            "X-Gridwatch-Signature": f"sha256={signature}",
        }
