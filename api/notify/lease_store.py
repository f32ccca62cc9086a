"""Lease the notifications that a sender sends, and store what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.bulk import as_columns
from api.notify.outgoing import AttemptResult, OutgoingNotification
from pipeline.text import Text

COMMIT_LAZILY = "lazily AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
"""Do not wait until the transaction is on disk. If the server crashes within the next second, what
was sent is sent again with the same key, as it is when a sender is killed."""

LANE = """
    CASE n.channel WHEN 'push' THEN 'push ' || split_part(n.address, '/', 3)
        WHEN 'sms' THEN 'sms' ELSE n.address END
"""
"""All devices at one push service share its lane, and all phones that of the SMS gateway."""

# The state is compared again, as it may have changed since the notification was inserted.
# Conditions are repeated on the locked rows, as another sender may have leased them meanwhile.
# Reminders come after everything else, and retries after first attempts of the same level. A
# notification whose attempts have all been lost with the process that made them is given up by
# ``_END_UNSENDABLE``. A test has no incident, and is sent as if it were about a major one.
_LEASE_DUE = text(f"""
    WITH {COMMIT_LAZILY}, due AS (
        SELECT n.id, {LANE} AS lane, n.due_at,
            CASE WHEN n.kind IN ('reminder', 'notice') THEN 8 ELSE 0 END
                + 2 * array_position(
                    ARRAY['critical', 'major', 'minor', 'info'], coalesce(i.level, 'major'))
                + CAST(n.attempts > 0 AS int) AS rank
        FROM notification n
        LEFT JOIN incident i ON i.id = n.incident
        WHERE n.state = 'pending' AND n.channel <> 'app' AND n.due_at <= :now
          AND n.attempts < :max_attempts
          AND (n.required_state IS NULL OR n.required_state = i.state)
    ), placed AS (
        SELECT d.*, row_number() OVER (PARTITION BY lane ORDER BY rank, due_at, id) AS place
        FROM due d
    ), taken AS (
        SELECT n.id, p.lane
        FROM placed p
        JOIN notification n ON n.id = p.id
        LEFT JOIN unnest(CAST(:lanes AS text[]), CAST(:rooms AS int[])) AS r (lane, room)
            ON r.lane = p.lane
        WHERE p.place <= coalesce(r.room, :default_room)
          AND n.state = 'pending' AND n.due_at <= :now
        ORDER BY p.rank, p.due_at, p.id LIMIT :limit FOR UPDATE OF n SKIP LOCKED
    ), leased AS (
        UPDATE notification n SET attempts = n.attempts + 1, due_at = :until
        FROM taken t WHERE n.id = t.id RETURNING n.*, t.lane
    )
    SELECT l.id, l.key, l.kind, l.work_order AS order, l.incident, l.channel, l.address, l.lane,
        coalesce(c.name, g.name, '') AS account, coalesce(c.language, 'zh-CN') AS language,
        s.p256dh, s.auth, g.secret, l.attempts, l.created_at, i.scenario,
        coalesce(i.level, 'major') AS level, i.lon, i.lat, coalesce(i.exercise, false) AS exercise,
        coalesce(i.message, a.data -> 'snapshot' -> 'because', a.data -> 'because') AS because,
        area_path(i.area_code) AS area_path,
        CASE WHEN i.id IS NOT NULL THEN display_names(i.node, i.camera, i.zone) END AS names
    FROM leased l
    CROSS JOIN lazily
    LEFT JOIN account c ON c.id = l.account
    LEFT JOIN push_subscription s ON s.id = l.subscription AND s.account = l.account
    LEFT JOIN chat_robot g ON g.id = l.robot
    LEFT JOIN incident i ON i.id = l.incident
    LEFT JOIN alert a ON a.alert_id = i.lead_alert
""")
_END_UNSENDABLE = text("""
    UPDATE notification AS u SET
        state = CASE WHEN t.is_outdated THEN 'cancelled' ELSE 'failed' END,
        error = CASE WHEN t.is_outdated THEN u.error ELSE 'no attempt had a result' END
    FROM (
        SELECT n.id, coalesce(n.required_state <> i.state, false) AS is_outdated
        FROM notification n LEFT JOIN incident i ON i.id = n.incident
        WHERE n.state = 'pending' AND n.channel <> 'app' AND n.due_at <= :now
          AND (n.required_state <> i.state OR n.attempts >= :max_attempts)
        ORDER BY n.id LIMIT 1000 FOR UPDATE OF n SKIP LOCKED
    ) AS t
    WHERE u.id = t.id
