"""The simulated clock, and everything that is still to happen, in order."""

import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

Act = Callable[[], Awaitable[None]]
"""What happens at a time; it reads the time from the agenda."""


class Agenda:
    """Run acts in the order of their times; acts of the same time run in the order they came.

    The agenda is also the clock of the simulation: calling it returns the simulated time, which
    stands still while an act runs.
    """

    def __init__(self, starts_at: datetime) -> None:
        self.now = starts_at
        self._acts: list[tuple[datetime, int, Act]] = []
        self._n_added = 0

    def __call__(self) -> datetime:
        """Return the simulated time."""
        return self.now

    def at(self, time: datetime, act: Act) -> None:
        """Plan an act; a time that has passed means at once."""
        self._n_added += 1
        heapq.heappush(self._acts, (max(time, self.now), self._n_added, act))

    def after(self, seconds: float, act: Act) -> None:
        """Plan an act ``seconds`` from now."""
        self.at(self.now + timedelta(seconds=seconds), act)

    def every(self, seconds: float, act: Act) -> None:
        """Plan an act ``seconds`` from now, and again as long after each time."""

        async def repeat() -> None:
            self.after(seconds, repeat)
            await act()

        self.after(seconds, repeat)

    async def run_until(self, time: datetime) -> None:
        """Run everything planned up to a time, and set the clock to it."""
        while self._acts and self._acts[0][0] <= time:
            self.now, _, act = heapq.heappop(self._acts)
            await act()
        self.now = time
