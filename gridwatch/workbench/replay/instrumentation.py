"""Record what a rule is evaluated on, and how far it is from its thresholds.

A rule yields nothing below its threshold. To know how close it came, it is evaluated a second
time on the same scene with one parameter at the end of its range: the measure of that name is
then the quantity that the parameter bounds.
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
    """One evaluation of a rule: its scene and its signals."""

    scene: Scene
    signals: tuple[Signal, ...]


@dataclass(slots=True)
class RecordingRule:
    """A rule that records its evaluations."""

    rule: Rule
    evaluations: list[RuleEvaluation] = field(default_factory=list)

    def __call__(self, scene: Scene) -> Iterable[Signal]:
        """Evaluate the rule and record the evaluation."""
        signals = tuple(self.rule(scene))
        self.evaluations.append(RuleEvaluation(scene, signals))
        return signals

    def take_evaluations(self) -> list[RuleEvaluation]:
        """Return the evaluations since the last call, and forget them."""
        taken, self.evaluations = self.evaluations, []
        return taken


def record_evaluations(scenario: Scenario) -> tuple[Scenario, RecordingRule]:
    """Return the scenario with a rule that records its evaluations, and that rule."""
    recording_rule = RecordingRule(scenario.rule)
    return replace(scenario, rule=recording_rule), recording_rule


@dataclass(slots=True)
class Gauge:
    """One parameter and the quantity that it bounds.

    Args:
        threshold: The value of the parameter.
        range_end: The end of its range that ``rule`` is bound with.
        values: The quantity, one value a frame; ``None`` where the rule measured nothing.
    """

    setting: Setting
    threshold: Number
    range_end: Number
    rule: Rule
    values: list[float | None] = field(default_factory=list)

    def measure(self, scenes: Sequence[Scene]) -> None:
        """Measure a frame in all its zones; keep the value closest to a signal."""
        name = self.setting.name
        signals = [signal for scene in scenes for signal in self.rule(scene)]
        measured = [signal.measures[name] for signal in signals if name in signal.measures]
        closest = max if self.range_end <= self.threshold else min
        self.values.append(closest(measured) if measured else None)

    @property
    def has_measured(self) -> bool:
        """Whether a value differs from the parameter, which some rules only repeat."""
        return any(value not in {None, float(self.range_end)} for value in self.values)

    @property
    def readings(self) -> int:
        """The number of frames with a value."""
        return sum(value is not None for value in self.values)


def make_gauges(
    scenario_type: ScenarioType, zones: Sequence[ZoneOrLine], settings: Mapping[str, object]
) -> list[Gauge]:
    """Make two gauges for each parameter, one for either end of its range."""
    gauges = []
    for setting in scenario_type.settings:
        if setting.role != "parameter":
            continue
        value = settings.get(setting.name, setting.default)
        threshold = value if isinstance(value, int | float) else setting.default
        for range_end in {setting.minimum, setting.maximum} - {threshold} or {threshold}:
            rule = scenario_type.bind(zones, {**settings, setting.name: range_end}).rule
            gauge = Gauge(setting=setting, threshold=threshold, range_end=range_end, rule=rule)
            gauges.append(gauge)
    return gauges


def select_gauges(gauges: Iterable[Gauge]) -> list[Gauge]:
    """Keep for each parameter the gauge with the most readings, if it has any."""
    selected: dict[str, Gauge] = {}
    for gauge in sorted(gauges, key=lambda g: (g.readings, g.range_end <= g.threshold)):
        if gauge.has_measured:
            selected[gauge.setting.name] = gauge
    return list(selected.values())
