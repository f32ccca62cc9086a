"""A verifier at any endpoint that speaks the chat completions of OpenAI, with pictures.

Protocol: ``POST /chat/completions`` with an ``image_url`` that holds the picture as data, as vLLM,
llama.cpp, Ollama and LM Studio offer it on a machine of the site.
"""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from api.accuracy.second_opinion.model import Opinion, OpinionValue, Question
from api.accuracy.second_opinion.port import Verifier
from api.errors import SecondOpinionError
from api.settings import CentralSettings
from pipeline.text import Text

MAX_EXPLANATION = 500
"""Characters that are stored."""
INSTRUCTIONS = (
    "You check the alerts of a city's cameras. You see one frame; heads are pixelated on purpose. "
    "Judge only what is visible. Answer with one JSON object and nothing else: "
    '{"answer": "true", "false" or "unsure", "en": one short sentence, "zh": the same in Chinese}. '
    'Answer "true" if the frame shows what the alert says, "false" if it clearly does not.'
)


class _Answer(msgspec.Struct):
    """What the instructions ask for."""

    answer: OpinionValue
    en: str = ""
    zh: str = ""


class OpenAiVision:
    """Asks one model at one endpoint.

    Args:
        url: Base of the endpoint, such as ``http://vision.local:8000/v1``.
        name: Name of the model there.
        key: Sent as a bearer token; empty for none.
        timeout_s: From the request to the end of the answer.
    """

    def __init__(
        self, client: httpx.AsyncClient, url: str, name: str, *, key: str = "", timeout_s: float
    ) -> None:
        self._client, self._url = client, f"{url.rstrip('/')}/chat/completions"
        self._name, self._timeout_s = name, timeout_s
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    @property
    def name(self) -> str:
        """Of the model."""
        return self._name

    async def ask(self, question: Question) -> Opinion:
        """Send the picture and the reason of the alert; read the opinion.

        Raises:
            SecondOpinionError: The endpoint cannot be reached, refuses, or answers otherwise.
        """
        try:
            response = await self._client.post(
                self._url,
                json=_body(self._name, question),
                headers=self._headers,
                timeout=self._timeout_s,
            )
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise SecondOpinionError(self._url, reason, retryable=True) from None
        if response.status_code != httpx.codes.OK:
            is_busy = response.status_code == httpx.codes.TOO_MANY_REQUESTS
            raise SecondOpinionError(
                self._url,
                f"HTTP {response.status_code}: {response.text[:200]}",
                retryable=is_busy or response.is_server_error,
            )
        return self._read(response)

    def _read(self, response: httpx.Response) -> Opinion:
        try:
            content = response.json()["choices"][0]["message"]["content"]
            start, end = content.index("{"), content.rindex("}") + 1  # models add fences and words
            answer = msgspec.json.decode(content[start:end].encode(), type=_Answer)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, msgspec.DecodeError):
            reason = f"the answer is not the JSON that was asked for: {response.text[:200]}"
            raise SecondOpinionError(self._url, reason, retryable=False) from None
        explanation = Text(zh=answer.zh[:MAX_EXPLANATION], en=answer.en[:MAX_EXPLANATION])
        return Opinion(value=answer.answer, explanation=explanation)


@asynccontextmanager
async def open_verifier(settings: CentralSettings) -> AsyncIterator[Verifier | None]:
    """Yield the verifier that the settings name, or ``None`` if they name none."""
    if settings.second_opinion_url is None:
        yield None
        return
    async with httpx.AsyncClient() as client:
        yield OpenAiVision(
            client,
            settings.second_opinion_url,
            settings.second_opinion_model,
            key=settings.second_opinion_key.get_secret_value(),
            timeout_s=settings.second_opinion_timeout_s,
        )


def _body(model: str, question: Question) -> dict[str, Any]:
    picture = base64.b64encode(question.picture).decode("ascii")
    alert = json.dumps({"alert": question.title, "reason": question.message}, ensure_ascii=False)
    return {
        "model": model,
        "temperature": 0,
        "max_tokens": 300,
        "messages": [
            {"role": "system", "content": INSTRUCTIONS},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": alert},
                    {
                        "type": "image_url",
                        "image_url": {"url": f"data:{question.media_type};base64,{picture}"},
                    },
                ],
            },
        ],
    }
