"""What people ask of boxes: a configuration, a command; who may, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import ConflictError, ForbiddenError, NotFoundError, UnprocessableError
from api.fleet import store as fleet_store
from api.fleet.control import command_store, config_store
from api.fleet.control.command_store import CommandRecord
from api.fleet.control.config_store import ConfigRevision, ReportedRecord
from api.live import store as live_store
from pipeline.errors import WireError
from pipeline.wire import CommandKind, DesiredConfig, Node, decode_message, encode_message

CONFIGURE = "configure"
READ_ONLY_COMMANDS = frozenset({CommandKind.PING, CommandKind.SNAPSHOT, CommandKind.SELF_TEST})
PERMISSIONS: Mapping[str, frozenset[str]] = {
    "operator": frozenset(READ_ONLY_COMMANDS),
    "supervisor": frozenset({*READ_ONLY_COMMANDS, CommandKind.RESTART_CAMERA, CONFIGURE}),
    "admin": frozenset({*READ_ONLY_COMMANDS, CommandKind.RESTART_CAMERA, CONFIGURE}),
}
"""What a role may ask of the boxes of its area: a desk looks, a supervisor changes what runs."""
CAMERA_COMMANDS = frozenset(CommandKind) - {CommandKind.PING, CommandKind.RESEND}
COMMAND_LIFETIME_BY_KIND: Mapping[str, timedelta] = {CommandKind.SELF_TEST: timedelta(minutes=2)}
COMMAND_LIFETIME = timedelta(minutes=1)
"""A box that was away for longer does not do now what was wanted then."""


class ConfigStatus(StrEnum):
    """How the wanted configuration of a box stands."""

    LOCAL = "local"
    PENDING = "pending"
    APPLIED = "applied"
    PARTIAL = "partial"
    REFUSED = "refused"
    UNMANAGED = "unmanaged"


_OUTCOMES = {
    "success": ConfigStatus.APPLIED,
    "partial": ConfigStatus.PARTIAL,
    "failure": ConfigStatus.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asks, for the record.

    Args:
        idem_key: Equal keys ask once.
    """

    name: str
    at: datetime
    idem_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange:
    """A whole configuration, and on which revision it was written.

    Args:
        base_rev: The revision that was read; 0 for none. ``None`` asks without having looked.
        source_toml: The TOML as a person wrote it.
    """

    tables: Mapping[str, object]
    base_rev: int | None = None
    source_toml: str = ""
    note: str = ""


def config_status(wanted_rev: int | None, reported: tuple[int, int, str] | None) -> ConfigStatus:
    """Tell how what is wanted stands.

    Args:
        reported: What the box obeys, the last revision it has seen, and the outcome of that one.
    """
    rev, seen_rev, outcome = reported or (0, 0, "success")
    if max(rev, seen_rev) > (wanted_rev or 0):
        return ConfigStatus.UNMANAGED
    if wanted_rev is None:
        return ConfigStatus.LOCAL
    return ConfigStatus.PENDING if seen_rev < wanted_rev else _OUTCOMES[outcome]


def allowed_actions(who: Account, areas: list[str]) -> frozenset[str]:
    """Tell what an account may ask of a box whose cameras look at these areas."""
    return PERMISSIONS.get(who.role, frozenset()) if all(map(who.covers, areas)) else frozenset()


async def require_permission(
    connection: AsyncConnection, node: Node, who: Account, deed: str
) -> None:
    """Let only those through who may.

    Raises:
        NotFoundError: There is no such box.
        ForbiddenError: It is not for this role, or not in this area.
    """
    areas = await fleet_store.get_node_areas(connection, node)
    if areas is None:
        raise NotFoundError("no_such_node")
    if deed not in PERMISSIONS.get(who.role, frozenset()):
        raise ForbiddenError("not_for_your_role")
    if deed not in allowed_actions(who, areas):
        raise ForbiddenError("not_your_area", "a camera of this box looks at another area")


