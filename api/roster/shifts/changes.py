"""Change the roster: plan, replace, call up, correct, end.

Each change is one transaction: the shift, the audit entry and the idempotency key.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.audit import store as audit_store
from api.audit.store import AuditEntry
from api.errors import ForbiddenError, NotFoundError, UnprocessableError
from api.roster.model import PLANNER_ROLES, ShiftSource
from api.roster.shifts import store as shifts_store
from api.roster.shifts.decisions import (
    Phase,
    check_version,
    correct_shift,
    phase_of,
    plan_hours,
    plan_replacement,
)
from api.roster.shifts.model import Correction, NewShift, PlannedShift, Replacement, Requester

_CREATED_AS = {
    ShiftSource.RULE: "shift_planned",
    ShiftSource.OVERRIDE: "shift_replaced",
    ShiftSource.SWAP: "shift_replaced",
    ShiftSource.CALLUP: "called_up",
}


async def plan_shift(connection: AsyncConnection, new: NewShift, *, by: Requester) -> PlannedShift:
    """Store a shift of the regular roster, or a call-up with its approver.

    Raises:
        ForbiddenError: The role or area of the account does not allow it.
        UnprocessableError: Nobody has this name, the approver may not approve it, or the hours
            have passed or overlap another shift of the person.
    """
    _require_planner(by.account, new.area_code)
    if not await shifts_store.area_exists(connection, new.area_code):
        raise NotFoundError("no_such_area")
    repeated = await _find_repeated(connection, _CREATED_AS[new.source], by)
    if repeated is not None:
        return repeated
    if new.approved_by is not None:
        await _require_approver(connection, new.approved_by, new.area_code)
    hours = plan_hours(new.starts_at, new.ends_at, now=by.at)
    return await _insert(connection, replace(new, starts_at=hours.start), by)


async def replace_colleague(
    connection: AsyncConnection, shift: UUID, replacement: Replacement, *, by: Requester
) -> PlannedShift:
    """Let a person replace another one in a shift or in some hours of it.

    Raises:
        ConflictError: The shift has changed or is past.
        UnprocessableError: The hours are not within the shift, or it is the same person.
    """
    replaced = await _lock(connection, shift, by)
    repeated = await _find_repeated(connection, _CREATED_AS[replacement.source], by)
    if repeated is not None:
        return repeated
    check_version(replaced, replacement.version, now=by.at)
    if replacement.account == replaced.account:
        raise UnprocessableError("same_person", "name a colleague")
    hours = plan_replacement(replaced, (replacement.starts_at, replacement.ends_at), now=by.at)
    new = NewShift(
        account=replacement.account,
        area_code=replaced.area_code,
        source=replacement.source,
        starts_at=hours.start,
        ends_at=hours.end,
        replaces=replaced.id,
    )
    return await _insert(connection, new, by)


async def correct(
    connection: AsyncConnection, shift: UUID, correction: Correction, *, by: Requester
) -> PlannedShift:
    """Change the person or the hours of a shift; what has passed stays.

    Raises:
        ConflictError: The shift has changed or is past.
        UnprocessableError: It would change the past, or overlap another shift of the person.
    """
    stored = await _lock(connection, shift, by)
    if not await _is_first(connection, "shift_corrected", shift, by):
        return stored
    check_version(stored, correction.version, now=by.at)
    corrected = correct_shift(stored, correction, now=by.at)
    await _require_person(connection, corrected.account)
    if not await shifts_store.update_shift(connection, corrected):
        raise _overlap(corrected.account)
    await _record(connection, "shift_corrected", corrected, by, before=stored)
    return replace(corrected, version=stored.version + 1)


async def end(connection: AsyncConnection, shift: UUID, version: int, *, by: Requester) -> None:
    """Delete a shift that has not begun, or let a running one end now.

    Raises:
        ConflictError: The shift has changed or is past.
    """
    if not await _is_first(connection, "shift_ended", shift, by):
        return
    stored = await _lock(connection, shift, by)
    check_version(stored, version, now=by.at)
    if phase_of(stored, now=by.at) is Phase.FUTURE:
        await shifts_store.delete_shift(connection, shift)
        await _record(connection, "shift_deleted", stored, by)
    else:
        await shifts_store.end_shift(connection, shift, at=by.at)
        await _record(connection, "shift_ended", replace(stored, ends_at=by.at), by, before=stored)


async def _insert(connection: AsyncConnection, new: NewShift, by: Requester) -> PlannedShift:
    await _require_person(connection, new.account)
    shift = await shifts_store.insert_shift(connection, new)
    stored = await shifts_store.get_shift(connection, shift) if shift else None
    if stored is None:
        raise _overlap(new.account)
    if by.idem_key:
        await shifts_store.complete_key(connection, by.idem_key, stored.id)
    await _record(connection, _CREATED_AS[new.source], stored, by)
    return stored


async def _lock(connection: AsyncConnection, shift: UUID, by: Requester) -> PlannedShift:
    stored = await shifts_store.lock_shift(connection, shift)
    if stored is None or not by.account.covers(stored.area_code):
        raise NotFoundError("no_such_shift")
    _require_planner(by.account, stored.area_code)
    return stored


async def _find_repeated(
    connection: AsyncConnection, action: str, by: Requester
) -> PlannedShift | None:
    """Return what the same request has created before; ``None`` if it is the first."""
    if await _is_first(connection, action, None, by):
        return None
    _, shift = await shifts_store.find_key(connection, by.idem_key or "")
    stored = await shifts_store.get_shift(connection, shift) if shift else None
    if stored is None:
        raise NotFoundError("no_such_shift", "it has been deleted since")
    return stored


async def _is_first(
    connection: AsyncConnection, action: str, shift: UUID | None, by: Requester
) -> bool:
    """Store the idempotency key; return whether the request has not been carried out before.

    Raises:
        UnprocessableError: The key was used for another request.
    """
    key = by.idem_key
    if key is None or await shifts_store.claim_key(connection, key, action, shift=shift, at=by.at):
        return True
    earlier, object_id = await shifts_store.find_key(connection, key)
    if earlier != action or shift not in {None, object_id}:
        raise UnprocessableError("key_reused", "this key was used for another request")
    return False


def _require_planner(account: Account, area_code: str) -> None:
    if account.role not in PLANNER_ROLES:
        raise ForbiddenError("not_for_your_role")
    if not account.covers(area_code):
        raise ForbiddenError("not_your_area")


async def _require_person(connection: AsyncConnection, name: str) -> None:
    if await shifts_store.find_person(connection, name) is None:
        raise UnprocessableError("no_such_account", f"{name} is not an active account")


async def _require_approver(connection: AsyncConnection, name: str, area_code: str) -> None:
    person = await shifts_store.find_person(connection, name)
    is_allowed = (
        person is not None
        and person.role in PLANNER_ROLES
        and area_code.startswith(person.area_code)
    )
    if not is_allowed:
        raise UnprocessableError("may_not_approve", f"{name} is no supervisor of this area")


def _overlap(account: str) -> UnprocessableError:
    return UnprocessableError("overlaps", f"{account} has a shift of this kind there at that time")


async def _record(
    connection: AsyncConnection,
    action: str,
    shift: PlannedShift,
    by: Requester,
    *,
    before: PlannedShift | None = None,
) -> None:
    detail: dict[str, object] = {"shift": str(shift.id), **_facts(shift)}
    if before is not None:
        detail["before"] = _facts(before)
    await audit_store.record(
        connection,
        AuditEntry(at=by.at, actor=by.account.name, action=action, reason=by.reason, detail=detail),
    )


def _facts(shift: PlannedShift) -> dict[str, object]:
    names = ("account", "area_code", "source", "replaced_account", "approved_by")
    hours: dict[str, datetime] = {"starts_at": shift.starts_at, "ends_at": shift.ends_at}
    facts = {name: getattr(shift, name) for name in names}
    return facts | {name: at.isoformat() for name, at in hours.items()}
