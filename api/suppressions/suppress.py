"""Create and end suppressions: who may, for how long, and what is written to the audit log."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import astuple
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import DESK_ROLES, Account
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import ForbiddenError, NotFoundError, UnprocessableError
from api.suppressions import store
from api.suppressions.model import NewSuppression, Suppression, SuppressionTarget

DEFAULT_MAX_LENGTH = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asks for it, and when.

    Args:
        idem_key: Scoped key of the request.
    """

    account: Account
    at: datetime
    idem_key: str | None = None


async def create_suppression(
    connection: AsyncConnection,
    new: NewSuppression,
    *,
    by: Requester,
    max_length: timedelta = DEFAULT_MAX_LENGTH,
) -> Suppression:
    """Store a suppression; a request that is repeated with its key returns the first one.

    A scenario without camera and area is suppressed in the area of the account.

    Raises:
        ForbiddenError: The role decides about no incidents, or the target is outside the area.
        NotFoundError: There is no such camera.
        UnprocessableError: It names nothing, gives no reason, or lasts too long; or the key was
            used for another target.
    """
    if by.account.role not in DESK_ROLES:
        raise ForbiddenError("not_for_your_role")
    check_terms(new, now=by.at, max_length=max_length)
    area = await _area_of(connection, new, by.account)
    bounded = replace(new, target=_bounded(new.target, area), reason=new.reason.strip())
    stored = await store.insert_suppression(
        connection, bounded, area=area, account=by.account, now=by.at, idem_key=by.idem_key
    )
    if stored is None:
        return await _find_repeated(connection, by.idem_key or "", bounded.target)
    await audit_store.record(connection, _entry("suppress", stored, by))
    return stored


async def end_suppression(
    connection: AsyncConnection, suppression: Suppression, *, by: Requester
) -> Suppression:
    """End a suppression now; one that has ended stays as it is.

    Raises:
        ForbiddenError: The role decides about no incidents, or the target is outside the area.
    """
    if not by.account.is_desk_of(suppression.area):
        raise ForbiddenError("not_your_area")
    if await store.end_suppression(connection, suppression.id, account=by.account, now=by.at):
        await audit_store.record(connection, _entry("end_suppression", suppression, by))
    return await store.get_suppression(connection, suppression.id) or suppression


async def end_suppressions_of(
    connection: AsyncConnection, incident: UUID, *, by: Requester
) -> None:
    """End the suppressions that the review of an incident led to.

    Raises:
        ForbiddenError: As for ``end_suppression``.
    """
    for suppression in await store.list_of_incident(connection, incident, now=by.at):
        await end_suppression(connection, suppression, by=by)


def check_terms(new: NewSuppression, *, now: datetime, max_length: timedelta) -> None:
    """Check reason, target and length.

    Raises:
        UnprocessableError: Names what is missing or impossible.
    """
    target = new.target
    if not any((target.camera, target.scenario, target.area_code)):
        raise UnprocessableError("needs_target", "name a camera, a scenario or an area")
    if (target.camera is None) != (target.node is None):
        raise UnprocessableError("needs_camera", "name the node and the camera")
    if target.region is not None and (target.camera is None or target.zone is not None):
        raise UnprocessableError("needs_camera", "a region belongs to a camera, without a zone")
    if target.zone is not None and target.camera is None:
        raise UnprocessableError("needs_camera", "a zone belongs to a camera: name it")
    if not new.reason.strip():
        raise UnprocessableError("needs_reason", "say why")
    if new.ends_at <= max(new.starts_at, now):
        raise UnprocessableError("ends_too_early", "it must end after it starts, and after now")
    if new.ends_at - max(new.starts_at, now) > max_length:
        raise UnprocessableError("too_long", f"at most {max_length}; repeat it when it ends")


async def _area_of(connection: AsyncConnection, new: NewSuppression, account: Account) -> str:
    """Return the area whose desks see the suppression and may end it."""
    target, area = new.target, new.target.area_code
    if area is None and target.node is not None and target.camera is not None:
        is_known, area = await store.get_camera_area(connection, target.node, target.camera)
        if not is_known and new.incident is None:
            raise NotFoundError("no_such_camera")
    if not account.covers(area):
        raise ForbiddenError("not_your_area", "it concerns another area")
    return area or account.area_code


def _bounded(target: SuppressionTarget, area: str) -> SuppressionTarget:
    """Return the target, bounded to an area if it names neither camera nor area."""
    is_bounded = target.camera is not None or target.area_code is not None
    return target if is_bounded else replace(target, area_code=area)


async def _find_repeated(
    connection: AsyncConnection, key: str, target: SuppressionTarget
) -> Suppression:
    stored = await store.find_by_key(connection, key)
    if stored is None or stored.target != target:
        raise UnprocessableError("key_reused", "this key was used for another suppression")
    return stored


def _entry(action: str, suppression: Suppression, by: Requester) -> AuditEntry:
    target = suppression.target
    return AuditEntry(
        at=by.at,
        actor=by.account.name,
        action=action,
        incident=suppression.incident,
        reason=suppression.reason,
        detail={
            "suppression": str(suppression.id),
            "kind": suppression.kind,
            "node": target.node,
            "camera": target.camera,
            "zone": target.zone,
            "scenario": target.scenario,
            "area": target.area_code,
            "region": list(astuple(target.region)) if target.region else None,
            "ends_at": suppression.ends_at.isoformat(),
            "includes_life_and_limb": suppression.includes_life_and_limb,
        },
    )
