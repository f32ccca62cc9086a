"""What happens at the same moment: an order is dispatched while its incident is merged or ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import event
from sqlalchemy.util import await_only

from api.database.engine import create_engine
from api.dispatch.clock_engine import ClockEngine
from api.live.feed import LiveFeed
from tests.api.databases import rows, scalar
from tests.api.incidents.merging.test_merge import merge, two_incidents
from tests.api.incidents.system_incidents.test_actions import close_incident, open_incident
from tests.api.town import Centre

Race = Callable[[Awaitable[object]], Awaitable[None]]
"""Does something while the clock engine has dispatched and not committed yet."""

IS_WAITING = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"


@pytest.fixture
async def race(centre: Centre) -> AsyncIterator[Race]:
    engine = create_engine(centre.engine.url.render_as_string(hide_password=False))
    has_dispatched, may_commit = asyncio.Event(), asyncio.Event()

    def hold(_connection: object) -> None:
        has_dispatched.set()
        await_only(may_commit.wait())

    event.listen(engine.sync_engine, "commit", hold)
    clock_engine = ClockEngine(engine, LiveFeed(engine).signal, now=centre.clock)

    async def run(work: Awaitable[object]) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(clock_engine.process_batch())
            await has_dispatched.wait()
            working = asyncio.ensure_future(work)
            while not working.done() and not await scalar(centre.engine, IS_WAITING):
                pass
            may_commit.set()
            await working

    yield run
    await engine.dispose()


ORDERS = """
    SELECT w.incident, w.state FROM work_order w ORDER BY w.dispatched_at, w.incident
"""


async def test_a_merge_cancels_the_order_that_was_dispatched_a_moment_before(
    centre: Centre, race: Race
) -> None:
    root, child = await two_incidents(centre)

    await race(merge(centre, child, root))

    assert await rows(centre.engine, ORDERS) == [(root, "dispatched"), (child, "cancelled")]


async def test_equipment_that_recovers_cancels_the_order_that_was_dispatched_a_moment_before(
    centre: Centre, race: Race
) -> None:
    await open_incident(centre)

    await race(close_incident(centre))

    assert [state for _, state in await rows(centre.engine, ORDERS)] == ["cancelled"]
