"""New incidents are asked about beside everything else, on a real database and endpoint."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from api.accuracy.second_opinion import store
from api.accuracy.second_opinion.asker import SecondOpinionAsker
from api.accuracy.second_opinion.fake_endpoint import FakeVisionEndpoint
from api.accuracy.second_opinion.model import OpinionValue
from api.accuracy.second_opinion.openai_vision import OpenAiVision
from api.accuracy.store import Verdict, VerdictStage, VerdictValue, add_verdict
from api.notify.fakes.fake_service import Behaviour
from tests.api.accuracy.second_opinion.snapshots import upload_snapshot
from tests.api.alerts import NOON
from tests.api.town import SNAPSHOT, Centre

TITLE = "Crowd gathering"


@pytest.fixture
async def endpoint() -> AsyncIterator[FakeVisionEndpoint]:
    async with FakeVisionEndpoint() as fake:
        yield fake


@pytest.fixture
async def asker(centre: Centre, endpoint: FakeVisionEndpoint) -> AsyncIterator[SecondOpinionAsker]:
    async def read_picture(_: str) -> bytes:
        return SNAPSHOT

    async with httpx.AsyncClient() as client:
        verifier = OpenAiVision(client, endpoint.url, "qwen-vl", key=endpoint.key, timeout_s=5)
        yield SecondOpinionAsker(
            centre.engine,
            verifier,
            read_picture=read_picture,
            title_of=lambda _: TITLE,
            now=centre.clock,
        )


async def opinion_on(centre: Centre, incident: UUID) -> store.StoredOpinion | None:
    async with centre.engine.connect() as connection:
        return await store.get_opinion(connection, incident)


async def test_an_incident_is_asked_about_once_its_snapshot_is_here(
    centre: Centre, asker: SecondOpinionAsker, endpoint: FakeVisionEndpoint
) -> None:
    incident = await centre.raise_alert()
    assert not await asker.ask_next()
    await upload_snapshot(centre)

    assert await asker.ask_next()
    assert not await asker.ask_next()

    opinion = await opinion_on(centre, incident)
    assert opinion is not None
    assert (opinion.verifier, opinion.value, opinion.error) == ("qwen-vl", OpinionValue.TRUE, "")
    assert endpoint.messages[0].content["picture"] == SNAPSHOT
    detail = (await (await centre.client_of("desk")).get(f"/v1/incidents/{incident}")).json()
    assert detail["reasons"][-1]["en"].startswith("Second opinion (qwen-vl): true; A group stands")


async def test_a_picture_that_the_node_has_not_redacted_never_leaves_the_house(
    centre: Centre, asker: SecondOpinionAsker, endpoint: FakeVisionEndpoint
) -> None:
    await centre.raise_alert()
    await upload_snapshot(centre)
    async with centre.engine.begin() as connection:
        unredacted = "UPDATE alert SET data = jsonb_set(data, '{evidence,0,redacted}', 'false')"
        await connection.execute(text(unredacted))

    assert not await asker.ask_next()
    assert not endpoint.messages


async def test_an_endpoint_that_is_down_is_asked_again_and_one_that_babbles_is_not(
    centre: Centre, asker: SecondOpinionAsker, endpoint: FakeVisionEndpoint
) -> None:
    incident = await centre.raise_alert()
    await upload_snapshot(centre)
    endpoint.behave(Behaviour.DOWN)
    endpoint.says = "Let me think about that."

    assert not await asker.ask_next()
    assert await opinion_on(centre, incident) is None
    assert await asker.ask_next()
    assert not await asker.ask_next()

    opinion = await opinion_on(centre, incident)
    assert opinion is not None
    assert (opinion.value, len(endpoint.messages)) == (None, 1)
    assert "is not the JSON" in opinion.error


async def test_opinions_are_measured_by_those_who_have_not_read_them(
    centre: Centre, asker: SecondOpinionAsker
) -> None:
    incident = await centre.raise_alert()
    await upload_snapshot(centre)
    await asker.ask_next()
    desk = await centre.client_of("desk")

    async def count(stage: str, value: str, *, is_blind: bool = False) -> list[dict[str, object]]:
        verdict = Verdict(
            value=VerdictValue(value), stage=VerdictStage(stage), actor=1, is_blind=is_blind
        )
        async with centre.engine.begin() as connection:
            await add_verdict(connection, incident, verdict, at=NOON)
        rates: list[dict[str, object]] = (await desk.get("/v1/accuracy/second-opinions")).json()[
            "rates"
        ]
        return [{key: each[key] for key in ("true_incidents", "false_incidents")} for each in rates]

    assert await count("review", "true") == []
    assert await count("audit", "false", is_blind=True) == [
        {"true_incidents": 0, "false_incidents": 1}
    ]
    assert await count("on_site", "true") == [{"true_incidents": 1, "false_incidents": 0}]
