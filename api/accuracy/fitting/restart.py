"""Start a camera anew after somebody has looked after it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.accuracy.fitting import drift_store
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import ForbiddenError, NotFoundError
from api.suppressions.store import get_camera_area


async def restart_camera(
    connection: AsyncConnection,
    account: Account,
    *,
    node: str,
    camera: str,
    scenario: str | None,
    reason: str,
    now: datetime,
) -> list[str]:
    """Start a camera anew; its drift alarm ends, and operators see its alerts first.

    Returns:
        The scenarios that were started anew; those without alerts are left out.

    Raises:
        NotFoundError: There is no such camera in the area of the account.
        ForbiddenError: The role decides about no incidents.
    """
    is_known, area = await get_camera_area(connection, node, camera)
    if not is_known or not account.covers(area):
        raise NotFoundError("no_such_camera")
    if not account.is_desk_of(area):
        raise ForbiddenError("not_your_area")
    scenarios = await drift_store.restart_camera(connection, node, camera, scenario)
    detail: dict[str, object] = {"node": node, "camera": camera, "scenarios": scenarios}
    entry = AuditEntry(
        at=now, actor=account.name, action="restart_camera", reason=reason, detail=detail
    )
    await audit_store.record(connection, entry)
    return scenarios
