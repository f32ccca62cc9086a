"""Statements on the credentials of nodes: one-time codes, keys, revocation."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from pipeline.wire import Node

_INSERT_CODE = text("""
    INSERT INTO enrolment_code (id, secret, node, created_at, expires_at)
    VALUES (:id, :secret, :node, :now, :expires_at)
    ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, node = excluded.node,
        created_at = excluded.created_at, expires_at = excluded.expires_at, used_at = NULL
        WHERE enrolment_code.used_at IS NOT NULL OR enrolment_code.expires_at < :now
    RETURNING id
""")
# A node has one valid code: the newest.
_DELETE_CODES = text("DELETE FROM enrolment_code WHERE node = :node OR expires_at < :now")
_GET_CODE = text("""
    SELECT secret, node FROM enrolment_code
    WHERE id = :id AND used_at IS NULL AND expires_at > :now FOR UPDATE
""")
_USE_CODE = text("UPDATE enrolment_code SET used_at = :now WHERE id = :id")
_SET_KEY = text("""
    INSERT INTO node (name, key, enrolled_at) VALUES (:name, :key, :now)
    ON CONFLICT (name) DO UPDATE SET key = excluded.key, enrolled_at = excluded.enrolled_at,
        revoked_at = NULL, next_key = NULL, previous_key = NULL, previous_key_until = NULL
""")
_REVOKE = text("""
    UPDATE node SET revoked_at = coalesce(revoked_at, :now), next_key = NULL, previous_key = NULL
    WHERE name = :name RETURNING name
""")
_SET_NEXT_KEY = text("UPDATE node SET next_key = :key WHERE name = :name AND revoked_at IS NULL")
_KEYS = text("SELECT key, next_key FROM node WHERE name = :name AND revoked_at IS NULL FOR UPDATE")
_ROTATE = text("""
    UPDATE node SET previous_key = key, previous_key_until = :until, key = next_key, next_key = NULL
    WHERE name = :name
""")


async def insert_code(
    connection: AsyncConnection,
    code_id: str,
    secret: str,
    node: Node,
    *,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Store a code in place of earlier ones of the node; return ``False`` if the id is taken."""
    await connection.execute(_DELETE_CODES, {"node": str(node), "now": now})
    row = {"id": code_id, "secret": secret.encode(), "node": str(node)}
    row |= {"now": now, "expires_at": expires_at}  # type: ignore[dict-item]
    return (await connection.execute(_INSERT_CODE, row)).first() is not None


async def lock_code(
    connection: AsyncConnection, code_id: str, *, now: datetime
) -> tuple[bytes, Node] | None:
    """Return secret and node of a valid code until the transaction ends; ``None`` if not valid."""
    row = (await connection.execute(_GET_CODE, {"id": code_id, "now": now})).first()
    return None if row is None else (row.secret, Node.parse(row.node))


async def enroll_by_code(
    connection: AsyncConnection, code_id: str, node: Node, key: bytes, *, now: datetime
) -> None:
    """Use up a code and set the key of its node, which is no longer revoked."""
    await connection.execute(_USE_CODE, {"id": code_id, "now": now})
    await connection.execute(_SET_KEY, {"name": str(node), "key": key, "now": now})


async def revoke_node(connection: AsyncConnection, node: Node, *, now: datetime) -> bool:
    """Accept nothing of a node from now on; return ``False`` if there is no such node."""
    await connection.execute(_DELETE_CODES, {"node": str(node), "now": now})
    return (await connection.execute(_REVOKE, {"name": str(node), "now": now})).first() is not None


async def lock_keys(connection: AsyncConnection, node: Node) -> tuple[bytes, bytes | None] | None:
    """Return the key of a node, and the next one if a rotation has begun; ``None`` if revoked."""
    row = (await connection.execute(_KEYS, {"name": str(node)})).first()
    return None if row is None else (row.key, row.next_key)


async def set_next_key(connection: AsyncConnection, node: Node, key: bytes) -> None:
    """Begin a rotation."""
    await connection.execute(_SET_NEXT_KEY, {"name": str(node), "key": key})


async def rotate_key(connection: AsyncConnection, node: Node, *, previous_until: datetime) -> None:
    """Use the next key from now on; messages signed with the last are accepted for a while."""
    await connection.execute(_ROTATE, {"name": str(node), "until": previous_until})
