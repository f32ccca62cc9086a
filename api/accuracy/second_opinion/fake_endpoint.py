"""An endpoint that speaks the chat completions of OpenAI and says what it is told to."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from api.notify.fakes.fake_service import BadRequestError, FakeService, ReceivedMessage

TRUE = '{"answer": "true", "en": "A group stands at the steps.", "zh": "台阶处有一群人。"}'


@dataclass
class FakeVisionEndpoint(FakeService):
    """Takes a system message and a user message with one picture; checks the key.

    Args:
        says: The content of every answer.
    """

    key: str = "a-key"
    says: str = TRUE

    async def read(self, request: web.Request) -> ReceivedMessage:
        """Return the model, and the picture and text that were sent."""
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise BadRequestError("the key is wrong")
        if not request.path.endswith("/chat/completions"):
            raise BadRequestError(f"there is no {request.path}")
        body = await request.json()
        try:
            system, user = body["messages"]
            text, image = user["content"]
            header, _, data = image["image_url"]["url"].partition(";base64,")
            picture = base64.b64decode(data, validate=True)
        except (KeyError, ValueError, TypeError, binascii.Error) as error:
            raise BadRequestError(f"the messages are malformed: {error!r}") from None
        if system["role"] != "system" or not header.startswith("data:image/") or not picture:
            raise BadRequestError("a system message and a picture are required")
        content: dict[str, Any] = {"text": text["text"], "picture": picture, "body": body}
        return ReceivedMessage(to=body["model"], content=content)

    def accepted(self) -> web.Response:
        """Return a completion."""
        message = {"role": "assistant", "content": self.says}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return web.json_response({"object": "chat.completion", "choices": [choice]})
