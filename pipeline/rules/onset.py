"""Whether something may begin soon: what is watched for is near a zone that has told nothing yet.

A scenario that opens within seconds has none to lose at the beginning, and a count that is
about to reach its threshold has given no signal yet. Where nothing comes of it, as of cars on
a road closed to people on foot, it is not waited for longer than ``PATIENCE``.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pipeline.rules.scenario import Scenario
from pipeline.scene.context_builder import ZoneContext

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
        self._least = scenario.min_objects
        self._since: datetime | None = None
        self.is_near = False

    def push(self, at: datetime, untold: Iterable[ZoneContext], *, signals: bool) -> None:
        """Take a frame.

        Args:
            untold: What can be seen of the zones that are no happening that is open: one that is
                can only go on.
            signals: It has a signal in this frame: what is near is more than that.
        """
        if not self.is_hasty:
            return
        near = any(self._may_begin(outlook) for outlook in untold)
        if signals or not near or self._since is None:
            self._since = at
        self.is_near = near and at - self._since <= PATIENCE

    def _may_begin(self, outlook: ZoneContext) -> bool:
        enough = len(outlook.tracks.tracks) + NEWCOMERS >= self._least
        return enough and outlook.is_approached