async def set_desired_config(
    connection: AsyncConnection, node: Node, wish: ConfigChange, *, by: Requester
) -> ConfigRevision:
    """Write down what is wanted of a box from now on; the same again changes nothing.

    Raises:
        NotFoundError: There is no such box.
        StepRefusedError: Somebody else has written a revision meanwhile.
        ImpossibleError: It cannot be sent.
    """
    if not await config_store.lock_node(connection, node):
        raise NotFoundError("no_such_node")
    now_wanted = await config_store.get_latest_revision(connection, node)
    told = await config_store.get_reported(connection, node)
    rev = now_wanted.rev if now_wanted else 0
    if wish.base_rev is not None and wish.base_rev != rev:
        raise ConflictError("stale", _standing_of(now_wanted, told), rev)
    message = _message(max(rev, told.rev if told else 0, told.seen_rev if told else 0) + 1, wish)
    if now_wanted is not None and now_wanted.sha256 == message.sha256:
        return now_wanted
    wanted = ConfigRevision(
        node=str(node),
        rev=message.rev,
        config=bytes(message.config).decode(),
        sha256=message.sha256,
        written=wish.source_toml,
        author=by.name,
        note=wish.note,
        at=by.at,
    )
    await config_store.insert_revision(connection, wanted)
    detail: dict[str, object] = {"node": str(node), "rev": wanted.rev, "sha256": wanted.sha256}
    entry = AuditEntry(at=by.at, actor=by.name, action=CONFIGURE, reason=wish.note, detail=detail)
    await audit_store.record(connection, entry)
    await live_store.notify_listeners(connection)
    return wanted


async def issue_command(
    connection: AsyncConnection,
    node: Node,
    kind: CommandKind,
    *,
    camera: str | None = None,
    by: Requester,
) -> CommandRecord:
    """Ask a box to do something now; asked again with the same key, it is asked once.

    Raises:
        NotFoundError: There is no such box, or no such camera of it.
        ImpossibleError: It is about a camera, and none is named; or the key was used before.
    """
    if kind in CAMERA_COMMANDS and camera is None:
        raise UnprocessableError("needs_camera", f"{kind} is about a camera: name it")
    if await fleet_store.get_node_areas(connection, node) is None:
        raise NotFoundError("no_such_node")
    if camera is not None and not await fleet_store.has_camera(connection, node, camera):
        raise NotFoundError("no_such_camera")
    made = await command_store.insert_command(
        connection,
        node,
        kind,
        camera=camera,
        author=by.name,
        at=by.at,
        expires_at=by.at + COMMAND_LIFETIME_BY_KIND.get(kind, COMMAND_LIFETIME),
        idem_key=by.idem_key,
    )
    if made is None:
        return await _asked_before(connection, by.idem_key or "", (str(node), kind, camera))
    detail: dict[str, object] = {"node": str(node), "command": str(made.id), "camera": camera}
    entry = AuditEntry(at=by.at, actor=by.name, action=f"ask_{kind}", detail=detail)
    await audit_store.record(connection, entry)
    await live_store.notify_listeners(connection)
    return made


async def _asked_before(
    connection: AsyncConnection, idem_key: str, asked: tuple[str, str, str | None]
) -> CommandRecord:
    found = await command_store.find_command_by_key(connection, idem_key)
    if found is None or (found.node, found.kind, found.camera) != asked:
        raise UnprocessableError("key_reused", "this key has asked for something else")
    return found


def _standing_of(wanted: ConfigRevision | None, told: ReportedRecord | None) -> ConfigStatus:
    facts = (told.rev, told.seen_rev, told.outcome) if told else None
    return config_status(wanted.rev if wanted else None, facts)


def _message(rev: int, wish: ConfigChange) -> DesiredConfig:
    """Make the message, and see that a box could read it."""
    try:
        made = DesiredConfig.of(rev, wish.tables)
        decode_message(encode_message(made), DesiredConfig)
    except (WireError, msgspec.MsgspecError, TypeError, ValueError) as error:
        raise UnprocessableError("cannot_be_sent", str(error)) from None
    return made
