"""What a rule was asked and what it said; and how far it was from speaking.

A rule says nothing below its threshold. To know how near it came, it is asked a second time
in the same scene, with one parameter at the end of its range: what it then measures under the
name of that parameter is the quantity that the parameter bounds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.geometry.shapes import ZoneOrLine
from pipeline.rules.scenario import Rule, Scenario
from pipeline.scene.scene import Scene
from pipeline.signal import Signal
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Number, Setting


@dataclass(frozen=True, slots=True)
class RuleEvaluation:
    """One question to the rule: what it could see, and what it said."""

    scene: Scene
    signals: tuple[Signal, ...]


@dataclass(slots=True)
class RecordingRule:
    """A rule that is listened to; it answers as ever."""

    rule: Rule
    evaluations: list[RuleEvaluation] = field(default_factory=list)

    def __call__(self, scene: Scene) -> Iterable[Signal]:
        """Ask the rule, and keep question and answer."""
        said = tuple(self.rule(scene))
        self.evaluations.append(RuleEvaluation(scene, said))
        return said

    def take_evaluations(self) -> list[RuleEvaluation]:
        """Hand over what was asked since the last time, and forget it."""
        heard, self.evaluations = self.evaluations, []
        return heard


def record_evaluations(scenario: Scenario) -> tuple[Scenario, RecordingRule]:
    """Make a scenario that can be listened to."""
    listener = RecordingRule(scenario.rule)
    return replace(scenario, rule=listener), listener


@dataclass(slots=True)
class Gauge:
    """One parameter, and the quantity that it bounds.

    Args:
        threshold: What the site has set.
        values: The quantity, one a frame; ``None`` where there was nothing to measure.
    """

    setting: Setting
    threshold: Number
    range_end: Number
    rule: Rule
    values: list[float | None] = field(default_factory=list)

    def measure(self, scenes: Sequence[Scene]) -> None:
        """Measure a frame, in all its zones; the value nearest to the hazard counts."""
        said = [signal for scene in scenes for signal in self.rule(scene)]
        name = self.setting.name
        found = [signal.measures[name] for signal in said if name in signal.measures]
        nearest = max if self.range_end <= self.threshold else min
        self.values.append(nearest(found) if found else None)

    @property
    def has_measured(self) -> bool:
        """Whether it has measured anything: a rule may just say what was set."""
        return any(value not in {None, float(self.range_end)} for value in self.values)

    @property
    def readings(self) -> int:
        """Frames in which there was something to measure."""
        return sum(value is not None for value in self.values)


def make_gauges(
    kind: ScenarioType, zones: Sequence[ZoneOrLine], settings: Mapping[str, object]
) -> list[Gauge]:
    """Make two for each parameter, one from either end of its range."""
    made = []
    for setting in kind.settings:
        if setting.role != "parameter":
            continue
        given = settings.get(setting.name, setting.default)
        threshold = given if isinstance(given, int | float) else setting.default
        for end in {setting.minimum, setting.maximum} - {threshold} or {threshold}:
            rule = kind.bind(zones, {**settings, setting.name: end}).rule
            made.append(Gauge(setting=setting, threshold=threshold, range_end=end, rule=rule))
    return made


def select_gauges(all_gauges: Iterable[Gauge]) -> list[Gauge]:
    """Keep for each parameter the gauge that measured most often, if any did."""
    kept: dict[str, Gauge] = {}
    for gauge in sorted(all_gauges, key=lambda g: (g.readings, g.range_end <= g.threshold)):
        if gauge.has_measured:
            kept[gauge.setting.name] = gauge
    return list(kept.values())
