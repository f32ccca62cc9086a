"""Store the robots of group chats."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """A robot that posts to the group of an area.

    Args:
        failed_at: When a message was given up; ``None`` once one has been sent since.
    """

    name: str
    kind: str
    area_code: str
    min_level: str
    is_enabled: bool
    failed_at: datetime | None


_LIST = text("""
    SELECT name, kind, area_code, min_level, is_enabled, failed_at FROM chat_robot
    WHERE starts_with(area_code, :area) OR starts_with(:area, area_code) ORDER BY name
""")
_SET = text("""
    INSERT INTO chat_robot (name, area_code, kind, address, secret, min_level)
    SELECT :name, code, :kind, :address, :secret, :min_level FROM area WHERE code = :area
    ON CONFLICT (name) DO UPDATE SET area_code = excluded.area_code, kind = excluded.kind,
        address = excluded.address, secret = excluded.secret, min_level = excluded.min_level,
        failed_at = NULL
    RETURNING id
""")
_DELETE = text("DELETE FROM chat_robot WHERE name = :name RETURNING id")
_INSERT_TEST = text("""
    WITH inserted AS (
        INSERT INTO notification (key, event, robot, channel, address, kind, due_at, created_at)
        SELECT concat_ws(':', CAST(:event AS text), 'robot', id), :event, id, kind, address, 'test',
            :now, :now
        FROM chat_robot WHERE name = :name RETURNING id
    )
    SELECT id, pg_notify('gridwatch', '') FROM inserted
""")


async def list_robots(connection: AsyncConnection, area: str = "") -> list[Robot]:
    """List the robots inside an area and of the areas above it; ``""`` is all, by name."""
    rows = (await connection.execute(_LIST, {"area": area})).mappings()
    return [Robot(**row) for row in rows]


async def set_robot(connection: AsyncConnection, robot: dict[str, str]) -> bool:
    """Add a robot, or replace the one of this name; return whether its area exists.

    Args:
        robot: ``name``, ``area``, ``kind``, ``address``, ``secret`` and ``min_level``.
    """
    return (await connection.execute(_SET, robot)).first() is not None


async def delete_robot(connection: AsyncConnection, name: str) -> bool:
    """Delete a robot; return whether there was one."""
    return (await connection.execute(_DELETE, {"name": name})).first() is not None


async def insert_robot_test(
    connection: AsyncConnection, name: str, event: str, *, now: datetime
) -> bool:
    """Insert a test message to the group of a robot; return whether there is one of this name.

    Args:
        event: Names the test.
    """
    params = {"name": name, "event": event, "now": now}
    return (await connection.execute(_INSERT_TEST, params)).first() is not None
