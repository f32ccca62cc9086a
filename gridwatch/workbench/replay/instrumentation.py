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
class Asked:
    """One question to the rule: what it could see, and what it said."""

    scene: Scene
    said: tuple[Signal, ...]


@dataclass(slots=True)
class Listener:
    """A rule that is listened to; it answers as ever."""

    rule: Rule
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, scene: Scene) -> Iterable[Signal]:
        """Ask the rule, and keep question and answer."""
        said = tuple(self.rule(scene))
        self.asked.append(Asked(scene, said))
        return said

    def heard(self) -> list[Asked]:
        """Hand over what was asked since the last time, and forget it."""
        heard, self.asked = self.asked, []
        return heard


def listened_to(scenario: Scenario) -> tuple[Scenario, Listener]:
    """Make a scenario that can be listened to."""
    listener = Listener(scenario.rule)
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
    end: Number
    rule: Rule
    values: list[float | None] = field(default_factory=list)

    def read(self, scenes: Sequence[Scene]) -> None:
        """Measure a frame, in all its zones; the value nearest to the hazard counts."""
        said = [signal for scene in scenes for signal in self.rule(scene)]
        name = self.setting.name
        found = [signal.measures[name] for signal in said if name in signal.measures]
        nearest = max if self.end <= self.threshold else min
        self.values.append(nearest(found) if found else None)

    @property
    def measures(self) -> bool:
        """Whether it has measured anything: a rule may just say what was set."""
        return any(value not in {None, float(self.end)} for value in self.values)

    @property
    def readings(self) -> int:
        """Frames in which there was something to measure."""
        return sum(value is not None for value in self.values)


def gauges(
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
            made.append(Gauge(setting=setting, threshold=threshold, end=end, rule=rule))
    return made


def best(all_gauges: Iterable[Gauge]) -> list[Gauge]:
    """Keep for each parameter the gauge that measured most often, if any did."""
    kept: dict[str, Gauge] = {}
    for gauge in sorted(all_gauges, key=lambda g: (g.readings, g.end <= g.threshold)):
        if gauge.measures:
            kept[gauge.setting.name] = gauge
    return list(kept.values())
