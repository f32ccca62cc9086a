"""Issue commands to nodes: ping, snapshot, self-test, restart of a camera."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import NotFoundError, UnprocessableError
from api.fleet import store as fleet_store
from api.fleet.control import command_store
from api.fleet.control.command_store import CommandRecord
from api.fleet.control.desired_config import Requester
from api.live import store as live_store
from pipeline.wire import CommandKind, Node

CAMERA_COMMANDS = frozenset(CommandKind) - {
    CommandKind.PING,
    CommandKind.RESEND,
    CommandKind.ROTATE_KEY,
}
COMMAND_LIFETIME = timedelta(minutes=1)
"""A node that was unreachable for longer does not carry out an outdated command."""
COMMAND_LIFETIME_BY_KIND: Mapping[str, timedelta] = {CommandKind.SELF_TEST: timedelta(minutes=2)}


async def issue_command(
    connection: AsyncConnection,
    node: Node,
    kind: CommandKind,
    *,
    camera: str | None = None,
    by: Requester,
) -> CommandRecord:
    """Store a command for a node; the downlink sends it.

    A request that is repeated with the same idempotency key returns the first command.

    Raises:
        NotFoundError: The node, or its camera, does not exist.
        UnprocessableError: The command needs a camera, or the key was used for another command.
    """
    if kind in CAMERA_COMMANDS and camera is None:
        raise UnprocessableError("needs_camera", f"{kind} applies to a camera: name one")
    if await fleet_store.get_node_areas(connection, node) is None:
        raise NotFoundError("no_such_node")
    if camera is not None and not await fleet_store.has_camera(connection, node, camera):
        raise NotFoundError("no_such_camera")
    command = await command_store.insert_command(
        connection,
        node,
        kind,
        camera=camera,
        author=by.name,
        at=by.at,
        expires_at=by.at + COMMAND_LIFETIME_BY_KIND.get(kind, COMMAND_LIFETIME),
        idem_key=by.idem_key,
    )
    if command is None:
        return await _find_repeated(connection, by.idem_key or "", (str(node), kind, camera))
    detail: dict[str, object] = {"node": str(node), "command": str(command.id), "camera": camera}
    entry = AuditEntry(at=by.at, actor=by.name, action=f"ask_{kind}", detail=detail)
    await audit_store.record(connection, entry)
    await live_store.notify_listeners(connection)
    return command


async def _find_repeated(
    connection: AsyncConnection, idem_key: str, request: tuple[str, str, str | None]
) -> CommandRecord:
    command = await command_store.find_command_by_key(connection, idem_key)
    if command is None or (command.node, command.kind, command.camera) != request:
        raise UnprocessableError("key_reused", "this key was used for another command")
    return command
