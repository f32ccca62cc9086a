"""Statements on commands to nodes and their replies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.stored_json import convert_stored
from api.fleet.store import publish_node_event
from pipeline.wire import Node, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRecord:
    """One command to a node.

    Args:
        state: ``done``, ``failed``, ``refused`` or ``expired``, from the reply; ``None``
            before the reply.
        snapshot_available: Whether the snapshot that the reply names has arrived.
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
    snapshot_available: bool

    @property
    def snapshot_sha256(self) -> str | None:
        """The name of the snapshot that the node took, if the command asked for one."""
        evidence = self.reply.evidence if self.reply else ()
        return next((item.sha256 for item in evidence if item.kind == "snapshot"), None)


RESEND_AFTER = timedelta(seconds=10)

_COLUMNS = """
    c.id, c.node, c.kind, c.camera, c.author, c.at, c.expires_at, c.sent_at, c.replied_at,
    c.state, c.reply,
    EXISTS (
        SELECT FROM jsonb_array_elements(c.reply -> 'evidence') AS item
        JOIN evidence e ON e.sha256 = item ->> 'sha256' WHERE item ->> 'kind' = 'snapshot'
    ) AS snapshot_available
"""
_INSERT = text(f"""
    INSERT INTO command AS c (node, kind, camera, author, at, expires_at, idem_key)
    VALUES (:node, :kind, :camera, :author, :at, :expires_at, :idem_key)
    ON CONFLICT (idem_key) DO NOTHING RETURNING {_COLUMNS}
""")
_BY_KEY = text(f"SELECT {_COLUMNS} FROM command c WHERE c.idem_key = :idem_key")
_GET = text(f"SELECT {_COLUMNS} FROM command c WHERE c.id = :id AND c.node = :node")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM command c WHERE c.node = :node
      AND (CAST(:before_at AS timestamptz) IS NULL
           OR (c.at, c.id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY c.at DESC, c.id DESC LIMIT :limit
""")
# The broker keeps no command for a node that is away, so it is sent again; a node carries out
# each command once.
_UNANSWERED = text(f"""
    SELECT {_COLUMNS} FROM command c JOIN node n ON n.name = c.node
    WHERE c.replied_at IS NULL AND c.expires_at > :now
      AND (c.sent_at IS NULL OR c.sent_at < :resend_before
           OR c.sent_at < n.state_at AND n.state = 'online')
    ORDER BY c.at LIMIT :limit
""")
_MARK_SENT = text("UPDATE command SET sent_at = :now WHERE id = ANY (CAST(:ids AS uuid[]))")
_RECORD_REPLY = text("""
    UPDATE command SET replied_at = :now, state = :state, reply = CAST(:reply AS jsonb)
    WHERE id = CAST(:id AS uuid) AND node = :node AND replied_at IS NULL RETURNING id
""")
_SNAPSHOT_NODE = text("""
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
    """Add a command; return ``None`` if the idempotency key has been used before."""
    parameters: dict[str, object] = {"node": str(node), "kind": kind, "camera": camera}
    parameters |= {"author": author, "at": at, "expires_at": expires_at, "idem_key": idem_key}
    row = (await connection.execute(_INSERT, parameters)).mappings().first()
    if row is None:
        return None
    await publish_node_event(connection, node, now=at)
    return _record(row)


async def find_command_by_key(connection: AsyncConnection, idem_key: str) -> CommandRecord | None:
    """Return the command that was issued under an idempotency key."""
    row = (await connection.execute(_BY_KEY, {"idem_key": idem_key})).mappings().first()
    return _record(row) if row else None


async def get_command(
    connection: AsyncConnection, node: Node, command: UUID
) -> CommandRecord | None:
    """Return one command of a node, or ``None`` if it does not exist."""
    parameters = {"id": command, "node": str(node)}
    row = (await connection.execute(_GET, parameters)).mappings().first()
    return _record(row) if row else None


async def list_commands(
    connection: AsyncConnection,
    node: Node,
    *,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[CommandRecord]:
    """Return the commands of a node, newest first, starting after ``before``."""
    before_at, before_id = before or (None, None)
    parameters = {"node": str(node), "before_at": before_at, "before_id": before_id}
    rows = (await connection.execute(_LIST, {**parameters, "limit": limit})).mappings()
    return [_record(row) for row in rows]


async def list_unanswered_commands(
    connection: AsyncConnection, *, now: datetime, limit: int = 200
) -> list[CommandRecord]:
    """Return the commands to send: new ones, ones without a reply, and ones of nodes just back."""
    parameters = {"now": now, "resend_before": now - RESEND_AFTER, "limit": limit}
    rows = (await connection.execute(_UNANSWERED, parameters)).mappings()
    return [_record(row) for row in rows]


async def mark_sent(connection: AsyncConnection, ids: list[UUID], *, now: datetime) -> None:
    """Record that these commands were handed to the broker."""
    await connection.execute(_MARK_SENT, {"ids": ids, "now": now})


async def record_reply(
    connection: AsyncConnection, node: Node, reply: Reply, *, now: datetime
) -> bool:
    """Store the reply of a node; return ``False`` if it answers no open command."""
    try:
        command = UUID(reply.id)
    except ValueError:
        return False
    parameters = {"id": command, "node": str(node), "now": now, "state": reply.state}
    parameters["reply"] = msgspec.json.encode(reply).decode()
    if (await connection.execute(_RECORD_REPLY, parameters)).first() is None:
        return False
    await publish_node_event(connection, node, now=now)
    return True


async def find_snapshot_node(connection: AsyncConnection, sha256: str) -> str | None:
    """Return the node that took this snapshot on command, or ``None``."""
    node: str | None = (await connection.execute(_SNAPSHOT_NODE, {"sha256": sha256})).scalar()
    return node


def _record(row: RowMapping) -> CommandRecord:
    plain = {name: row[name] for name in CommandRecord.__slots__ if name != "reply"}
    reply = convert_stored(row["reply"], Reply)
    return CommandRecord(**plain, reply=reply)
