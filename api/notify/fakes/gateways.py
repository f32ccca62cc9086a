"""An SMS gateway and a receiver of webhooks."""

import hashlib
import hmac
import json
from dataclasses import dataclass

from aiohttp import web

from api.notify.fakes.fake_service import BadRequestError, FakeService, ReceivedMessage


@dataclass
class FakeSmsGateway(FakeService):
    """Takes a form with ``mobile`` and ``text`` and an API key; answers with a code."""

    api_key: str = "an-api-key"

    async def read(self, request: web.Request) -> ReceivedMessage:
        """Check the form."""
        form = await request.post()
        if form.get("apikey") != self.api_key:
            raise BadRequestError("the API key is wrong")
        phone, text = form.get("mobile"), form.get("text")
        if not isinstance(phone, str) or not isinstance(text, str) or not phone or not text:
            raise BadRequestError("mobile and text are required")
        return ReceivedMessage(to=phone, content=text, key=str(form.get("uid", "")))

    def accepted(self) -> web.Response:
        """Return a code of success."""
        return web.json_response({"code": 0, "msg": "OK", "count": 1})

    def refused(self) -> web.Response:
        """Refuse a phone number, with 200."""
        return web.json_response({"code": 2, "msg": "the number is malformed"})


@dataclass
class FakeWebhookReceiver(FakeService):
    """Takes signed notifications, and tells repetitions by their key."""

    secret: str = "a secret"

    async def read(self, request: web.Request) -> ReceivedMessage:
        """Check the signature."""
        body = await request.read()
        signed = request.headers.get("X-Gridwatch-Timestamp", "").encode() + b"." + body
        signature = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(
            request.headers.get("X-Gridwatch-Signature", ""), f"sha256={signature}"
        ):
            raise BadRequestError("the signature is wrong")
        content = json.loads(body)
        key = request.headers.get("Idempotency-Key", "")
        return ReceivedMessage(to=content["account"], content=content, key=key)
