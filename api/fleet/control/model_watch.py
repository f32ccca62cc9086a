"""Watch new models of nodes, and take those back whose alerts drift or are less often true."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.fleet.control import config_store, rollback_store
from api.fleet.control.config_store import ConfigRevision
from api.fleet.control.desired_config import ConfigChange, Requester, set_desired_config
from api.fleet.control.model_rollback import (
    AUTHOR,
    WATCHED_FOR,
    find_model_change,
    find_rollback_reason,
)
from api.supervisor import repeat
from pipeline.wire import Node

INTERVAL = timedelta(days=1)
REVISIONS = 50
"""Revisions of a node among which the model before is looked for."""

log = structlog.get_logger(__name__)


class ModelWatch:
    """Checks the nodes with a new model once a day; of several processes, one at a time works."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    async def run(self) -> None:
        """Check until cancelled; wait for a database that is down."""
        await repeat(
            self.check, every_s=INTERVAL.total_seconds(), failure_event="model_watch_failed"
        )

    async def check(self) -> list[ConfigRevision]:
        """Take back every model that has to go; return the new revisions."""
        now = self._now()
        async with self._engine.begin() as connection:
            if not await rollback_store.try_lock(connection):
                return []
            nodes = await rollback_store.list_changed_nodes(connection, since=now - WATCHED_FOR)
            checked = [await _check_node(connection, node, now) for node in nodes]
        taken_back = [revision for revision in checked if revision is not None]
        for revision in taken_back:
            log.warning("model_taken_back", node=revision.node, reason=revision.note)
        return taken_back


async def _check_node(
    connection: AsyncConnection, name: str, now: datetime
) -> ConfigRevision | None:
    node = Node.parse(name)
    revisions = await config_store.list_revisions(connection, node, limit=REVISIONS)
    change = find_model_change(revisions, now)
    if change is None:
        return None
    reason = find_rollback_reason(change, await rollback_store.count_judged(connection, change))
    if not reason:
        return None
    back = ConfigChange(tables=change.tables_before, base_rev=change.rev, note=reason)
    return await set_desired_config(connection, node, back, by=Requester(name=AUTHOR, at=now))
