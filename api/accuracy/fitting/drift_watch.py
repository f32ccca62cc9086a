"""Follow the scores of each camera and scenario, and notice when they change (``drift``).

A source is followed by its raw scores, which need no verdicts: a moved or dirty camera shows in
them first. An alarm stays until a new calibration of the scenario is shipped, or a person starts
the camera anew.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.drift import DAYS_PER_YEAR, DriftDetector
from api.accuracy.fitting import drift_store
from api.accuracy.fitting.drift_store import FollowedSource

MIN_PER_YEAR = 365.0
"""A source with fewer alerts is treated as if it had one a day: its limit would be too low to
be safe while its rate is hardly known."""
SOURCES_PER_BATCH = 50
ONE_DAY = timedelta(days=1)
SETTLED_AFTER = timedelta(hours=1)
"""The highest score of an incident hardly changes later."""

log = structlog.get_logger(__name__)


async def follow_scores(engine: AsyncEngine, *, now: datetime) -> list[FollowedSource]:
    """Take the new incidents of every source into account; return those that have changed.

    Of several processes, one at a time works.
    """
    drifting: list[FollowedSource] = []
    is_complete = False
    while not is_complete:
        async with engine.begin() as connection:
            if not await drift_store.try_lock(connection):
                return drifting
            sources = await drift_store.list_unfollowed(
                connection, until=now - SETTLED_AFTER, limit=SOURCES_PER_BATCH
            )
            followed = [follow(source, now=now) for source in sources]
            new = [source for source in followed if source.is_drifting]
            await drift_store.update_states(connection, followed, until=now - SETTLED_AFTER)
            await drift_store.mark_drifting(connection, new, now=now)
        for source in new:
            log.warning("scores_drift", **source.configuration._asdict())
        drifting += new
        is_complete = len(sources) < SOURCES_PER_BATCH
    return drifting


def follow(source: FollowedSource, *, now: datetime) -> FollowedSource:
    """Return the state of a source after its new incidents."""
    age = max(now - source.first_at, ONE_DAY)
    since_then = max(now - source.followed_until, ONE_DAY)
    # The higher of both rates: a limit for too few values would be too low.
    per_day = max(
        (len(source.scores) + len(source.new)) / (age / ONE_DAY),
        len(source.new) / (since_then / ONE_DAY),
    )
    detector = DriftDetector(
        values_per_year=max(per_day * DAYS_PER_YEAR, MIN_PER_YEAR),
        seen=list(source.scores),
        statistics=np.array(source.statistics),
    )
    is_drifting = False
    for incident, score in source.new:
        # A random number that every process would draw alike.
        digest = hashlib.sha256(b"drift" + incident.bytes).digest()
        is_drifting |= detector.push(score, int.from_bytes(digest[:8], "big") / 2**64)
    return replace(
        source,
        new=(),
        scores=detector.seen,
        statistics=detector.statistics.tolist(),
        evidence=detector.evidence,
        is_drifting=is_drifting,
    )
