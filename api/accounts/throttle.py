"""Slow down password guessing."""

from collections import OrderedDict
from datetime import datetime, timedelta

from api.errors import TooManyAttemptsError

MAX_FREE_ATTEMPTS = 5
MAX_WAIT = timedelta(minutes=15)
MAX_NAMES = 10_000


class Throttle:
    """Make a name wait after five wrong passwords, twice as long after each further one.

    The counts are in the memory of one process: N processes allow N times as many attempts.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def check(self, name: str, now: datetime) -> None:
        """Allow an attempt.

        Raises:
            TooManyAttemptsError: The name has to wait.
        """
        n_failures, last_at = self._failures.get(name, (0, now))
        if n_failures < MAX_FREE_ATTEMPTS:
            return
        wait = min(timedelta(seconds=2 ** min(n_failures, 12)), MAX_WAIT)
        until = last_at + wait
        if until > now:
            raise TooManyAttemptsError(int((until - now).total_seconds()) + 1)

    def record_failure(self, name: str, now: datetime) -> None:
        """Count a wrong password."""
        n_failures, _ = self._failures.pop(name, (0, now))
        self._failures[name] = (n_failures + 1, now)
        while len(self._failures) > MAX_NAMES:
            self._failures.popitem(last=False)

    def reset(self, name: str) -> None:
        """Forget the wrong passwords of a name."""
        self._failures.pop(name, None)
