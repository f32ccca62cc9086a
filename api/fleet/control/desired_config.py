"""Set the configuration that a node shall run, and tell whether the node has applied it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import ConflictError, NotFoundError, UnprocessableError
from api.fleet.control import config_store
from api.fleet.control.config_store import ConfigRevision, ReportedRecord
from api.live import store as live_store
from pipeline.errors import WireError
from pipeline.wire import DesiredConfig, Node, decode_message, encode_message


class ConfigStatus(StrEnum):
    """How far a node has applied the desired configuration.

    ``local``: none is set, the node runs its own file. ``unmanaged``: the node runs a revision
    that this centre did not issue.
    """

    LOCAL = "local"
    PENDING = "pending"
    APPLIED = "applied"
    PARTIAL = "partial"
    REFUSED = "refused"
    UNMANAGED = "unmanaged"


_STATUS_OF_OUTCOME = {
    "success": ConfigStatus.APPLIED,
    "partial": ConfigStatus.PARTIAL,
    "failure": ConfigStatus.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who makes a change or issues a command, for the record.

    Args:
        name: Name of an account, or of a user of the command line.
        idem_key: Requests with equal keys take effect once.
    """

    name: str
    at: datetime
    idem_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange:
    """A complete new configuration.

    Args:
        tables: The tables of ``edge.toml`` that may be set remotely.
        base_rev: The revision it was edited from, 0 for none; ``None`` skips the check.
        source_toml: The TOML text as written; empty if the tables came as JSON.
    """

    tables: Mapping[str, object]
    base_rev: int | None = None
    source_toml: str = ""
    note: str = ""


def config_status(desired_rev: int | None, reported: tuple[int, int, str] | None) -> ConfigStatus:
    """Return the status of the desired configuration of a node.

    Args:
        desired_rev: The newest revision of the centre; ``None`` if there is none.
        reported: The revision the node runs, the newest it has evaluated, and the outcome of
            that; ``None`` if it has not reported.
    """
    rev, seen_rev, outcome = reported or (0, 0, "success")
    if max(rev, seen_rev) > (desired_rev or 0):
        return ConfigStatus.UNMANAGED
    if desired_rev is None:
        return ConfigStatus.LOCAL
    return ConfigStatus.PENDING if seen_rev < desired_rev else _STATUS_OF_OUTCOME[outcome]


async def set_desired_config(
    connection: AsyncConnection, node: Node, change: ConfigChange, *, by: Requester
) -> ConfigRevision:
    """Store a new revision of the desired configuration; equal content adds no revision.

    Raises:
        NotFoundError: The node does not exist.
        ConflictError: There is a newer revision than ``base_rev``.
        UnprocessableError: The configuration cannot be sent to a node.
    """
    if not await config_store.lock_node(connection, node):
        raise NotFoundError("no_such_node")
    latest = await config_store.get_latest_revision(connection, node)
    reported = await config_store.get_reported(connection, node)
    rev = latest.rev if latest else 0
    if change.base_rev is not None and change.base_rev != rev:
        raise ConflictError("stale", _status(latest, reported), rev)
    message = _build_message(_next_revision(rev, reported), change)
    if latest is not None and latest.sha256 == message.sha256:
        return latest
    revision = ConfigRevision(
        node=str(node),
        rev=message.rev,
        config=bytes(message.config).decode(),
        sha256=message.sha256,
        source_toml=change.source_toml,
        author=by.name,
        note=change.note,
        at=by.at,
    )
    await config_store.insert_revision(connection, revision)
    detail: dict[str, object] = {"node": str(node), "rev": revision.rev, "sha256": revision.sha256}
    entry = AuditEntry(
        at=by.at, actor=by.name, action="configure", reason=change.note, detail=detail
    )
    await audit_store.record(connection, entry)
    await live_store.notify_listeners(connection)
    return revision


def _next_revision(latest_rev: int, reported: ReportedRecord | None) -> int:
    """Exceed every revision the node has seen, so that it also obeys a centre set up anew."""
    if reported is None:
        return latest_rev + 1
    return max(latest_rev, reported.rev, reported.seen_rev) + 1


def _status(latest: ConfigRevision | None, reported: ReportedRecord | None) -> ConfigStatus:
    facts = (reported.rev, reported.seen_rev, reported.outcome) if reported else None
    return config_status(latest.rev if latest else None, facts)


def _build_message(rev: int, change: ConfigChange) -> DesiredConfig:
    """Return the message, after a check that a node can decode it."""
    try:
        message = DesiredConfig.of(rev, change.tables)
        decode_message(encode_message(message), DesiredConfig)
    except (WireError, msgspec.MsgspecError, TypeError, ValueError) as error:
        raise UnprocessableError("cannot_be_sent", str(error)) from None
    return message
