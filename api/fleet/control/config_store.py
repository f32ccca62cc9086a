"""What is wanted of boxes, each revision kept, and what they say they obey."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.fleet.store import publish_node_event
from pipeline.wire import DesiredConfig, Node, ReportedConfig
from pipeline.wire.config import ConfigRejection


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRevision:
    """One revision of what is wanted.

    Args:
        config: The JSON text that is signed.
        written: The TOML as a person wrote it; empty where it came as JSON.
    """

    node: str
    rev: int
    config: str
    sha256: str
    written: str
    author: str
    note: str
    at: datetime

    @property
    def message(self) -> DesiredConfig:
        """As it goes over the wire."""
        raw = msgspec.Raw(self.config.encode())
        return DesiredConfig(rev=self.rev, sha256=self.sha256, config=raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRecord:
    """What a box obeys, and what became of the last revision that it was sent."""

    rev: int
    seen_rev: int
    outcome: str
    refused: tuple[ConfigRejection, ...]
    config: str
    received_at: datetime


_COLUMNS = "node, rev, config, sha256, written, author, note, at"
_LATEST = text(f"SELECT {_COLUMNS} FROM node_config WHERE node = :node ORDER BY rev DESC LIMIT 1")
_HISTORY = text(f"""
    SELECT {_COLUMNS} FROM node_config WHERE node = :node ORDER BY rev DESC LIMIT :limit
""")
_REVS = text("SELECT node, max(rev) AS rev FROM node_config GROUP BY node")
_ALL = text(f"""
    SELECT DISTINCT ON (node) {_COLUMNS} FROM node_config
    WHERE node = ANY (CAST(:nodes AS text[])) ORDER BY node, rev DESC
""")
_LOCK = text("SELECT name FROM node WHERE name = :node FOR UPDATE")
_ADD = text(f"""
    INSERT INTO node_config ({_COLUMNS})
    VALUES (:node, :rev, :config, :sha256, :written, :author, :note, :at)
""")
_REPORTED = text("""
    SELECT rev, seen_rev, outcome, refused, config, received_at
    FROM node_reported WHERE node = :node
""")
_PUT_REPORTED = text("""
    INSERT INTO node_reported
        (node, rev, sha256, seen_rev, outcome, refused, config, received_at)
    SELECT name, :rev, :sha256, :seen_rev, :outcome, CAST(:refused AS jsonb), :config, :now
    FROM node WHERE name = :node
    ON CONFLICT (node) DO UPDATE SET
        rev = excluded.rev, sha256 = excluded.sha256, seen_rev = excluded.seen_rev,
        outcome = excluded.outcome, refused = excluded.refused, config = excluded.config,
        received_at = excluded.received_at
    WHERE (node_reported.rev, node_reported.seen_rev, node_reported.outcome,
           node_reported.refused, node_reported.config)
       IS DISTINCT FROM (excluded.rev, excluded.seen_rev, excluded.outcome,
           excluded.refused, excluded.config)
    RETURNING node
""")


async def lock_node(connection: AsyncConnection, node: Node) -> bool:
    """Keep others from changing what is wanted of a box until the end; ``False``: no such box."""
    return (await connection.execute(_LOCK, {"node": str(node)})).first() is not None


async def get_latest_revision(connection: AsyncConnection, node: Node) -> ConfigRevision | None:
    """Find what is wanted of a box now."""
    row = (await connection.execute(_LATEST, {"node": str(node)})).mappings().first()
    return ConfigRevision(**row) if row else None


async def list_revisions(
    connection: AsyncConnection, node: Node, *, limit: int
) -> list[ConfigRevision]:
    """List what was wanted of a box, the newest first."""
    rows = (await connection.execute(_HISTORY, {"node": str(node), "limit": limit})).mappings()
    return [ConfigRevision(**row) for row in rows]


async def insert_revision(connection: AsyncConnection, wanted: ConfigRevision) -> None:
    """Write a revision; none is ever changed."""
    await connection.execute(
        _ADD, {name: getattr(wanted, name) for name in ConfigRevision.__slots__}
    )
    await publish_node_event(connection, wanted.node, now=wanted.at)


async def list_latest_revision_numbers(connection: AsyncConnection) -> dict[str, int]:
    """Tell the newest revision of each box that has one."""
    return {row.node: row.rev for row in await connection.execute(_REVS)}


async def list_latest_revisions(
    connection: AsyncConnection, nodes: list[str]
) -> list[ConfigRevision]:
    """Read what is wanted of these boxes now."""
    rows = (await connection.execute(_ALL, {"nodes": nodes})).mappings()
    return [ConfigRevision(**row) for row in rows]


async def get_reported(connection: AsyncConnection, node: Node) -> ReportedRecord | None:
    """Read what a box says it obeys; ``None`` where it never said."""
    row = (await connection.execute(_REPORTED, {"node": str(node)})).mappings().first()
    return reported_from_row(row) if row else None


def reported_from_row(row: RowMapping) -> ReportedRecord:
    """Read one row of what boxes say they obey."""
    plain = {name: row[name] for name in ReportedRecord.__slots__ if name != "refused"}
    refused = msgspec.convert(row["refused"], tuple[ConfigRejection, ...])
    return ReportedRecord(**plain, refused=refused)


async def save_reported(
    connection: AsyncConnection, node: Node, told: ReportedConfig, *, now: datetime
) -> bool:
    """Keep what a box says it obeys; ``False`` if that is no news."""
    given = {
        "node": str(node),
        "now": now,
        "rev": told.rev,
        "sha256": told.sha256,
        "seen_rev": told.seen_rev,
        "outcome": told.outcome,
        "refused": msgspec.json.encode(told.refused).decode(),
        "config": bytes(told.config).decode(),
    }
    if (await connection.execute(_PUT_REPORTED, given)).first() is None:
        return False
    await publish_node_event(connection, node, now=now)
    return True
