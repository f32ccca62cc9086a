"""How often a scenario is asked: what must last for minutes need not be looked for in each frame.

An alert then opens and closes less than a second from when it would have, of short holds less than
a 25th of them. A rule that has time, or whose alerts are open, costs half to a fifth. Frame time
alone decides, so that a replay asks as the live camera did.
"""

from datetime import datetime, timedelta

from pipeline.alerting.timing import ZERO
from pipeline.geometry.shapes import Line
from pipeline.rules.capability import Capability
from pipeline.rules.hazard import Per
from pipeline.rules.scenario import Scenario

PART = 25
"""It is asked so many times in its hold, and in the time after which it is over. Of five frames a
second, holds of five seconds and less are asked about each: there one frame tips the scales."""
EARLY = 8
"""Frames tremble: one that comes by so small a part of a frame too early is taken."""
RAREST = timedelta(seconds=1)
"""The longest time between two questions, unless frames come more rarely."""
MOMENTARY = frozenset({Capability.FALLING_OBJECTS, Capability.OUTAGES})
"""What one frame shows and the next may not."""


class Pace:
    """Say of each frame whether the scenario is asked about it.

    Args:
        turn: Those of an odd one are first asked sooner again than those of an even one, so that
            not all fall on the same frames.
    """

    def __init__(self, scenario: Scenario, *, turn: int = 0) -> None:
        self._every = every(scenario), every(scenario, told=True)
        self._ahead = self._every[0] / 2 if turn % 2 else ZERO
        self._last: datetime | None = None
        self._asked: datetime | None = None

    def is_due(self, at: datetime, *, told: bool = False) -> bool:
        """Take a frame; the first one, and the first one after a gap, are always due.

        Args:
            told: Its alerts are open: they can only go on, get worse, or end.
        """
        wait = self._every[told]
        if not wait:
            return True
        last, self._last = self._last or at, at
        if self._asked is None:
            self._asked = at - self._ahead
            return True
        is_due = at - self._asked + (at - last) / EARLY >= wait
        if is_due:
            self._asked = at
        return is_due

    def forget(self) -> None:
        """Note a gap."""
        self._last = self._asked = None


def every(scenario: Scenario, *, told: bool = False) -> timedelta:
    """How much time should lie between two questions; none for every frame.

    Args:
        told: Each zone is a happening that is open, so that no other can begin.
    """
    if MOMENTARY & scenario.spec.capabilities:
        return ZERO
    clear = min(scenario.timing.clear / PART, RAREST)
    if told and scenario.spec.per is not Per.SUBJECT:
        return clear
    crosses = any(isinstance(place, Line) for place in scenario.zones)
    return ZERO if crosses else min(scenario.timing.hold / PART, clear)
