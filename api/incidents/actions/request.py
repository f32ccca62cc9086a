"""Take in the request of a person for an action on an incident, and write what follows from it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.errors import ConflictError, NotFoundError
from api.incidents import lifecycle
from api.incidents import queries as incidents_queries
from api.incidents import store as incidents_store
from api.incidents.actions import store as actions_store
from api.incidents.clocks import Responsible, desk
from api.incidents.correlation import store as correlation_store
from api.incidents.lifecycle import Action, IncidentState
from api.incidents.queries import IncidentRecord
from api.incidents.unit_of_work import IncidentChange


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRequest:
    """What a person asks for.

    Args:
        version: Version of the incident that the person has seen; ``None`` if the action does not
            depend on it.
        reason: A code or free text.
        detail: For the audit log.
        idem_key: Not scoped yet.
        has_webhook: Whether every notification also goes to the webhook of the settings.
    """

    action: Action
    account: Account
    at: datetime
    version: int | None
    reason: str = ""
    detail: dict[str, object] = field(default_factory=dict)
    idem_key: str | None = None
    has_webhook: bool = False

    @property
    def key(self) -> str | None:
        """The idempotency key, which no other account's key equals."""
        return self.account.scoped_key(self.idem_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermittedAction:
    """A request that the table of transitions permits; the incident is locked.

    Args:
        record: The incident before the action.
        state: Its state after the action.
    """

    request: ActionRequest
    record: IncidentRecord
    state: IncidentState

    @property
    def area(self) -> str | None:
        """The area code of the incident."""
        return self.record.area.code if self.record.area else None

    @property
    def desk(self) -> Responsible:
        """The desk of the area, as responsible party."""
        return desk(self.area)

    @property
    def key(self) -> str:
        """A key for the notifications of this action; equal only for the same action."""
        return f"{self.record.id}:{self.record.version}:{self.request.action}"


async def permit(
    connection: AsyncConnection, incident: UUID, request: ActionRequest
) -> PermittedAction | None:
    """Lock an incident and check that the action is possible.

    Returns:
        ``None`` if the same request has been carried out before.

    Raises:
        NotFoundError: There is no such incident, or the account may not see it.
        ConflictError: The incident has changed since it was read, or its state does not allow the
            action.
    """
    current = await incidents_store.lock_incident(connection, incident)
    record = await incidents_queries.get_incident(connection, incident, request.account)
    if current is None or record is None:
        raise NotFoundError("no_such_incident")
    named = (request.action, incident)
    if await is_repeated_request(connection, request.key, named, current=current):
        return None
    if request.version is not None and request.version != record.version:
        raise ConflictError("stale", record.state, record.version)
    state = lifecycle.apply_action(
        record.state,
        request.action,
        record.actor_at(request.at),
        reason=request.reason,
        version=record.version,
    )
    return PermittedAction(request=request, record=record, state=state)


async def is_repeated_request(
    connection: AsyncConnection,
    key: str | None,
    request: tuple[Action, UUID],
    *,
    current: tuple[str, int],
) -> bool:
    """Return whether this request has been carried out before.

    Args:
        key: A scoped key; ``None`` if the client sent none.
        request: The action, and the incident or order it applies to.
        current: State and version of that object, for the error.

    Raises:
        ConflictError: The key was used for another request.
    """
    earlier = await incidents_store.find_request(connection, key) if key else None
    if earlier is None:
        return False
    action, *objects = earlier
    if action != request[0] or request[1] not in objects:
        raise ConflictError("key_reused", *current)
    return True


def to_change(permitted: PermittedAction, **values: object) -> IncidentChange:
    """Return the change of a permitted action; ``values`` are fields of ``IncidentChange``.

    Without ``state`` the state, its clock and the version stay as they are.
    """
    request, record = permitted.request, permitted.record
    common: dict[str, object] = {
        "incident": record.id,
        "action": request.action,
        "at": request.at,
        "account": request.account,
        "from_state": record.state,
        "area_code": permitted.area,
        "order": record.order.id if record.order else None,
        "reason": request.reason,
        "detail": request.detail,
        "idempotency_key": request.key,
    }
    return IncidentChange(**{**common, **values})  # type: ignore[arg-type]


async def find_open_again(connection: AsyncConnection, incident: UUID) -> UUID | None:
    """Return the other open incident of the same key, and reserve the key for this transaction.

    Call it before the incident is locked: ingest takes the two locks in this order.

    Raises:
        NotFoundError: There is no such incident.
    """
    key = await actions_store.get_key(connection, incident)
    if key is None:
        raise NotFoundError("no_such_incident")
    await correlation_store.lock_keys(connection, [key])
    slots, _ = await correlation_store.lock_holders(connection, [key])
    opened = slots[key].root if key in slots else None
    return opened if opened != incident else None
