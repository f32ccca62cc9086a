"""Statements on desired configurations, each revision kept, and on what nodes report."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.database.stored_json import convert_stored
from api.fleet.display_name_store import save_reported_names
from api.fleet.store import publish_node_event
from pipeline.wire import DesiredConfig, Node, ReportedConfig
from pipeline.wire.config import ConfigRejection


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRevision:
    """One revision of the desired configuration of a node.

    Args:
        config: The JSON text that is signed and sent.
        source_toml: The TOML text as a person wrote it; empty if it came as JSON.
    """

    node: str
    rev: int
    config: str
    sha256: str
    source_toml: str
    author: str
    note: str
    at: datetime

    @property
    def message(self) -> DesiredConfig:
        """The message for the node."""
        raw = msgspec.Raw(self.config.encode())
        return DesiredConfig(rev=self.rev, sha256=self.sha256, config=raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRecord:
    """What a node reports about its configuration.

    Args:
        rev: The revision it runs; 0 for its own file.
        seen_rev: The newest revision it has evaluated, with ``outcome`` and ``refused``.
        config: The JSON text of what it runs, without secrets.
    """

    rev: int
    seen_rev: int
    outcome: str
    refused: tuple[ConfigRejection, ...]
    config: str
    received_at: datetime


_COLUMNS = "node, rev, config, sha256, source_toml, author, note, at"
_LATEST = text(f"SELECT {_COLUMNS} FROM node_config WHERE node = :node ORDER BY rev DESC LIMIT 1")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM node_config WHERE node = :node ORDER BY rev DESC LIMIT :limit
""")
_LATEST_NUMBERS = text("SELECT node, max(rev) AS rev FROM node_config GROUP BY node")
_LATEST_OF_NODES = text(f"""
    SELECT DISTINCT ON (node) {_COLUMNS} FROM node_config
    WHERE node = ANY (CAST(:nodes AS text[])) ORDER BY node, rev DESC
""")
_LOCK = text("SELECT name FROM node WHERE name = :node FOR UPDATE")
_INSERT = text(f"""
    INSERT INTO node_config ({_COLUMNS})
    VALUES (:node, :rev, :config, :sha256, :source_toml, :author, :note, :at)
""")
_REPORTED = text("""
    SELECT rev, seen_rev, outcome, refused, config, received_at
    FROM node_reported WHERE node = :node
""")
_SAVE_REPORTED = text("""
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
    """Lock a node until the transaction ends; return ``False`` if it does not exist."""
    return (await connection.execute(_LOCK, {"node": str(node)})).first() is not None


async def get_latest_revision(connection: AsyncConnection, node: Node) -> ConfigRevision | None:
    """Return the newest revision of a node, or ``None`` if it has none."""
    row = (await connection.execute(_LATEST, {"node": str(node)})).mappings().first()
    return ConfigRevision(**row) if row else None


async def list_revisions(
    connection: AsyncConnection, node: Node, *, limit: int
) -> list[ConfigRevision]:
    """Return the revisions of a node, newest first."""
    rows = (await connection.execute(_LIST, {"node": str(node), "limit": limit})).mappings()
    return [ConfigRevision(**row) for row in rows]


async def insert_revision(connection: AsyncConnection, revision: ConfigRevision) -> None:
    """Add a revision; revisions are never changed."""
    row = {name: getattr(revision, name) for name in ConfigRevision.__slots__}
    await connection.execute(_INSERT, row)
    await publish_node_event(connection, revision.node, now=revision.at)


async def list_latest_revision_numbers(connection: AsyncConnection) -> dict[str, int]:
    """Return the newest revision number of every node that has one, by node name."""
    return {row.node: row.rev for row in await connection.execute(_LATEST_NUMBERS)}


async def list_latest_revisions(
    connection: AsyncConnection, nodes: list[str]
) -> list[ConfigRevision]:
    """Return the newest revision of each of these nodes."""
    rows = (await connection.execute(_LATEST_OF_NODES, {"nodes": nodes})).mappings()
    return [ConfigRevision(**row) for row in rows]


async def get_reported(connection: AsyncConnection, node: Node) -> ReportedRecord | None:
    """Return what a node reports about its configuration; ``None`` before its first report."""
    row = (await connection.execute(_REPORTED, {"node": str(node)})).mappings().first()
    return reported_from_row(row) if row else None


def reported_from_row(row: RowMapping) -> ReportedRecord:
    """Convert a row with the columns of ``node_reported``."""
    plain = {name: row[name] for name in ReportedRecord.__slots__ if name != "refused"}
    refused = convert_stored(row["refused"], tuple[ConfigRejection, ...]) or ()
    return ReportedRecord(**plain, refused=refused)


async def save_reported(
    connection: AsyncConnection, node: Node, reported: ReportedConfig, *, now: datetime
) -> bool:
    """Store what a node reports about its configuration; return whether it changed."""
    row = {
        "node": str(node),
        "now": now,
        "rev": reported.rev,
        "sha256": reported.sha256,
        "seen_rev": reported.seen_rev,
        "outcome": reported.outcome,
        "refused": msgspec.json.encode(reported.refused).decode(),
        "config": bytes(reported.config).decode(),
    }
    has_changed = (await connection.execute(_SAVE_REPORTED, row)).first() is not None
    if not isinstance(reported.names, msgspec.UnsetType):
        has_changed |= await save_reported_names(connection, node, reported.names)
    if not has_changed:
        return False
    await publish_node_event(connection, node, now=now)
    return True
