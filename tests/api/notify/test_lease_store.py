"""Which notifications a sender leases, and in which order."""

from datetime import UTC, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.notify.channels.payload import payload_of, text_of
from api.notify.keys import NotificationKeys
from api.notify.lease_store import end_unsendable, lease_due
from api.notify.outgoing import Message, OutgoingNotification
from api.notify.sender import MAX_ATTEMPTS
from pipeline.signal import Level
from pipeline.text import Text
from tests.api.notify.notifications import notify_through_webhook, webhook_states
from tests.api.town import Centre


async def lease(
    centre: Centre, connection: AsyncConnection, *, limit: int = 9
) -> list[OutgoingNotification]:
    """Lease for 30 seconds."""
    return await lease_due(
        connection,
        now=centre.clock(),
        until=centre.clock() + timedelta(seconds=30),
        limit=limit,
        rooms={},
        default_room=9,
        max_attempts=MAX_ATTEMPTS,
    )


async def test_the_most_severe_incident_is_sent_first(centre: Centre) -> None:
    notify_through_webhook(centre)
    levels = (Level.MINOR, Level.MAJOR, Level.CRITICAL)
    for level in levels:
        await centre.raise_alert(level, camera=level, level=level)
        await centre.clock_engine.process_due()
        centre.clock.advance(seconds=1)
    async with centre.engine.begin() as connection:
        leased = [await lease(centre, connection, limit=2) for _ in levels]

    assert [{row.level for row in rows} for rows in leased] == [{"critical"}, {"major"}, {"minor"}]


async def test_leases_do_not_wait_for_the_disk_and_other_transactions_do(centre: Centre) -> None:
    notify_through_webhook(centre)
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    setting = text("SELECT current_setting('synchronous_commit')")
    async with centre.engine.connect() as connection:
        before = await connection.scalar(setting)
        await lease(centre, connection)
        during = await connection.scalar(setting)
        await connection.commit()
        after = await connection.scalar(setting)

    assert (before, during, after) == ("on", "off", "on")


async def test_a_notification_is_cancelled_once_its_incident_has_left_the_state(
    centre: Centre,
) -> None:
    notify_through_webhook(centre)
    incident = await centre.raise_alert()
    await centre.clock_engine.process_due()
    async with centre.engine.begin() as connection:
        leave = text("UPDATE incident SET state = 'handling' WHERE id = :id")
        await connection.execute(leave, {"id": incident})
        none = await lease(centre, connection)
        await end_unsendable(connection, now=centre.clock(), max_attempts=MAX_ATTEMPTS)

    assert none == []
    assert await webhook_states(centre) == [("cancelled", 0), ("cancelled", 0)]


async def test_a_notification_whose_attempts_had_no_result_has_failed(centre: Centre) -> None:
    notify_through_webhook(centre)
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    async with centre.engine.begin() as connection:
        await connection.execute(text("UPDATE notification SET attempts = 8"))
        await end_unsendable(connection, now=centre.clock(), max_attempts=MAX_ATTEMPTS)

    assert await webhook_states(centre) == [("failed", 8), ("failed", 8)]


async def test_a_first_message_comes_before_the_reminders_of_more_severe_incidents(
    centre: Centre,
) -> None:
    notify_through_webhook(centre)
    await centre.raise_alert("old", camera="old", level=Level.CRITICAL)
    await centre.clock_engine.process_due()
    async with centre.engine.begin() as connection:
        await connection.execute(text("UPDATE notification SET state = 'sent'"))
    centre.clock.advance(seconds=65)
    await centre.raise_alert("new", camera="new", level=Level.MAJOR)
    await centre.clock_engine.process_due()
    async with centre.engine.begin() as connection:
        leased = [await lease(centre, connection, limit=2) for _ in range(2)]

    assert [{(row.kind, row.level) for row in rows} for rows in leased] == [
        {("dispatch", "major")},
        {("reminder", "critical")},
    ]


async def test_a_message_names_the_camera_as_people_do(centre: Centre) -> None:
    notify_through_webhook(centre)
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    async with centre.engine.begin() as connection:
        await connection.execute(text("UPDATE node SET title = '派出所机房'"))
        await connection.execute(
            text("""
                INSERT INTO camera (node, name, title, address)
                SELECT name, 'north-gate', '北门', '人民路 1 号' FROM node
                ON CONFLICT (node, name) DO UPDATE
                SET title = excluded.title, address = excluded.address
            """)
        )
        notification = (await lease(centre, connection))[0]

    keys = NotificationKeys(bytes(32))
    message = Message(notification=notification, title=Text(zh="聚集", en="Crowd"), keys=keys)
    assert notification.names["node"] == "派出所机房"
    assert payload_of(message)["names"] == notification.names
    assert "北门" in text_of(message, UTC)
