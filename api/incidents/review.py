"""The desk's word on an incident: it is true, or it is not."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.database import unit_of_work
from api.database.unit_of_work import AuditEntry
from api.errors import ConflictError, NotFoundError
from api.incidents import lifecycle
from api.incidents import queries as incidents_queries
from api.incidents.lifecycle import Action, IncidentState
from api.incidents.work_orders import store as work_orders_store


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """What the desk says, of the version it has seen."""

    action: Action
    version: int
    reason: str = ""
    idem_key: str | None = None


async def record_review(
    connection: AsyncConnection,
    incident: UUID,
    decision: ReviewDecision,
    *,
    account: Account,
    now: datetime,
) -> None:
    """Write the desk's word down with all that follows from it.

    Said again with the same idempotency key, it changes nothing.

    Raises:
        NotFoundError: There is none, or it is outside this account's area.
        StepRefusedError: It has moved on meanwhile, or the loop does not allow it.
    """
    held = await unit_of_work.lock_incident(connection, incident)
    found = await incidents_queries.get_incident(connection, incident, account)
    if held is None or found is None:
        raise NotFoundError("no_such_incident")
    key = scoped_key(account, decision.idem_key)
    if await is_repeated_request(connection, key, (decision.action, incident), at=held):
        return
    if decision.version != found.version:
        raise ConflictError("stale", found.state, found.version)
    facts, version = found.actor, found.version
    after = lifecycle.apply_action(
        found.state, decision.action, facts, reason=decision.reason, version=version
    )
    entry = AuditEntry(
        at=now,
        actor=account.name,
        action=decision.action,
        incident=incident,
        order=found.order.id if found.order else None,
        from_state=found.state,
        to_state=after,
        reason=decision.reason,
        idem_key=key,
    )
    await unit_of_work.record(connection, entry)
    value = "true" if decision.action is Action.CONFIRM else "false"
    await unit_of_work.add_verdict(
        connection,
        incident,
        value=value,
        stage="review",
        reason=decision.reason,
        actor=account.id,
        at=now,
    )
    await unit_of_work.set_state(connection, incident, after)
    if after is IncidentState.REJECTED and found.order is not None:
        await work_orders_store.close(connection, found.order.id, "cancelled", now=now)
    area_code = found.area.code if found.area else None
    await unit_of_work.publish(connection, "incident", incident, at=now, area_code=area_code)
    await unit_of_work.notify_listeners(connection)


def scoped_key(who: Account, idem_key: str | None) -> str | None:
    """Make a key that no other account's key can equal."""
    return f"{who.id}:{idem_key}" if idem_key else None


async def is_repeated_request(
    connection: AsyncConnection,
    key: str | None,
    asked: tuple[Action, UUID],
    *,
    at: tuple[str, int],
) -> bool:
    """Tell whether this very request has been done before.

    Args:
        asked: The action, and the incident or order it is for.
        at: State and version, told to whom is refused.

    Raises:
        StepRefusedError: The key has been used for another request.
    """
    done = await unit_of_work.find_by_idempotency_key(connection, key) if key else None
    if done is None:
        return False
    action, *named = done
    if action != asked[0] or asked[1] not in named:
        raise ConflictError("key_reused", *at)
    return True