""")
_RECORD_RESULTS = text(f"""
    WITH {COMMIT_LAZILY}, updated AS (
        UPDATE notification n SET error = t.error, due_at = coalesce(t.retry_at, n.due_at),
            sent_at = CASE WHEN t.error = '' THEN t.at ELSE n.sent_at END,
            state = CASE WHEN t.error = '' THEN 'sent' ELSE 'pending' END
        FROM unnest(CAST(:id AS uuid[]), CAST(:error AS text[]), CAST(:at AS timestamptz[]),
                    CAST(:retry_at AS timestamptz[])) AS t (id, error, at, retry_at)
        CROSS JOIN lazily
        WHERE n.id = t.id AND n.state = 'pending'
        RETURNING n.account, n.channel, n.robot, n.error
    ), works_again AS (
        UPDATE channel c SET failed_at = NULL FROM updated u
        WHERE u.error = '' AND c.account = u.account AND c.kind = u.channel
          AND c.failed_at IS NOT NULL
    )
    UPDATE chat_robot g SET failed_at = NULL FROM updated u
    WHERE u.error = '' AND g.id = u.robot AND g.failed_at IS NOT NULL
""")
# A channel is given up: the next channel of the person starts at once, unless this one has other
# devices that may still work. A device that has unsubscribed is forgotten.
_GIVE_UP = text("""
    WITH failed AS (
        UPDATE notification n SET error = t.error, state = 'failed'
        FROM unnest(CAST(:id AS uuid[]), CAST(:error AS text[]), CAST(:at AS timestamptz[]),
                    CAST(:is_gone AS boolean[])) AS t (id, error, at, is_gone)
        WHERE n.id = t.id AND n.state = 'pending'
        RETURNING n.id, n.event, n.account, n.kind, n.channel, n.address, n.subscription, n.robot,
            n.created_at, t.at, t.is_gone
    ), waiting AS (
        SELECT n.id, n.held_until, f.at,
            rank() OVER (PARTITION BY n.event, n.account ORDER BY n.due_at) AS place
        FROM (
            SELECT event, account, max(at) AS at FROM failed f
            WHERE event <> '' AND kind <> 'test' AND NOT EXISTS (
                SELECT FROM notification o
                WHERE o.account = f.account AND o.created_at = f.created_at AND o.event = f.event
                  AND o.channel = f.channel AND o.state IN ('pending', 'sent', 'delivered')
                  AND o.id NOT IN (SELECT id FROM failed))
            GROUP BY event, account
        ) AS f
        JOIN notification n ON n.event = f.event AND n.account = f.account
            AND n.state = 'pending' AND n.channel <> 'app' AND n.attempts = 0 AND n.due_at > f.at
        WHERE n.id NOT IN (SELECT id FROM failed)
    ), next_channel AS (
        UPDATE notification n SET due_at = greatest(w.at, w.held_until)
        FROM waiting w WHERE n.id = w.id AND w.place = 1
    ), forgotten AS (
        DELETE FROM push_subscription s USING failed f
        WHERE f.is_gone AND s.id = f.subscription
    ), failing AS (
        UPDATE channel c SET failed_at = f.at FROM failed f
        WHERE NOT f.is_gone AND c.account = f.account AND c.kind = f.channel
          AND (c.address = f.address OR c.kind = 'push')
    )
    UPDATE chat_robot g SET failed_at = f.at FROM failed f WHERE g.id = f.robot
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
    """Lease notifications that are due, reminders last, by level, then by due time.

    Args:
        until: When another sender may take them, if this one has died.
        limit: At most so many in all.
        rooms: At most so many for each lane.
        default_room: At most so many for each other lane.
        max_attempts: Those with so many attempts are left out.
    """
    params = {
        "now": now,
        "until": until,
        "limit": limit,
        "lanes": list(rooms),
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
                "names": row["names"] or {},
            }
        )
        for row in rows
    ]


async def end_unsendable(connection: AsyncConnection, *, now: datetime, max_attempts: int) -> None:
    """End notifications that are due and will not be leased.

    They are cancelled if their incident has left the state they are about, and have failed if
    all attempts were made and none had a result.
    """
    await connection.execute(_END_UNSENDABLE, {"now": now, "max_attempts": max_attempts})


async def record_results(connection: AsyncConnection, attempts: Sequence[AttemptResult]) -> bool:
    """Store the results of attempts; what was cancelled in the meantime stays cancelled.

    Returns:
        Whether a channel was given up, so that the next one of the person is due now.
    """
    given_up = [attempt for attempt in attempts if attempt.is_given_up]
    others = [attempt for attempt in attempts if not attempt.is_given_up]
    if others:
        names = ("id", "error", "at", "retry_at")
        await connection.execute(_RECORD_RESULTS, as_columns(others, names))
    if given_up:
        names = ("id", "error", "at", "is_gone")
        await connection.execute(_GIVE_UP, as_columns(given_up, names))
    return bool(given_up)


def _text(stored: object) -> Text:
    """Return the message of an incident; an unreadable one must not keep anybody from knowing."""
    try:
        return msgspec.convert(stored, Text)
    except msgspec.ValidationError:
        return Text(zh="", en="")
