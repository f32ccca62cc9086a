"""The desk's word on an incident: it is true, or it is not."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.database import unit_of_work
from api.database.unit_of_work import Entry
from api.incidents import lifecycle
from api.incidents import queries as incidents_queries
from api.incidents.lifecycle import Action, State
from api.incidents.work_orders import store as work_orders_store
from api.refusals import NotFoundError, StepRefusedError


@dataclass(frozen=True, slots=True)
class Word:
    """What the desk says, of the version it has seen."""

    action: Action
    version: int
    reason: str = ""
    idem_key: str | None = None


async def say(
    connection: AsyncConnection, incident: UUID, word: Word, *, who: Account, now: datetime
) -> None:
    """Write the desk's word down with all that follows from it.

    Said again with the same idempotency key, it changes nothing.

    Raises:
        NotFoundError: There is none, or it is outside this account's area.
        StepRefusedError: It has moved on meanwhile, or the loop does not allow it.
    """
    held = await unit_of_work.lock(connection, incident)
    found = await incidents_queries.one(connection, incident, who)
    if held is None or found is None:
        raise NotFoundError("no_such_incident")
    key = personal(who, word.idem_key)
    if await is_repeated(connection, key, (word.action, incident), at=held):
        return
    if word.version != found.version:
        raise StepRefusedError("stale", found.state, found.version)
    facts, version = found.facts, found.version
    after = lifecycle.step(found.state, word.action, facts, reason=word.reason, version=version)
    entry = Entry(
        at=now,
        actor=who.name,
        action=word.action,
        incident=incident,
        order=found.order.id if found.order else None,
        before=found.state,
        after=after,
        reason=word.reason,
        idem_key=key,
    )
    await unit_of_work.note(connection, entry)
    value = "true" if word.action is Action.CONFIRM else "false"
    await unit_of_work.judge(
        connection,
        incident,
        value=value,
        stage="review",
        reason=word.reason,
        actor=who.id,
        at=now,
    )
    await unit_of_work.set_state(connection, incident, after)
    if after is State.REJECTED and found.order is not None:
        await work_orders_store.end(connection, found.order.id, "cancelled", now=now)
    area_code = found.area.code if found.area else None
    await unit_of_work.tell(connection, "incident", incident, at=now, area_code=area_code)
    await unit_of_work.wake(connection)


def personal(who: Account, idem_key: str | None) -> str | None:
    """Make a key that no other account's key can equal."""
    return f"{who.id}:{idem_key}" if idem_key else None


async def is_repeated(
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
    done = await unit_of_work.done_before(connection, key) if key else None
    if done is None:
        return False
    action, *named = done
    if action != asked[0] or asked[1] not in named:
        raise StepRefusedError("key_reused", *at)
    return True
