"""Ask a verifier about one incident after another, beside everything else.

Nothing waits for an opinion: an incident is decided, pushed and escalated without it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.second_opinion import store
from api.accuracy.second_opinion.model import Opinion, Question
from api.accuracy.second_opinion.port import Verifier
from api.database.errors import UNREACHABLE_ERRORS
from api.errors import SecondOpinionError

INTERVAL_S = 5.0
"""How long to wait if there is nothing to ask, or the endpoint does not answer."""
MAX_AGE = timedelta(hours=1)
"""Older incidents are not asked about: somebody has looked by then."""

ReadPicture = Callable[[str], Awaitable[bytes]]
"""Returns the bytes of a stored picture by its SHA-256; raises ``FileNotFoundError``."""

log = structlog.get_logger(__name__)


class SecondOpinionAsker:
    """Asks about new incidents, one at a time.

    Args:
        title_of: Returns the English title of a scenario.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        verifier: Verifier,
        *,
        read_picture: ReadPicture,
        title_of: Callable[[str], str],
        now: Callable[[], datetime],
    ) -> None:
        self._engine, self._verifier = engine, verifier
        self._read_picture, self._title_of, self._now = read_picture, title_of, now

    async def run(self) -> None:
        """Ask until cancelled; wait for a database or an endpoint that is down."""
        while True:
            try:
                is_more = await self.ask_next()
            except UNREACHABLE_ERRORS as error:
                log.warning("second_opinion_failed", reason=str(error)[:500])
                is_more = False
            if not is_more:
                await asyncio.sleep(INTERVAL_S)

    async def ask_next(self) -> bool:
        """Ask about the next incident and store what is said.

        Returns:
            Whether there may be more to ask about now.
        """
        now = self._now()
        async with self._engine.connect() as connection:
            incident = await store.find_due_incident(connection, since=now - MAX_AGE)
        if incident is None:
            return False
        opinion: Opinion | None = None
        reason = ""
        try:
            opinion = await self._ask(incident)
        except SecondOpinionError as error:
            log.warning("second_opinion_failed", incident=str(incident.id), reason=str(error))
            if error.retryable:
                return False
            reason = error.reason
        except FileNotFoundError:
            reason = "the snapshot is no longer stored"
        async with self._engine.begin() as connection:
            await store.insert_opinion(
                connection, incident.id, self._verifier.name, opinion, error=reason, asked_at=now
            )
        return True

    async def _ask(self, incident: store.DueIncident) -> Opinion:
        return await self._verifier.ask(
            Question(
                title=self._title_of(incident.scenario),
                message=incident.message.en,
                picture=await self._read_picture(incident.sha256),
                media_type=incident.media_type,
            )
        )
