"""How long each state of an incident may last, by level. Pure."""

from datetime import timedelta

from api.incidents.lifecycle import IncidentState
from pipeline.signal import Level

MAX_REMINDER_INTERVAL = timedelta(hours=1)
MINUTES_PER_HOUR = 60


def _by_level(critical: float, major: float, minor: float) -> dict[Level, timedelta]:
    """Return limits in minutes; ``info`` has the limit of ``minor``."""
    return {
        Level.CRITICAL: timedelta(minutes=critical),
        Level.MAJOR: timedelta(minutes=major),
        Level.MINOR: timedelta(minutes=minor),
        Level.INFO: timedelta(minutes=minor),
    }


_WORK = _by_level(2 * MINUTES_PER_HOUR, 24 * MINUTES_PER_HOUR, 72 * MINUTES_PER_HOUR)

TIME_LIMITS = {
    IncidentState.NEW: _by_level(1, 2, 5),
    IncidentState.DISPATCHED: _by_level(2, 5, 15),
    IncidentState.ACCEPTED: _by_level(15, 30, 60),
    IncidentState.HANDLING: _WORK,
    IncidentState.FEEDBACK: _WORK,
    IncidentState.VERIFYING: _WORK,
}
"""Starting values: time to review, accept, arrive, handle and verify."""


def time_limit(state: IncidentState, level: Level) -> timedelta:
    """Return how long an incident of this level may stay in a state that has a limit."""
    return TIME_LIMITS[state][level]


def reminder_interval(level: Level, rounds: int) -> timedelta:
    """Return how long to wait for an answer after the last escalation level.

    The interval doubles each round, up to an hour, and is never below the time to accept.

    Args:
        rounds: How often the order has been escalated.
    """
    accept_limit = time_limit(IncidentState.DISPATCHED, level)
    doubled: timedelta = accept_limit * 2 ** min(rounds, 10)
    return max(accept_limit, min(doubled, MAX_REMINDER_INTERVAL))
