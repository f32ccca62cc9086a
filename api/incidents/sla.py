"""How long each step of the loop may take, by level; pure."""

from datetime import timedelta

from api.incidents.lifecycle import IncidentState


def _minutes(*values: float) -> dict[str, timedelta]:
    """Critical, major, minor and info; a note has the time of a minor one."""
    critical, major, minor = (timedelta(minutes=value) for value in values)
    return {"critical": critical, "major": major, "minor": minor, "info": minor}


HOUR = 60
LIMITS = {
    IncidentState.NEW: _minutes(1, 2, 5),
    IncidentState.DISPATCHED: _minutes(2, 5, 15),
    IncidentState.ACCEPTED: _minutes(15, 30, 60),
    IncidentState.HANDLING: _minutes(2 * HOUR, 24 * HOUR, 72 * HOUR),
    IncidentState.FEEDBACK: _minutes(2 * HOUR, 24 * HOUR, 72 * HOUR),
    IncidentState.VERIFYING: _minutes(2 * HOUR, 24 * HOUR, 72 * HOUR),
}
"""Starting values: review, accept, arrive, handle, verify."""

MAX_REMINDER_INTERVAL = timedelta(hours=1)


def time_limit(state: IncidentState, level: str) -> timedelta:
    """Tell how long an incident of this level may stay in a state that has a clock."""
    return LIMITS[state][level]


def reminder_interval(level: str, rounds: int) -> timedelta:
    """Tell how long to wait for an answer once nobody is left to climb to.

    Twice as long each round, at most an hour, or the accept clock where that is longer.
    """
    first = time_limit(IncidentState.DISPATCHED, level)
    longer: timedelta = first * 2 ** min(rounds, 10)
    return max(first, min(longer, MAX_REMINDER_INTERVAL))
