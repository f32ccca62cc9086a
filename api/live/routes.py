"""Live news as server-sent events: one stream a page, resumed by ``Last-Event-ID``."""

import json
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse

from api.accounts.dependencies import Context
from api.accounts.store import Account
from api.errors import FeedTruncatedError
from api.live import store as live_store
from api.live.feed import LiveFeed, Subscription
from api.live.store import Cursor, LiveEvent
from api.notify import calls
from api.web.problems import problem_responses
from api.web.services import Services

router = APIRouter(prefix="/v1", tags=["events"])

PING_S = 15.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def get_live_feed(request: Request) -> LiveFeed:
    """Return the live feed of this process."""
    feed: LiveFeed = request.app.state.live
    return feed


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **problem_responses(401, 422)},
)
async def stream(
    visit: Context,
    live: Annotated[LiveFeed, Depends(get_live_feed)],
    last_event_id: Annotated[str | None, Header(max_length=50)] = None,
) -> StreamingResponse:
    """Tell what changes, as ``event: <topic>`` and ``data: {"object", "topic"}``.

    A desk hears of its area, everybody of what concerns them. A ``notification`` that is
    written into its account's open stream counts as sent. ``anew`` says that some of what came
    after ``Last-Event-ID`` is not kept any more: read everything again.
    """
    begin = Cursor.parse(last_event_id) if last_event_id else None
    told = _told(live, visit.services, visit.account, begin)
    return StreamingResponse(told, media_type="text/event-stream", headers=HEADERS)


async def _told(
    live: LiveFeed, services: Services, who: Account, begin: Cursor | None
) -> AsyncIterator[str]:
    async with live.subscribe() as page:
        async with services.engine.connect() as connection:
            place = begin or await live_store.get_head(connection)
        yield f"retry: 2000\nid: {place}\n: connected\n\n"
        async for event in _since(services, page, place, who=who):
            if event is None:
                yield ": ping\n\n"
            elif event.is_visible_to(who):
                yield _written(event)
                await _note_sent(services, event, who)


async def _since(
    services: Services, page: Subscription, place: Cursor, *, who: Account
) -> AsyncIterator[LiveEvent | None]:
    """Give what the database holds behind ``place``, then what comes; ``None`` is a pause."""
    while True:
        found = await _kept(services, place, who)
        for event in found:
            place = event.cursor
            yield event
        if not found:
            break
    while not page.is_closed:
        fresh = await page.next(PING_S)
        if fresh is None or fresh.cursor > place:
            yield fresh


async def _kept(services: Services, place: Cursor, who: Account) -> list[LiveEvent]:
    """Read what is kept behind ``place``; where that is not all, only the word to begin anew."""
    async with services.engine.connect() as connection:
        try:
            return await live_store.list_events_after(connection, place)
        except FeedTruncatedError:
            here = await live_store.get_head(connection)
    return [live_store.resync_event(here, who, at=services.now())]


def _written(event: LiveEvent) -> str:
    data = json.dumps({"object": event.object, "topic": event.topic})
    return f"id: {event.cursor}\nevent: {event.topic}\ndata: {data}\n\n"


async def _note_sent(services: Services, event: LiveEvent, who: Account) -> None:
    if event.topic != "notification":
        return
    async with services.engine.begin() as connection:
        await calls.mark_sent(connection, [UUID(event.object)], who.id, now=services.now())
