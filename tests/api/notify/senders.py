"""Run senders in tests, as processes of a centre do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from api.notify.channels.port import Channels
from api.notify.sender import LEASE, NotificationSender
from tests.api.databases import rows
from tests.api.town import Centre

PATIENCE_S = 10


@asynccontextmanager
async def running_sender(centre: Centre, channels: Channels) -> AsyncIterator[asyncio.Task[None]]:
    """Run a sender."""
    sender = NotificationSender(
        centre.engine,
        centre.live.signal,
        channels,
        now=centre.clock,
        title_of=centre.services.title_of,
    )
    task = asyncio.create_task(sender.run())
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until_states(centre: Centre, channel: str, expected: list[tuple[str, int]]) -> None:
    """Wait until the notifications of a channel have these states and attempts."""
    query = "SELECT state, attempts FROM notification WHERE channel = '{}' ORDER BY 1, 2"
    await _until(centre, query.format(channel), expected)


async def until_failed(centre: Centre, channel: str, attempts: int) -> None:
    """Wait until an attempt on a channel has failed, and will be tried again."""
    query = """
        SELECT attempts FROM notification
        WHERE channel = '{}' AND state = 'pending' AND error <> '' AND due_at <> '{}'
    """
    leased_until = centre.clock() + LEASE
    await _until(centre, query.format(channel, leased_until), [(attempts,)])


async def _until(centre: Centre, query: str, expected: Sequence[tuple[object, ...]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (found := await rows(centre.engine, query)) != expected:
            centre.live.signal.send()
            try:
                await asyncio.sleep(0.02)
            except asyncio.CancelledError:
                raise AssertionError(f"{query}: {found}, not {expected}") from None
