"""A scenario as a site has configured it: zones, timing, schedule and the bound rule."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.alerting.episode import AlertTiming
from pipeline.geometry.shapes import ZoneOrLine
from pipeline.rules.schedule import ALWAYS, Schedule
from pipeline.scenario_spec import ScenarioSpec
from pipeline.scene.scene import Scene
from pipeline.second_look.look_result import LookEffect
from pipeline.signal import Level, Signal

Rule = Callable[[Scene], Iterable[Signal]]
"""Yields the signals of one zone in one frame; it keeps no state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario on one camera.

    Args:
        rule: With its parameters bound.
        level: The site's level instead of that of the spec; signals above both keep theirs.
        zones: At least one zone or line.
        min_objects: With fewer tracks in a zone the rule returns the same as for an empty zone.
        schedule: When the rule is evaluated; at other times open alerts clear.
        look_effect: What second looks may do to an alert beyond its score.
    """

    spec: ScenarioSpec
    timing: AlertTiming
    rule: Rule
    level: Level
    zones: tuple[ZoneOrLine, ...]
    min_objects: int = 1
    schedule: Schedule = ALWAYS
    look_effect: LookEffect = LookEffect.SCORE_ONLY
