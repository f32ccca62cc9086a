"""A hazard as a site has set it: where and when to look, how long it must last, and the rule."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.alerting.timing import AlertTiming
from pipeline.geometry.shapes import ZoneOrLine
from pipeline.rules.hazard import ScenarioSpec
from pipeline.rules.schedule import ALWAYS, Schedule
from pipeline.scene.scene import Scene
from pipeline.signal import Level, Signal

Rule = Callable[[Scene], Iterable[Signal]]
"""Points at what it sees in one frame; holding and clearing come after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All that one camera needs to watch for one hazard.

    Args:
        rule: With its parameters filled in.
        level: The site's own, in place of the hazard's; worse signals stay worse.
        zones: At least one.
        min_objects: With fewer tracks in a zone the rule returns the same as for an empty zone.
        schedule: When the rule is asked; at other times its alerts clear.
    """

    spec: ScenarioSpec
    timing: AlertTiming
    rule: Rule
    level: Level
    zones: tuple[ZoneOrLine, ...]
    min_objects: int = 1
    schedule: Schedule = ALWAYS
