"""Notify through Web Push: an encrypted message that a browser shows although no page is open."""

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from api.notify.channels.http_request import HttpAnswer, HttpRequest, request
from api.notify.channels.payload import payload_of
from api.notify.channels.push_encryption import MAX_CONTENT, encrypt, vapid_header
from api.notify.outgoing import Message, SendResult

TIME_TO_LIVE_S = 4 * 3600
"""How long the push service keeps a message for a phone that is switched off."""
HEADER_LIFETIME = timedelta(hours=6)
GONE = frozenset({404, 410})
REFUSED = frozenset({400, 401, 403, 413})
UNSUBSCRIBED = SendResult(error="the device has unsubscribed", is_final=True, is_gone=True)


class WebPush:
    """Send notifications to the push service of a browser.

    Args:
        contact: Whom a push service may write to, ``mailto:`` or ``https:``.
    """

    def __init__(self, client: aiohttp.ClientSession, *, contact: str) -> None:
        self._client = client
        self._contact = contact
        self._headers: dict[str, tuple[datetime, str]] = {}

    async def send(self, message: Message, *, now: datetime) -> SendResult:
        """Make one attempt; see ``Channel``."""
        notification = message.notification
        if notification.p256dh is None or notification.auth is None:
            return UNSUBSCRIBED
        try:
            body = encrypt(
                push_content(message),
                p256dh=notification.p256dh,
                auth=notification.auth,
                sender=ec.generate_private_key(ec.SECP256R1()),
                salt=secrets.token_bytes(16),
            )
        except ValueError as error:
            return SendResult(
                error=f"the keys of the device cannot be used: {error}", is_final=True
            )
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TIME_TO_LIVE_S),
            "Urgency": "high",
            "Authorization": self._authorization(message, now),
        }
        sent = HttpRequest(url=notification.address, body=body, headers=headers)
        answer = await request(self._client, sent)
        return answer if isinstance(answer, SendResult) else _result(answer)

    def _authorization(self, message: Message, now: datetime) -> str:
        """Return the header for the push service of a message; it is signed again in time."""
        parts = urlsplit(message.notification.address)
        origin = f"{parts.scheme}://{parts.netloc}"
        signed_at, header = self._headers.get(origin, (now - HEADER_LIFETIME, ""))
        if not timedelta(0) <= now - signed_at < HEADER_LIFETIME:
            key = message.keys.vapid_key()
            header = vapid_header(key, audience=origin, contact=self._contact, now=now)
            self._headers[origin] = (now, header)
        return header


def push_content(message: Message) -> bytes:
    """Encode a message for the service worker; a text that is too long is left out."""
    payload = payload_of(message) | {"language": message.notification.language}
    content = msgspec.json.encode(payload)
    if len(content) > MAX_CONTENT:
        content = msgspec.json.encode(payload | {"because": {"zh": "", "en": ""}})
    return content


def _result(answer: HttpAnswer) -> SendResult:
    if answer.is_success:
        return SendResult()
    if answer.status in GONE:
        return UNSUBSCRIBED
    is_final = answer.status in REFUSED
    error = f"the push service answered {answer.status}"
    return SendResult(error=error, is_final=is_final, retry_after=answer.retry_after)
