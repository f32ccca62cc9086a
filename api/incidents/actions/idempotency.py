"""Carry out a request once, however often a phone or page repeats it."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import ConflictError
from api.incidents import store as incidents_store
from api.incidents.lifecycle import Action


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
