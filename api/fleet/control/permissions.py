"""Who may control which nodes: by role, and by the areas that the cameras of a node cover."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.errors import ForbiddenError, NotFoundError
from api.fleet.store import get_node_areas
from pipeline.wire import CommandKind, Node

CONFIGURE = "configure"
READ_ONLY_COMMANDS = frozenset({CommandKind.PING, CommandKind.SNAPSHOT, CommandKind.SELF_TEST})
_ALL_ACTIONS = frozenset({*READ_ONLY_COMMANDS, CommandKind.RESTART_CAMERA, CONFIGURE})
PERMISSIONS: Mapping[str, frozenset[str]] = {
    "operator": frozenset(READ_ONLY_COMMANDS),
    "supervisor": _ALL_ACTIONS,
    "admin": _ALL_ACTIONS,
    "system_admin": _ALL_ACTIONS - {CommandKind.SNAPSHOT},
}
"""Actions by role: operators inspect, supervisors and admins also change what runs; a system
administrator does so without seeing pictures."""


def allowed_actions(account: Account, areas: list[str]) -> frozenset[str]:
    """Return what an account may do with a node whose cameras cover these areas."""
    if not (all(map(account.covers, areas)) if areas else account.sees_unplaced):
        return frozenset()
    return PERMISSIONS.get(account.role, frozenset())


async def require_visible(connection: AsyncConnection, node: Node, account: Account) -> list[str]:
    """Return the areas that the cameras of a node cover.

    Raises:
        NotFoundError: The node does not exist, or has no camera in the area of the account.
    """
    areas = await get_node_areas(connection, node)
    if areas is None or not account.covers_any(areas):
        raise NotFoundError("no_such_node")
    return areas


async def require_permission(
    connection: AsyncConnection, node: Node, account: Account, action: str
) -> None:
    """Check that an account may perform an action on a node.

    Raises:
        NotFoundError: The node does not exist, or has no camera in the area of the account.
        ForbiddenError: The role does not allow the action, or a camera is outside the area.
    """
    areas = await require_visible(connection, node, account)
    if action not in PERMISSIONS.get(account.role, frozenset()):
        raise ForbiddenError("not_for_your_role")
    if action not in allowed_actions(account, areas):
        raise ForbiddenError("not_your_area", "a camera of this node covers another area")
