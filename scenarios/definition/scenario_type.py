"""A scenario as its author defined it, before a site binds it to a camera."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from pipeline.alerting.episode import AlertTiming
from pipeline.geometry.shapes import Line, Zone, ZoneKind, ZoneOrLine
from pipeline.rules.scenario import Scenario
from pipeline.scenario_spec import ScenarioSpec
from pipeline.scene.scene import Scene
from pipeline.second_look.look_result import LookEffect
from pipeline.signal import Level
from pipeline.text import Text
from scenarios.definition.rule import Signals
from scenarios.definition.settings import TIMING_SETTINGS, Parameters, Setting, find_errors
from scenarios.definition.taxonomy import AlarmType, DutyClass, Maturity
from scenarios.errors import SettingsError
from scenarios.testing.cases import Case, FootageCase

ZONE_EXAMPLE = 'such as [[camera.zone]] name = "place" points = [[0, 0.5], [1, 0.5], [1, 1]]'


class Evidence(StrEnum):
    """The strongest kind of case in which a scenario opens an alert."""

    FOOTAGE = "real footage"
    COMPOSED = "composed footage"
    SCRIPTED = "scripted tracks"


@dataclass(frozen=True, kw_only=True)
class ScenarioType:
    """What one file of the library defines: the rule, its words, its settings and its cases.

    Args:
        duty: The class of grid work it belongs to.
        family: A ``Family``, or its own key if no other scenario sees the same matter.
        life_and_limb: A person may die or be badly hurt if nobody comes.
        must_confirm: An alert on weak evidence opens only after second looks confirm it.
        alarm_type: Its alarm in GB/T 28181, where the standard has one.
        zone_kind: What a site must draw for it.
        zone_required: Whether the whole frame cannot stand for a missing zone.
        file: The file that defines it.
        timing: The default timing.
        parameters: The class of its parameters; ``Parameters`` itself if it has none.
        rule: Evaluated once per frame and zone.
    """

    spec: ScenarioSpec
    duty: DutyClass
    family: str
    maturity: Maturity = Maturity.STABLE
    life_and_limb: bool = False
    must_confirm: bool = False
    alarm_type: AlarmType | None
    zone_kind: ZoneKind
    zone_required: bool = False
    file: Path
    timing: AlertTiming
    parameters: type[Parameters]
    rule: Callable[[Scene, Any], Signals]
    cases: tuple[Case, ...]
    footage: tuple[FootageCase, ...]

    @property
    def key(self) -> str:
        """Its key, which is also the name of its file."""
        return self.spec.key

    @property
    def title(self) -> Text:
        """Its name for people."""
        return self.spec.title

    @property
    def evidence(self) -> Evidence:
        """The strongest kind of case in which it opens an alert."""
        alerting = [case for case in self.footage if case.expects]
        if any(not case.edits for case in alerting):
            return Evidence.FOOTAGE
        return Evidence.COMPOSED if alerting else Evidence.SCRIPTED

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Everything a site may set but the level: its parameters, then the timing."""
        timing = (
            msgspec.structs.replace(s, default=getattr(self.timing, s.name).total_seconds())
            for s in TIMING_SETTINGS
        )
        return (*self.parameters.SETTINGS, *timing)

    @property
    def look_effect(self) -> LookEffect:
        """What second looks may do to an alert beyond its score."""
        if self.life_and_limb:
            return LookEffect.SCORE_ONLY
        return LookEffect.MUST_CONFIRM if self.must_confirm else LookEffect.MAY_WITHHOLD

    def bind(self, zones: Sequence[ZoneOrLine], settings: Mapping[str, object]) -> Scenario:
        """Bind the scenario to the zones and settings of one camera.

        Args:
            zones: Zones to watch; empty for the whole frame, unless a zone is required.
            settings: Parameters; ``hold``, ``clear`` and ``report_every`` in seconds; ``level``.

        Raises:
            SettingsError: Lists every setting and zone that is unknown or not allowed.
        """
        errors = [
            *find_errors(settings, self.settings),
            *duplicate_zones(zones),
            *self._zone_errors(zones),
        ]
        if errors:
            raise SettingsError(self.key, tuple(errors))
        values: dict[str, Any] = dict(settings)
        level = Level(values.pop("level", self.spec.level))
        timing: dict[str, Any] = {
            s.name: timedelta(seconds=values.pop(s.name))
            for s in TIMING_SETTINGS
            if s.name in values
        }
        parameters = self.parameters(**values)
        min_counts = (s.name for s in self.parameters.SETTINGS if s.is_min_count)
        return Scenario(
            spec=self.spec,
            timing=replace(self.timing, **timing),
            rule=partial(_evaluate, self.rule, parameters),
            level=level,
            zones=tuple(zones) or (Zone.full_frame(),),
            min_objects=max((int(getattr(parameters, name)) for name in min_counts), default=1),
            look_effect=self.look_effect,
        )

    def _zone_errors(self, zones: Sequence[ZoneOrLine]) -> Iterator[tuple[str, str]]:
        """Yield an error for every zone of the wrong kind, and for one that is missing."""
        for zone in zones:
            if self.zone_kind is ZoneKind.FRAME and zone.points != Zone.full_frame().points:
                yield "zones", f"watches the whole frame; remove {zone.name}"
            if self.zone_kind is ZoneKind.AREA and isinstance(zone, Line):
                yield "zones", f"watches areas; give {zone.name} at least three corners"
            if self.zone_kind is ZoneKind.LINE and not isinstance(zone, Line):
                yield "zones", f"watches lines; {zone.name} has {len(zone.points)} points, not two"
        if self.zone_kind is ZoneKind.LINE and not zones:
            yield "zones", "watches lines; give it a zone of two points"
        elif self.zone_required and not zones:
            yield "zones", f"needs a zone; draw one, {ZONE_EXAMPLE}, and name it here"


def _evaluate(
    rule: Callable[[Scene, Any], Signals], parameters: Parameters, scene: Scene
) -> Signals:
    return rule(scene, parameters)


def duplicate_zones(zones: Sequence[ZoneOrLine]) -> list[tuple[str, str]]:
    """Return an error for every zone that is named twice."""
    names = [zone.name for zone in zones]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    return [("zones", f"{name} is named twice") for name in duplicates]
