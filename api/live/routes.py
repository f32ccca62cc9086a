"""Stream live events to a page as server-sent events, resumed by ``Last-Event-ID``."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse

from api.accounts.authentication import hash_token
from api.accounts.dependencies import COOKIE, Context, CurrentAccount
from api.accounts.model import Account
from api.accounts.session_store import get_login_end
from api.accounts.store import is_login_open
from api.errors import FeedTruncatedError, TooManyAttemptsError
from api.live import store as live_store
from api.live.feed import LiveFeed, Subscription
from api.live.store import RESYNC, Cursor, LiveEvent
from api.notify import store as notify_store
from api.notify.online.presence import Presence
from api.web.problems import problem_responses
from api.web.services import Services

router = APIRouter(prefix="/v1", tags=["events"])

PING_S = 15.0
MAX_STREAMS = 20
"""Open pages of one account: a control room with a shared account has fewer."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
LOGGED_OUT = "event: logged_out\ndata: {}\n\n"
"""The last event of a stream whose login was ended before its time."""
OLD_RESYNC = "anew"
"""The name of ``resync`` until version 1; sent beside it for one more version."""


def get_live_feed(request: Request) -> LiveFeed:
    """Return the live feed of this process."""
    feed: LiveFeed = request.app.state.live
    return feed


def get_presence(request: Request) -> Presence:
    """Return the accounts with an open stream in this process."""
    presence: Presence = request.app.state.presence
    return presence


async def check_room(
    account: CurrentAccount, presence: Annotated[Presence, Depends(get_presence)]
) -> None:
    """Refuse a further stream of an account that has many.

    Raises:
        TooManyAttemptsError: It has ``MAX_STREAMS`` in this process.
    """
    if presence.count_streams(account.id) >= MAX_STREAMS:
        raise TooManyAttemptsError(int(PING_S))


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **problem_responses(401, 422, 429)},
    dependencies=[Depends(check_room)],
)
async def stream(
    request: Request,
    visit: Context,
    live: Annotated[LiveFeed, Depends(get_live_feed)],
    presence: Annotated[Presence, Depends(get_presence)],
    *,
    last_event_id: Annotated[str | None, Header(max_length=50)] = None,
) -> StreamingResponse:
    """Stream changes as ``event: <topic>`` and ``data: {"object", "topic"}``.

    A desk receives the changes of its area, every account those that concern it. A
    ``notification`` written to the open stream of its account counts as sent. ``resync`` says
    that some events after ``Last-Event-ID`` have been deleted: read everything again.
    """
    cursor = Cursor.parse(last_event_id) if last_event_id else None
    token = hash_token(request.cookies.get(COOKIE, ""))
    ends_at = await get_login_end(visit.connection, token) or visit.now
    login = OpenLogin(visit.services, token, visit.account, ends_at)
    lines = _lines(live, visit.services, login, cursor=cursor, presence=presence)
    return StreamingResponse(lines, media_type="text/event-stream", headers=HEADERS)


@dataclass(frozen=True, slots=True)
class OpenLogin:
    """The login of an open stream, which is checked again and again."""

    services: Services
    token_hash: bytes
    account: Account
    ends_at: datetime

    async def is_open(self) -> bool:
        """Return whether the login has not ended, and the account is what it was."""
        async with self.services.engine.connect() as connection:
            return await is_login_open(
                connection, self.token_hash, self.account, now=self.services.now()
            )


async def _lines(
    live: LiveFeed,
    services: Services,
    login: "OpenLogin",
    *,
    cursor: Cursor | None,
    presence: Presence,
) -> AsyncIterator[str]:
    account = login.account
    async with live.subscribe() as subscription, presence.stream_of(account.id):
        if cursor is None:
            async with services.engine.connect() as connection:
                cursor = await live_store.get_head(connection)
        yield f"retry: 2000\nid: {cursor}\n: connected\n\n"
        async for event in _events(services, subscription, cursor, account=account):
            if (event is None or event.topic == "account") and not await login.is_open():
                if services.now() < login.ends_at:
                    yield LOGGED_OUT
                return
            if event is None:
                yield ": ping\n\n"
            elif event.is_visible_to(account):
                yield _format(event, event.topic)
                if event.topic == RESYNC:
                    yield _format(event, OLD_RESYNC)
                await _mark_sent(services, event, account)


async def _events(
    services: Services, subscription: Subscription, cursor: Cursor, *, account: Account
) -> AsyncIterator[LiveEvent | None]:
    """Yield the stored events after ``cursor``, then new ones; ``None`` after ``PING_S``."""
    while True:
        events = await _stored_events(services, cursor, account)
        for event in events:
            cursor = event.cursor
            yield event
        if not events:
            break
    while not subscription.is_closed:
        new_event = await subscription.next(PING_S)
        if new_event is None or new_event.cursor > cursor:
            yield new_event


async def _stored_events(services: Services, cursor: Cursor, account: Account) -> list[LiveEvent]:
    """List the stored events after ``cursor``; if some were deleted, only a resync event."""
    async with services.engine.connect() as connection:
        try:
            return await live_store.list_events_after(connection, cursor)
        except FeedTruncatedError:
            head = await live_store.get_head(connection)
    return [live_store.resync_event(head, account, at=services.now())]


def _format(event: LiveEvent, topic: str) -> str:
    data = json.dumps({"object": event.object, "topic": topic})
    return f"id: {event.cursor}\nevent: {topic}\ndata: {data}\n\n"


async def _mark_sent(services: Services, event: LiveEvent, account: Account) -> None:
    if event.topic != "notification":
        return
    async with services.engine.begin() as connection:
        await notify_store.mark_sent(connection, UUID(event.object), account.id, now=services.now())
