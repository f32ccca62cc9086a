"""Merge the views of one matter among incidents that were put off together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.incidents.correlation import context_store
from api.incidents.correlation.camera_merge import MergeVerdict, SeenMatter, find_same_matter
from api.incidents.merging.merge import merge_incidents


async def merge_views(
    connection: AsyncConnection, incidents: Sequence[UUID], *, now: datetime
) -> list[UUID]:
    """Merge each incident into an earlier one that shows the same matter.

    Args:
        incidents: Are open and stand for themselves; their rows are locked.

    Returns:
        Those that still stand for themselves.
    """
    matters = await context_store.list_matters(connection, incidents)
    overlaps = await context_store.get_overlaps(connection, [matter.view for matter in matters])
    roots: list[SeenMatter] = []
    for matter in matters:
        found = find_same_matter(matter, roots, overlaps)
        if found is None or found[1].verdict is not MergeVerdict.MERGE:
            roots.append(matter)
            continue
        root, score = found
        await _merge(connection, matter, root, reason=score.parameters, now=now)
    return [root.id for root in roots if root.id is not None]


async def _merge(
    connection: AsyncConnection,
    view: SeenMatter,
    root: SeenMatter,
    *,
    reason: dict[str, object],
    now: datetime,
) -> None:
    if view.id is not None and root.id is not None:
        await merge_incidents(connection, view.id, root.id, reason=reason, now=now)
