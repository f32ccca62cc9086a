"""Slow down password guessing, without letting a stranger lock anybody out.

The waiting belongs to a name and an address together. Guesses at one name from many addresses, and
at many names from one address, wait as well, but later and shorter. A device on which the account
has logged in before waits for its own guesses only.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.errors import TooManyAttemptsError

MAX_ENTRIES = 10_000
FORGET_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many guesses are free, and how long the wait gets that doubles with each further one."""

    n_free: int
    max_wait: timedelta


PAIR = Limit(5, timedelta(minutes=15))
DEVICE = Limit(5, timedelta(minutes=15))
NAME = Limit(100, timedelta(seconds=30))
ADDRESS = Limit(100, timedelta(minutes=1))
"""Many people share the address of an office."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that is tried.

    Args:
        device: A device on which this account has logged in before; ``None`` for another one.
    """

    name: str
    address: str
    device: str | None = None

    @property
    def limits(self) -> list[tuple[Limit, tuple[str, ...]]]:
        """The limits that apply, each with what it counts."""
        if self.device is not None:
            return [(DEVICE, ("device", self.name, self.device))]
        return [
            (PAIR, ("pair", self.name, self.address)),
            (NAME, ("name", self.name)),
            (ADDRESS, ("address", self.address)),
        ]


class Throttle:
    """Counts attempts; one that succeeds is taken back.

    The counts are in the memory of one process: N processes allow N times as many attempts.
    """

    def __init__(self) -> None:
        self._counts: dict[str, OrderedDict[tuple[str, ...], tuple[int, datetime]]] = {}

    def begin(self, attempt: Attempt, now: datetime) -> None:
        """Allow an attempt, and count it: many at the same time are as many guesses.

        Raises:
            TooManyAttemptsError: It has to wait.
        """
        wait_until = max(self._wait_until(limit, key, now) for limit, key in attempt.limits)
        if wait_until > now:
            raise TooManyAttemptsError(int((wait_until - now).total_seconds()) + 1)
        for _, key in attempt.limits:
            counts = self._counts.setdefault(key[0], OrderedDict())
            n, _ = counts.pop(key, (0, now))
            counts[key] = (n + 1, now)
            while len(counts) > MAX_ENTRIES:
                counts.popitem(last=False)

    def succeed(self, attempt: Attempt) -> None:
        """Take an attempt back; those of this name from this address or device are forgotten."""
        for _, key in attempt.limits:
            counted = self._counts[key[0]].pop(key, None)
            if counted is not None and key[0] in {"name", "address"} and counted[0] > 1:
                self._counts[key[0]][key] = (counted[0] - 1, counted[1])

    def _wait_until(self, limit: Limit, key: tuple[str, ...], now: datetime) -> datetime:
        counts = self._counts.setdefault(key[0], OrderedDict())
        n, last_at = counts.get(key, (0, now))
        if last_at + FORGET_AFTER < now:
            counts.pop(key, None)
            return now
        if n < limit.n_free:
            return now
        return last_at + min(timedelta(seconds=2 ** min(n - limit.n_free + 5, 12)), limit.max_wait)
