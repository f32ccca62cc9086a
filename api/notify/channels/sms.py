"""Notify by SMS through the HTTP gateway of any provider, described by a template."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from urllib.parse import quote

import aiohttp

from api.notify.channels.http_request import HttpAnswer, HttpRequest, request
from api.notify.channels.payload import text_of
from api.notify.outgoing import Message, SendResult

PLACEHOLDER = re.compile(r"\{(phone|text|key)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsGateway:
    """How the gateway of a provider takes a message.

    Args:
        url: May contain ``{phone}``, ``{text}`` and ``{key}``, as may ``body``.
        body: Placeholders are escaped by its content type: JSON or form.
        accepted: A pattern that the answer of an accepted message contains; empty: any success.
    """

    url: str = field(repr=False)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str = field(default="", repr=False)
    accepted: str = ""

    def request_for(self, phone: str, text: str, key: str) -> HttpRequest:
        """Return the request for one message."""
        values = {"phone": phone, "text": text, "key": key}
        content_type = next(
            (value for name, value in self.headers.items() if name.lower() == "content-type"), ""
        )
        is_json = "json" in content_type.lower()

        def in_url(match: re.Match[str]) -> str:
            return quote(values[match[1]], safe="")

        def in_json(match: re.Match[str]) -> str:
            return json.dumps(values[match[1]])[1:-1]

        return HttpRequest(
            url=PLACEHOLDER.sub(in_url, self.url),
            method=self.method,
            headers=self.headers,
            body=PLACEHOLDER.sub(in_json if is_json else in_url, self.body).encode(),
        )


class Sms:
    """Send notifications as SMS."""

    def __init__(
        self, client: aiohttp.ClientSession, gateway: SmsGateway, *, time_zone: tzinfo
    ) -> None:
        self._client = client
        self._gateway = gateway
        self._time_zone = time_zone

    async def send(self, message: Message, *, now: datetime) -> SendResult:  # noqa: ARG002
        """Make one attempt; see ``Channel``."""
        text = text_of(message, self._time_zone)
        notification = message.notification
        sent = self._gateway.request_for(notification.address, text, notification.key)
        answer = await request(self._client, sent)
        return answer if isinstance(answer, SendResult) else self._result(answer)

    def _result(self, answer: HttpAnswer) -> SendResult:
        """Judge an answer; a client error cannot be mended by sending the same again."""
        if not answer.is_success:
            is_final = 400 <= answer.status < 500 and answer.status not in {408, 429}
            error = f"the SMS gateway answered {answer.status}"
            return SendResult(error=error, is_final=is_final, retry_after=answer.retry_after)
        text = answer.body.decode("utf-8", "replace")
        if re.search(self._gateway.accepted, text):
            return SendResult()
        return SendResult(error=f"the SMS gateway refused it: {text[:200]}", is_final=True)
