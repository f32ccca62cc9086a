"""The contract of an endpoint, run on the shipped fake over HTTP."""

import json
import pickle
from collections.abc import AsyncIterator

import httpx
import pytest

from api.accuracy.second_opinion.fake_endpoint import FakeVisionEndpoint
from api.accuracy.second_opinion.model import OpinionValue, Question
from api.accuracy.second_opinion.openai_vision import OpenAiVision, open_verifier
from api.errors import SecondOpinionError, SettingsError
from api.notify.fakes.fake_service import Behaviour
from api.settings import CentralSettings

QUESTION = Question(
    title="Crowd gathering", message="9 people", picture=b"a picture", media_type="image/jpeg"
)


@pytest.fixture
async def endpoint() -> AsyncIterator[FakeVisionEndpoint]:
    async with FakeVisionEndpoint() as fake:
        yield fake


def settings_of(endpoint: FakeVisionEndpoint, **changes: object) -> CentralSettings:
    options = {
        "second_opinion_url": f"{endpoint.url}/v1",
        "second_opinion_model": "qwen-vl",
        "second_opinion_key": endpoint.key,
        "second_opinion_timeout_s": 5.0,
    }
    return CentralSettings.load(**{**options, **changes})


async def test_the_picture_and_the_reason_are_sent_and_nothing_else(
    endpoint: FakeVisionEndpoint,
) -> None:
    async with open_verifier(settings_of(endpoint)) as verifier:
        assert verifier is not None
        opinion = await verifier.ask(QUESTION)

    asked = endpoint.messages[0]
    assert (opinion.value, opinion.explanation.en) == (
        OpinionValue.TRUE,
        "A group stands at the steps.",
    )
    assert (asked.to, asked.content["picture"]) == ("qwen-vl", b"a picture")
    assert json.loads(asked.content["text"]) == {"alert": "Crowd gathering", "reason": "9 people"}
    assert endpoint.mistakes == []


@pytest.mark.parametrize(
    "says",
    [
        '```json\n{"answer": "unsure", "en": "Too dark."}\n```',
        'I think: {"answer": "unsure", "zh": "太暗", "en": "", "score": 0.4} as asked',
    ],
)
async def test_fences_and_words_around_the_answer_do_no_harm(
    endpoint: FakeVisionEndpoint, says: str
) -> None:
    endpoint.says = says
    async with open_verifier(settings_of(endpoint)) as verifier:
        assert verifier is not None
        assert (await verifier.ask(QUESTION)).value is OpinionValue.UNSURE


@pytest.mark.parametrize("says", ["Yes.", '{"answer": "maybe"}', "} {", ""])
async def test_another_answer_is_no_opinion_and_not_asked_for_again(
    endpoint: FakeVisionEndpoint, says: str
) -> None:
    endpoint.says = says
    with pytest.raises(SecondOpinionError, match="is not the JSON") as caught:
        await ask(endpoint)

    assert not caught.value.retryable
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


@pytest.mark.parametrize(
    ("behaviour", "is_retryable"),
    [
        (Behaviour.DOWN, True),
        (Behaviour.BROKEN, True),
        (Behaviour.LIMIT, True),
        (Behaviour.REFUSE, False),
    ],
)
async def test_an_endpoint_that_fails_says_whether_to_ask_again(
    endpoint: FakeVisionEndpoint, behaviour: Behaviour, *, is_retryable: bool
) -> None:
    endpoint.behave(then=behaviour)
    with pytest.raises(SecondOpinionError) as caught:
        await ask(endpoint)

    assert caught.value.retryable is is_retryable


async def test_a_silent_endpoint_times_out(endpoint: FakeVisionEndpoint) -> None:
    endpoint.behave(then=Behaviour.SILENT)
    with pytest.raises(SecondOpinionError, match="Timeout") as caught:
        await ask(endpoint, second_opinion_timeout_s=0.05)

    assert caught.value.retryable


async def test_nobody_is_asked_by_default() -> None:
    async with open_verifier(CentralSettings.load()) as verifier:
        assert verifier is None


def test_a_model_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWATCH_SECOND_OPINION_URL", "http://vision.local/v1")

    with pytest.raises(SettingsError, match=r"GRIDWATCH_SECOND_OPINION_MODEL: .*name the vision"):
        CentralSettings.load()


async def ask(endpoint: FakeVisionEndpoint, **changes: object) -> None:
    settings = settings_of(endpoint, **changes)
    async with httpx.AsyncClient() as client:
        await OpenAiVision(
            client,
            str(settings.second_opinion_url),
            settings.second_opinion_model,
            key=endpoint.key,
            timeout_s=settings.second_opinion_timeout_s,
        ).ask(QUESTION)
