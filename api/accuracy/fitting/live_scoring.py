"""Hold the calibrations and thresholds in force in memory, and read them anew when they change."""

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.fitting import store
from api.accuracy.fitting.scoring import Scoring
from api.database.engine import single_statements
from api.supervisor import repeat

CHECK_INTERVAL_S = 5.0
"""How much later another process may use a new calibration."""

log = structlog.get_logger(__name__)


class LiveScoring:
    """What ingest scores with; every process keeps its own copy.

    Args:
        first_look: Whether an operator sees the alerts of a new source first.
    """

    def __init__(self, engine: AsyncEngine, *, first_look: bool) -> None:
        self._reader = single_statements(engine)
        self._mark: tuple[int, int] | None = None
        self.current = Scoring(first_look=first_look)

    async def run(self) -> None:
        """Look for changes until cancelled; what was read last stays while the database is down."""
        await repeat(self.refresh, every_s=CHECK_INTERVAL_S, failure_event="scoring_not_read")

    async def refresh(self) -> bool:
        """Read what is in force if it has changed; return whether it has."""
        async with self._reader.connect() as connection:
            mark = await store.get_change_mark(connection)
            if mark == self._mark:
                return False
            fits, thresholds = await store.get_in_force(connection)
        first_look = self.current.first_look
        self.current = Scoring(fits=fits, thresholds=thresholds, first_look=first_look)
        self._mark = mark
        log.info("scoring_read", fits=len(fits), thresholds=len(thresholds))
        return True
