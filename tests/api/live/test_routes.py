"""Live pages on a real server: events come by themselves, and none is missed."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
import uvicorn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.live import store as live_store
from api.retention.cleaner import RetentionCleaner
from api.retention.store import delete_expired
from api.retention.terms import RowKind
from tests.api.town import PASSWORD, Centre

PATIENCE_S = 10
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """One event of a stream."""

    id: str
    topic: str
    object: str


class QuietServer(uvicorn.Server):
    """A server in a task of the test; signals are the test's own."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # noqa: ANN201  # as in uvicorn
        yield


@pytest.fixture
async def address(centre: Centre) -> AsyncIterator[str]:
    """The address of the centre on a real port, with its feed running."""
    config = uvicorn.Config(
        centre.app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1
    )
    server = QuietServer(config)
    serving = asyncio.create_task(server.serve())
    feeding = asyncio.create_task(centre.live.run())
    async with asyncio.timeout(PATIENCE_S):
        while not server.started:  # noqa: ASYNC110  # a flag of uvicorn's
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving
    feeding.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await feeding


@asynccontextmanager
async def stream(
    address: str, name: str, *, after: str | None = None
) -> AsyncIterator[AsyncIterator[StreamedEvent]]:
    """Log in and open the stream of an account, from its beginning or after an event."""
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) as page:
        await page.post("/v1/login", json={"name": name, "password": PASSWORD})
        headers = {"Last-Event-ID": after} if after else {}
        async with page.stream("GET", "/v1/events", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            async for line in lines:
                if line == ": connected":
                    break
            yield _events(lines)


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[StreamedEvent]:
    id_ = topic = ""
    async for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            id_ = value
        elif name == "event":
            topic = value
        elif name == "data":
            yield StreamedEvent(id_, topic, json.loads(value)["object"])


async def next_event(events: AsyncIterator[StreamedEvent], topic: str) -> StreamedEvent:
    """Wait for the next event of a topic."""
    async with asyncio.timeout(PATIENCE_S):
        async for event in events:
            if event.topic == topic:
                return event
    raise AssertionError("the stream has ended")


async def notification_states(engine: AsyncEngine) -> dict[str, str]:
    query = text("""
        SELECT c.name, n.state FROM notification n JOIN account c ON c.id = n.account
        WHERE n.channel = 'app'
    """)
    async with engine.connect() as connection:
        return {row.name: row.state for row in await connection.execute(query)}


async def test_a_notification_reaches_its_open_page_and_counts_as_sent(
    centre: Centre, address: str
) -> None:
    async with stream(address, "east-1") as mine, stream(address, "desk") as at_the_desk:
        await centre.raise_alert()
        await centre.clock_engine.process_due()
        await next_event(mine, "notification")
        while (await notification_states(centre.engine))["east-1"] == "pending":
            await next_event(at_the_desk, "incident")  # published when it is sent

    assert await notification_states(centre.engine) == {"east-1": "sent", "east-2": "pending"}


async def test_a_desk_receives_the_events_of_its_area_only(centre: Centre, address: str) -> None:
    async with stream(address, "desk") as events, stream(address, "desk-elsewhere") as other_events:
        incident = await centre.raise_alert()
        event = await next_event(events, "incident")
        async with centre.engine.begin() as connection:
            at, other = centre.clock(), "510108"
            await live_store.publish(connection, "incident", incident, at=at, area_code=None)
            await live_store.publish(connection, "order", "theirs", at=at, area_code=other)
            await live_store.notify_listeners(connection)
        without_area = await next_event(other_events, "incident")
        in_other_area = await next_event(other_events, "order")

    assert event.object == str(incident)
    assert (without_area.object, in_other_area.object) == (str(incident), "theirs")


async def test_a_page_that_reconnects_misses_no_event(centre: Centre, address: str) -> None:
    async with stream(address, "desk") as events:
        first = await centre.raise_alert("a")
        last_read = await next_event(events, "incident")
    missed = await centre.raise_alert("b", camera="south-gate")
    async with stream(address, "desk", after=last_read.id) as events:
        again = await next_event(events, "incident")

    assert last_read.object == str(first)
    assert again.object == str(missed)


async def test_a_page_that_was_away_for_too_long_has_to_resync(
    centre: Centre, address: str
) -> None:
    async with stream(address, "east-1") as events:
        await centre.raise_alert()
        await centre.clock_engine.process_due()
        last_read = await next_event(events, "notification")
    await centre.raise_alert("a", camera="east-gate")
    cleaner = RetentionCleaner(
        centre.engine, keep={RowKind.EVENTS: DAY}, now=lambda: centre.clock() + 2 * DAY
    )
    await cleaner.clean()

    async with stream(address, "east-1", after=last_read.id) as events:
        event = await next_event(events, "resync")
        await centre.raise_alert("b", camera="south-gate")
        await centre.clock_engine.process_due()
        await next_event(events, "notification")
    async with stream(address, "desk", after=event.id) as at_the_desk:
        first = await anext(at_the_desk)

    assert first.topic != "resync"


async def test_a_centre_that_missed_events_closes_its_streams(centre: Centre, address: str) -> None:
    async with stream(address, "desk") as events:
        async with centre.engine.begin() as connection:  # written and deleted while it sleeps
            await live_store.publish(
                connection, "order", "missed", at=centre.clock(), area_code="510107"
            )
            await delete_expired(connection, RowKind.EVENTS, before=centre.clock() + DAY)
            await live_store.notify_listeners(connection)
        async with asyncio.timeout(PATIENCE_S):
            topics = {event.topic async for event in events}
    # A stream that still reads the stored events sees the gap itself: it also sends a resync.
    assert topics <= {"resync"}


async def test_an_event_that_commits_late_is_not_skipped(centre: Centre, address: str) -> None:
    async with stream(address, "desk") as events, centre.engine.connect() as slow:
        await live_store.publish(slow, "order", "slow", at=centre.clock(), area_code="510107")
        async with centre.engine.begin() as quick:
            await live_store.publish(quick, "order", "quick", at=centre.clock(), area_code="510107")
            await live_store.notify_listeners(quick)
        await live_store.notify_listeners(slow)
        await slow.commit()
        received = [await next_event(events, "order"), await next_event(events, "order")]

    assert [event.object for event in received] == ["slow", "quick"]


async def test_a_stream_needs_a_login(centre: Centre) -> None:
    answer = await centre.anonymous_client().get("/v1/events")

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_centre_that_stops_closes_its_streams(centre: Centre, address: str) -> None:
    async with stream(address, "desk") as events:
        centre.live.close()
        async with asyncio.timeout(PATIENCE_S):
            assert [event async for event in events] == []


async def test_an_account_has_a_limit_of_open_streams_and_nobody_else_waits(
    centre: Centre, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.live.routes.MAX_STREAMS", 1)
    async with stream(address, "desk"), stream(address, "chief"):
        answer = await (await centre.client_of("desk")).get("/v1/events")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "15")
