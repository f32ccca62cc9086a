"""Lease the notifications that a sender sends, and store what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_columns
from pipeline.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingNotification:
    """A notification to send, with everything its message says.

    Args:
        key: Equal whenever the same notification is sent again.
        attempts: Attempts so far, including this one.
    """

    id: UUID
    key: str
    kind: str
    order: UUID | None
    incident: UUID
    account: str
    address: str
    attempts: int
    created_at: datetime
    scenario: str
    level: str
    because: Text
    area_path: tuple[str, ...]
    lon: float | None
    lat: float | None
    exercise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """The result of one attempt to send a notification.

    Args:
        error: Why it failed; empty if the channel accepted it.
        at: When the channel answered.
        retry_at: When to try again; ``None`` gives up.
    """

    id: UUID
    error: str
    at: datetime
    retry_at: datetime | None


COMMIT_LAZILY = "lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
"""Do not wait until the transaction is on disk. If the server crashes within the next second, what
was sent is sent again with the same key, as it is when a sender is killed."""

# The state is compared again, as it may have changed since the notification was inserted.
# Conditions are repeated on the locked rows, as another sender may have leased them meanwhile.
# Retries come after first attempts of the same level. A notification whose attempts have all been
# lost with the process that made them is given up by ``_END_UNSENDABLE``.
_LEASE_DUE = text(f"""
    WITH {COMMIT_LAZILY}, due AS (
        SELECT n.id, n.address, n.due_at,
            2 * array_position(ARRAY['critical', 'major', 'minor', 'info'], i.level)
                + CAST(n.attempts > 0 AS int) AS rank
        FROM notification n
        JOIN incident i ON i.id = n.incident
        WHERE n.state = 'pending' AND n.channel = 'webhook' AND n.due_at <= :now
          AND n.attempts < :max_attempts
          AND (n.required_state IS NULL OR n.required_state = i.state)
    ), placed AS (
        SELECT d.*, row_number() OVER (PARTITION BY address ORDER BY rank, due_at, id) AS place
        FROM due d
    ), taken AS (
        SELECT n.id
        FROM placed p
        JOIN notification n ON n.id = p.id
        LEFT JOIN unnest(CAST(:addresses AS text[]), CAST(:rooms AS int[])) AS r (address, room)
            ON r.address = p.address
        WHERE p.place <= coalesce(r.room, :default_room)
          AND n.state = 'pending' AND n.due_at <= :now
        ORDER BY p.rank, p.due_at, p.id LIMIT :limit FOR UPDATE OF n SKIP LOCKED
    ), leased AS (
        UPDATE notification n SET attempts = n.attempts + 1, due_at = :until
        FROM taken t WHERE n.id = t.id RETURNING n.*
    )
    SELECT l.id, l.key, l.kind, l.work_order AS order, l.incident, c.name AS account, l.address,
        l.attempts, l.created_at, i.scenario, i.level, i.lon, i.lat, i.exercise,
        coalesce(i.message, a.data -> 'because') AS because, area_path(i.area_code) AS area_path
    FROM leased l
    CROSS JOIN lazily
    JOIN account c ON c.id = l.account
    JOIN incident i ON i.id = l.incident
    LEFT JOIN alert a ON a.alert_id = i.lead_alert
""")
_END_UNSENDABLE = text("""
    UPDATE notification AS u SET
        state = CASE WHEN t.is_outdated THEN 'cancelled' ELSE 'failed' END,
        error = CASE WHEN t.is_outdated THEN u.error ELSE 'no attempt had a result' END
    FROM (
        SELECT n.id, coalesce(n.required_state <> i.state, false) AS is_outdated
        FROM notification n JOIN incident i ON i.id = n.incident
        WHERE n.state = 'pending' AND n.channel = 'webhook' AND n.due_at <= :now
          AND (n.required_state <> i.state OR n.attempts >= :max_attempts)
        ORDER BY n.id LIMIT 1000 FOR UPDATE OF n SKIP LOCKED
    ) AS t
    WHERE u.id = t.id
""")
_RECORD_RESULTS = text(f"""
    WITH {COMMIT_LAZILY}
    UPDATE notification n SET error = t.error, due_at = coalesce(t.retry_at, n.due_at),
        sent_at = CASE WHEN t.error = '' THEN t.at ELSE n.sent_at END,
        state = CASE WHEN t.error = '' THEN 'sent' WHEN t.retry_at IS NULL THEN 'failed'
            ELSE 'pending' END
    FROM unnest(CAST(:id AS uuid[]), CAST(:error AS text[]), CAST(:at AS timestamptz[]),
                CAST(:retry_at AS timestamptz[])) AS t (id, error, at, retry_at)
    CROSS JOIN lazily
    WHERE n.id = t.id AND n.state = 'pending'
""")


async def lease_due(
    connection: AsyncConnection,
    *,
    now: datetime,
    until: datetime,
    limit: int,
    rooms: Mapping[str, int],
    default_room: int,
    max_attempts: int,
) -> list[OutgoingNotification]:
    """Lease webhook notifications that are due, by level, then by due time.

    Args:
        until: When another sender may take them, if this one has died.
        limit: At most so many in all.
        rooms: At most so many for each address.
        default_room: At most so many for each other address.
        max_attempts: Those with so many attempts are left out.
    """
    params = {
        "now": now,
        "until": until,
        "limit": limit,
        "addresses": list(rooms),
        "rooms": list(rooms.values()),
        "default_room": default_room,
        "max_attempts": max_attempts,
    }
    rows = (await connection.execute(_LEASE_DUE, params)).mappings()
    return [
        OutgoingNotification(
            **{
                **row,
                "because": _text(row["because"]),
                "area_path": tuple(row["area_path"] or ()),
            }
        )
        for row in rows
    ]


async def end_unsendable(connection: AsyncConnection, *, now: datetime, max_attempts: int) -> None:
    """End webhook notifications that are due and will not be leased.

    They are cancelled if their incident has left the state they are about, and have failed if
    all attempts were made and none had a result.
    """
    await connection.execute(_END_UNSENDABLE, {"now": now, "max_attempts": max_attempts})


async def record_results(connection: AsyncConnection, attempts: Sequence[AttemptResult]) -> None:
    """Store the results of attempts; what was cancelled in the meantime stays cancelled."""
    names = ("id", "error", "at", "retry_at")
    await connection.execute(_RECORD_RESULTS, as_columns(attempts, names))


def _text(stored: object) -> Text:
    """Return the message of an incident; an unreadable one must not keep anybody from knowing."""
    try:
        return msgspec.convert(stored, Text)
    except msgspec.ValidationError:
        return Text(zh="", en="")
