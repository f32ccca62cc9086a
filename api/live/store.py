"""The event feed of live pages: publish events and read them back without skipping any."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Self
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import AREA_READERS, FLEET_READERS, Account
from api.errors import FeedTruncatedError

Topic = Literal["incident", "order", "notification", "camera", "node", "quarantine", "account"]

FLEET_TOPICS = frozenset({"camera", "node", "quarantine"})

RESYNC = "resync"
"""Topic of the event that asks a page to read everything again."""

MAX_EVENTS = 500
"""Events that are read at once."""

END_OF_TRANSACTION = 2**62
"""A sequence number above all others."""


class Cursor(NamedTuple):
    """A position in the feed: transaction and row.

    A bare sequence number would skip rows, since a lower number may commit later.
    """

    xid: int
    seq: int

    @classmethod
    def parse(cls, written: str) -> Self | None:
        """Parse ``xid-seq``; return ``None`` for anything else."""
        xid, _, seq = written.partition("-")
        if not (xid.isascii() and xid.isdigit() and seq.isascii() and seq.isdigit()):
            return None
        cursor = cls(int(xid), int(seq))
        return cursor if max(cursor) < 2**63 else None

    def __str__(self) -> str:
        """``xid-seq``, which is the id of the server-sent event."""
        return f"{self.xid}-{self.seq}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEvent:
    """An object has changed; the page fetches its new state from its own address.

    Args:
        area_code: Whose desks receive it; ``None`` for those that see what has no area.
        account: The only account that receives it; ``None`` for the desks of the area.
    """

    cursor: Cursor
    at: datetime
    topic: str
    object: str
    area_code: str | None
    account: int | None

    def is_visible_to(self, account: Account) -> bool:
        """Return whether ``account`` receives this event."""
        if self.account is not None:
            return self.account == account.id
        roles = FLEET_READERS if self.topic in FLEET_TOPICS else AREA_READERS
        return account.role in roles and account.covers(self.area_code)


_INSERT = text("""
    INSERT INTO event_log (at, topic, object, area_code, account)
    VALUES (:at, :topic, :object, :area_code, :account)
""")
_INSERT_OF_NODES = text("""
    INSERT INTO event_log (at, topic, object, area_code)
    SELECT DISTINCT CAST(:at AS timestamptz), :topic, t.object, c.area_code
    FROM unnest(CAST(:objects AS text[]), CAST(:nodes AS text[])) AS t (object, node)
    LEFT JOIN camera c ON c.node = t.node
""")
_INSERT_INCIDENTS = text("""
    WITH added AS (
        INSERT INTO event_log (at, topic, object, area_code)
        SELECT :at, 'incident', CAST(id AS text), area_code FROM incident
        WHERE id = ANY (CAST(:ids AS uuid[]))
    )
    SELECT pg_notify('gridwatch', '')
""")
_INSERT_IN_AREAS = text("""
    INSERT INTO event_log (at, topic, object, area_code)
    SELECT :at, :topic, object, area
    FROM unnest(CAST(:objects AS text[]), CAST(:areas AS text[])) AS t (object, area)
""")
_NOTIFY = text("SELECT pg_notify('gridwatch', '')")
# One statement, so that what is deleted in the meantime is either read or reported.
_AFTER = text("""
    SELECT CAST(CAST(e.xid AS text) AS bigint) AS xid, e.seq, e.at, e.topic, e.object,
        e.area_code, e.account, d.is_truncated
    FROM (SELECT EXISTS (
            SELECT FROM event_log_deleted
            WHERE (xid, seq) > (CAST(CAST(:xid AS text) AS xid8), :seq))
        OR CAST(CAST(:xid AS text) AS xid8) >= pg_snapshot_xmax(pg_current_snapshot())
            AS is_truncated) AS d
    LEFT JOIN (
        SELECT * FROM event_log
        WHERE (xid, seq) > (CAST(CAST(:xid AS text) AS xid8), :seq)
          AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY event_log.xid, seq LIMIT :limit
    ) AS e ON true
    ORDER BY e.xid, e.seq
""")
_HEAD = text("""
    SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) - 1
""")


async def publish(
    connection: AsyncConnection,
    topic: Topic,
    object_id: UUID | str,
    *,
    at: datetime,
    area_code: str | None = None,
    account: int | None = None,
) -> None:
    """Add an event to the feed, for the desks of an area or for one account.

    Pages receive it once the transaction has committed and listeners are notified.
    """
    row = {"at": at, "topic": topic, "object": str(object_id)}
    await connection.execute(_INSERT, {**row, "area_code": area_code, "account": account})


async def publish_of_nodes(
    connection: AsyncConnection,
    topic: Topic,
    objects: Sequence[tuple[str, str]],
    *,
    at: datetime,
) -> None:
    """Add an event for each object and each area that the cameras of its node cover.

    Args:
        objects: The object, and the name of its node; that of none is an event of no area.
    """
    columns = {
        "objects": [object_id for object_id, _ in objects],
        "nodes": [node for _, node in objects],
    }
    if objects:
        await connection.execute(_INSERT_OF_NODES, {"at": at, "topic": topic, **columns})


async def publish_in_areas(
    connection: AsyncConnection,
    topic: Topic,
    objects: Sequence[tuple[str, str | None]],
    *,
    at: datetime,
) -> None:
    """Add an event for each object and area, for the desks of the area; notify listeners."""
    if not objects:
        return
    columns = {
        "objects": [object_id for object_id, _ in objects],
        "areas": [area for _, area in objects],
    }
    await connection.execute(_INSERT_IN_AREAS, {"at": at, "topic": topic, **columns})
    await notify_listeners(connection)


async def publish_incidents(
    connection: AsyncConnection, ids: Sequence[UUID], *, at: datetime
) -> None:
    """Add an event for each incident, for the desks of its area; notify listeners."""
    await connection.execute(_INSERT_INCIDENTS, {"at": at, "ids": list(ids)})


async def notify_listeners(connection: AsyncConnection) -> None:
    """Wake every listening process when this transaction commits; one call is enough."""
    await connection.execute(_NOTIFY)


async def get_head(connection: AsyncConnection) -> Cursor:
    """Return the position after every event that can be read now."""
    xid: int = (await connection.execute(_HEAD)).scalar_one()
    return Cursor(xid, END_OF_TRANSACTION)


async def list_events_after(
    connection: AsyncConnection, cursor: Cursor, *, limit: int = MAX_EVENTS
) -> list[LiveEvent]:
    """List the events after ``cursor``, up to where no earlier row can still appear.

    Raises:
        FeedTruncatedError: Some of them have been deleted, or the cursor comes from before the
            database was restored: read everything again and continue at ``get_head``.
    """
    params = {"xid": str(cursor.xid), "seq": cursor.seq, "limit": limit}
    rows = (await connection.execute(_AFTER, params)).mappings().all()
    if rows[0]["is_truncated"]:
        raise FeedTruncatedError(str(cursor))
    fields = ("at", "topic", "object", "area_code", "account")
    return [
        LiveEvent(cursor=Cursor(row["xid"], row["seq"]), **{name: row[name] for name in fields})
        for row in rows
        if row["seq"] is not None
    ]


def resync_event(cursor: Cursor, account: Account, *, at: datetime) -> LiveEvent:
    """Return the event after which a page reloads everything and continues at ``cursor``."""
    return LiveEvent(
        cursor=cursor, at=at, topic=RESYNC, object="", area_code=None, account=account.id
    )
