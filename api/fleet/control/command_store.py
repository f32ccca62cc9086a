"""What boxes were asked to do, and their answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.fleet.store import publish_node_event
from pipeline.wire import Node, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRecord:
    """One question to a box.

    Args:
        state: ``done``, ``failed``, ``refused`` or ``expired``, as the box says; ``None``
            while there is no answer.
        reply: The answer, whole.
    """

    id: UUID
    node: str
    kind: str
    camera: str | None
    author: str
    at: datetime
    expires_at: datetime
    sent_at: datetime | None
    replied_at: datetime | None
    state: str | None
    reply: Reply | None


RESEND_AFTER = timedelta(seconds=10)

_COLUMNS = """
    c.id, c.node, c.kind, c.camera, c.author, c.at, c.expires_at, c.sent_at, c.replied_at,
    c.state, c.reply
"""
_ADD = text(f"""
    INSERT INTO command AS c (node, kind, camera, author, at, expires_at, idem_key)
    VALUES (:node, :kind, :camera, :author, :at, :expires_at, :idem_key)
    ON CONFLICT (idem_key) DO NOTHING RETURNING {_COLUMNS}
""")
_BY_KEY = text(f"SELECT {_COLUMNS} FROM command c WHERE c.idem_key = :idem_key")
_ONE = text(f"SELECT {_COLUMNS} FROM command c WHERE c.id = :id AND c.node = :node")
_PAGE = text(f"""
    SELECT {_COLUMNS} FROM command c WHERE c.node = :node
      AND (CAST(:before_at AS timestamptz) IS NULL
           OR (c.at, c.id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY c.at DESC, c.id DESC LIMIT :limit
""")
# Nothing waits on the wire for a box, or a broker, that was away; a box does each only once.
_WAITING = text(f"""
    SELECT {_COLUMNS} FROM command c JOIN node n ON n.name = c.node
    WHERE c.replied_at IS NULL AND c.expires_at > :now
      AND (c.sent_at IS NULL OR c.sent_at < :again_before
           OR c.sent_at < n.state_at AND n.state = 'online')
    ORDER BY c.at LIMIT :limit
""")
_SENT = text("UPDATE command SET sent_at = :now WHERE id = ANY (CAST(:ids AS uuid[]))")
_SETTLE = text("""
    UPDATE command SET replied_at = :now, state = :state, reply = CAST(:reply AS jsonb)
    WHERE id = CAST(:id AS uuid) AND node = :node AND replied_at IS NULL RETURNING id
""")
_SNAPSHOT_OF = text("""
    SELECT c.node FROM command c
    WHERE c.reply @> jsonb_build_object('evidence',
        jsonb_build_array(jsonb_build_object('sha256', CAST(:sha256 AS text))))
    LIMIT 1
""")


async def insert_command(
    connection: AsyncConnection,
    node: Node,
    kind: str,
    *,
    camera: str | None,
    author: str,
    at: datetime,
    expires_at: datetime,
    idem_key: str | None = None,
) -> CommandRecord | None:
    """Write a question down; ``None`` where the key has been used before."""
    given: dict[str, object] = {"node": str(node), "kind": kind, "camera": camera}
    given |= {"author": author, "at": at, "expires_at": expires_at, "idem_key": idem_key}
    row = (await connection.execute(_ADD, given)).mappings().first()
    if row is None:
        return None
    await publish_node_event(connection, node, now=at)
    return _record(row)


async def find_command_by_key(connection: AsyncConnection, idem_key: str) -> CommandRecord | None:
    """Find the question that was asked under an idempotency key."""
    row = (await connection.execute(_BY_KEY, {"idem_key": idem_key})).mappings().first()
    return _record(row) if row else None


async def get_command(
    connection: AsyncConnection, node: Node, command: UUID
) -> CommandRecord | None:
    """Find one question to a box."""
    asked = {"id": command, "node": str(node)}
    row = (await connection.execute(_ONE, asked)).mappings().first()
    return _record(row) if row else None


async def list_commands(
    connection: AsyncConnection,
    node: Node,
    *,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[CommandRecord]:
    """List the questions to a box, the newest first."""
    before_at, before_id = before or (None, None)
    asked = {"node": str(node), "before_at": before_at, "before_id": before_id, "limit": limit}
    return [_record(row) for row in (await connection.execute(_PAGE, asked)).mappings()]


async def list_unanswered_commands(
    connection: AsyncConnection, *, now: datetime, limit: int = 200
) -> list[CommandRecord]:
    """List what is to be sent, or again: no answer came, or the box has come back."""
    asked = {"now": now, "again_before": now - RESEND_AFTER, "limit": limit}
    rows = (await connection.execute(_WAITING, asked)).mappings()
    return [_record(row) for row in rows]


async def mark_sent(connection: AsyncConnection, ids: list[UUID], *, now: datetime) -> None:
    """Note that these were handed to the broker."""
    await connection.execute(_SENT, {"ids": ids, "now": now})


async def record_reply(
    connection: AsyncConnection, node: Node, reply: Reply, *, now: datetime
) -> bool:
    """Keep the answer of a box; ``False`` where it answers nothing that is open."""
    try:
        named = UUID(reply.id)
    except ValueError:
        return False
    given = {"id": named, "node": str(node), "now": now, "state": reply.state}
    given["reply"] = msgspec.json.encode(reply).decode()
    if (await connection.execute(_SETTLE, given)).first() is None:
        return False
    await publish_node_event(connection, node, now=now)
    return True


async def find_snapshot_node(connection: AsyncConnection, sha256: str) -> str | None:
    """Tell which box took this picture because somebody asked it to."""
    node: str | None = (await connection.execute(_SNAPSHOT_OF, {"sha256": sha256})).scalar()
    return node


def _record(row: RowMapping) -> CommandRecord:
    plain = {name: row[name] for name in CommandRecord.__slots__ if name != "reply"}
    told = row["reply"]
    return CommandRecord(**plain, reply=msgspec.convert(told, Reply) if told else None)
