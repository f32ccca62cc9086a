"""Whether something may begin soon: what is watched for is near a zone that has told nothing yet.

A scenario that opens within seconds has none to lose at the beginning, and a count that is
about to reach its threshold has given no signal yet. Where nothing comes of it, as of cars on
a road closed to people on foot, it is not waited for longer than ``PATIENCE``.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pipeline.geometry import Place
from pipeline.scenario import Scenario
from pipeline.track import Track

HASTY = timedelta(seconds=5)
"""The longest hold for which the first moment matters so much."""
PATIENCE = timedelta(seconds=10)
"""How long something near without a signal is taken to be the beginning of one."""

NEWCOMERS = 1
"""So many more than are seen may be there at the next sample."""


class Onset:
    """Note who is near the zones of one scenario; equal frames give equal answers."""

    def __init__(self, scenario: Scenario) -> None:
        self.is_hasty = scenario.timing.hold <= HASTY
        self._least = scenario.least
        self._reach = [(zone.name, _edges(zone)) for zone in scenario.zones]
        self._since: datetime | None = None
        self.is_near = False

    def push(
        self,
        at: datetime,
        watched: Sequence[Track],
        *,
        signals: bool,
        is_told: Callable[[str], bool],
    ) -> None:
        """Take a frame.

        Args:
            watched: The tracks that the scenario watches for.
            signals: It has a signal in this frame: what is near is more than that.
            is_told: Whether a zone's happening is open: it can only go on.
        """
        if not self.is_hasty:
            return
        places = [edges for zone, edges in self._reach if not is_told(zone)]
        enough = len(watched) + NEWCOMERS >= self._least
        near = enough and any(_is_near(edges, one) for one in watched for edges in places)
        if signals or not near or self._since is None:
            self._since = at
        self.is_near = near and at - self._since <= PATIENCE


def _edges(zone: Place) -> tuple[float, float, float, float]:
    across, down = [p.x for p in zone.points], [p.y for p in zone.points]
    return min(across), min(down), max(across), max(down)


def _is_near(edges: tuple[float, float, float, float], track: Track) -> bool:
    """Whether its feet are less than its height away from the box around a zone."""
    left, top, right, bottom = edges
    foot, reach = track.box.foot, track.box.h
    return left - reach <= foot.x <= right + reach and top - reach <= foot.y <= bottom + reach
