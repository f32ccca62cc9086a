"""Expired rows are deleted, open and recent ones stay, and no reader misses events unknowingly."""

from collections.abc import Iterable
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.errors import FeedTruncatedError
from api.live import store as live_store
from api.live.store import Cursor
from api.retention.cleaner import RetentionCleaner
from api.retention.store import delete_expired
from api.retention.terms import RowKind
from tests.api.alerts import ALERT_NODE, NOON

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
START = Cursor(0, 0)
AGES = st.sampled_from([0, 6, 7, 8, 14])
"""Days before noon."""
DATABASE = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def weekly_cleaner(engine: AsyncEngine, *kinds: RowKind) -> RetentionCleaner:
    """Keep a week of each kind, three rows per batch."""
    return RetentionCleaner(engine, keep=dict.fromkeys(kinds, WEEK), now=lambda: NOON, batch_rows=3)


async def insert_events(engine: AsyncEngine, ages: Iterable[int]) -> None:
    """Replace the feed by one event for each age, each in its own transaction."""
    async with engine.begin() as connection:
        await connection.execute(text("TRUNCATE event_log, event_log_deleted"))
    for n, age in enumerate(ages):
        async with engine.begin() as connection:
            at = NOON - age * DAY
            await live_store.publish(connection, "order", str(n), at=at, area_code=None)


async def read_after(engine: AsyncEngine, cursor: Cursor) -> list[live_store.LiveEvent]:
    async with engine.connect() as connection:
        return await live_store.list_events_after(connection, cursor)


@DATABASE
@given(ages=st.lists(AGES, max_size=8), n_seen=st.integers(0, 8), in_order=st.booleans())
async def test_a_returning_reader_gets_every_event_or_learns_that_some_were_deleted(
    database: AsyncEngine, ages: list[int], n_seen: int, *, in_order: bool
) -> None:
    ages = sorted(ages, reverse=True) if in_order else ages  # else a clock was set
    await insert_events(database, ages)
    before = await read_after(database, START)
    cursor = before[n_seen - 1].cursor if 0 < n_seen <= len(before) else START
    missed = [event for event in before if event.cursor > cursor]

    await weekly_cleaner(database, RowKind.EVENTS).clean()

    remaining = await list_remaining(database)
    try:
        assert await read_after(database, cursor) == missed
    except FeedTruncatedError:
        assert not {event.object for event in missed} <= remaining
    assert {str(n) for n, age in enumerate(ages) if age <= WEEK.days} <= remaining
    if in_order:
        assert len(remaining) == sum(age <= WEEK.days for age in ages)


async def list_remaining(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.scalars(text("SELECT object FROM event_log")))


async def test_a_reader_at_the_head_misses_nothing_by_a_deletion(database: AsyncEngine) -> None:
    await insert_events(database, [9, 8])
    async with database.connect() as connection:
        cursor = await live_store.get_head(connection)

    assert await weekly_cleaner(database, RowKind.EVENTS).clean() == {RowKind.EVENTS: 2}

    assert await read_after(database, cursor) == []


NODE = text("INSERT INTO node (name, key, enrolled_at) VALUES (:node, '', :since)")
COMMAND = text("""
    INSERT INTO command (node, kind, author, at, expires_at, replied_at)
    VALUES (:node, 'ping', 'AD-01', :since, :over, :replied)
""")
ALARM = text("""
    INSERT INTO fleet_alarm (kind, node, camera, since, ended_at)
    VALUES ('unreachable', :node, :name, :since, :ended)
""")
MESSAGE = text("""
    INSERT INTO quarantine (received_at, topic, payload, hash, reason)
    VALUES (:received, :name, '', '', 'no alert')
""")

COUNTS = {
    RowKind.COMMANDS: text("SELECT count(*) FROM command"),
    RowKind.ALARMS: text("SELECT count(*) FROM fleet_alarm"),
    RowKind.QUARANTINE: text("SELECT count(*) FROM quarantine"),
}


@DATABASE
@given(
    commands=st.lists(st.tuples(st.just(-1) | AGES, st.none() | AGES), max_size=6),
    alarms=st.lists(st.none() | AGES, max_size=6),
    messages=st.lists(AGES, max_size=6),
)
async def test_open_and_recent_rows_stay_and_all_others_are_deleted(
    database: AsyncEngine,
    commands: list[tuple[int, int | None]],
    alarms: list[int | None],
    messages: list[int],
) -> None:
    async with database.connect() as connection:  # nothing is committed
        await insert(connection, NODE)
        for over, replied in commands:
            await insert(connection, COMMAND, over=over, replied=replied)
        for n, ended in enumerate(alarms):
            await insert(connection, ALARM, name=str(n), ended=ended)
        for n, received in enumerate(messages):
            await insert(connection, MESSAGE, name=str(n), received=received)
        left = [await delete_batch(connection, kind) for kind in COUNTS]

    assert left == [
        sum(any(age is not None and age <= 7 for age in ages) for ages in commands),
        sum(age is None or age <= 7 for age in alarms),
        sum(age <= 7 for age in messages),
    ]


async def insert(
    connection: AsyncConnection, statement: TextClause, *, name: str = "", **ages: int | None
) -> None:
    """Insert one row; its times are days before noon."""
    times = {key: None if age is None else NOON - age * DAY for key, age in ages.items()}
    values = {"node": str(ALERT_NODE), "name": name, "since": NOON - 30 * DAY, **times}
    params = {key: values[key] for key in statement.compile().params}
    await connection.execute(statement, params)


async def delete_batch(connection: AsyncConnection, kind: RowKind) -> int:
    """Delete expired rows of one kind in batches of three; return how many rows are left."""
    while await delete_expired(connection, kind, before=NOON - WEEK, limit=3) == 3:
        pass
    return int(await connection.scalar(COUNTS[kind]) or 0)


async def test_a_locked_row_is_left_for_the_next_run(
    database: AsyncEngine,
) -> None:
    async with database.begin() as connection:
        await insert(connection, MESSAGE, name="gw", received=9)
    cleaner = weekly_cleaner(database, RowKind.QUARANTINE)

    async with database.begin() as connection:
        again = text("UPDATE quarantine SET times = times + 1, received_at = :now")
        await connection.execute(again, {"now": NOON})
        assert await cleaner.clean() == {RowKind.QUARANTINE: 0}

    assert await cleaner.clean() == {RowKind.QUARANTINE: 0}
