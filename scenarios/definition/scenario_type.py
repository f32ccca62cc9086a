"""A scenario as its author wrote it, not yet set by a site."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from pipeline.alerting.timing import AlertTiming
from pipeline.geometry.shapes import Line, Zone, ZoneKind, ZoneOrLine
from pipeline.rules.hazard import ScenarioSpec
from pipeline.rules.scenario import Scenario
from pipeline.scene.scene import Scene
from pipeline.signal import Level, Signal
from pipeline.text import Text
from scenarios.definition.settings import (
    TIMING_SETTINGS,
    Parameters,
    Setting,
    find_errors,
    parameters_of,
)
from scenarios.definition.taxonomy import AlarmType, DutyClass
from scenarios.errors import SettingsError
from scenarios.testing.cases import Case, FootageCase

ZONE_EXAMPLE = 'such as [[camera.zone]] name = "place" points = [[0, 0.5], [1, 0.5], [1, 1]]'


class Evidence(StrEnum):
    """On what a scenario has been seen to fire."""

    FOOTAGE = "real footage"
    COMPOSED = "composed footage"
    SCRIPTED = "scripted tracks"


@dataclass(frozen=True, kw_only=True)
class ScenarioType:
    """What one file of the library gives: hazard, rule, what may be set, and its cases.

    Args:
        duty: Which class of grid work it is.
        alarm_type: Its alarm in GB/T 28181, where the standard has one.
        zone_kind: What it must be given to watch.
        zone_required: A site must draw where: the whole frame would make no sense.
        file: Where it is written down.

    Raises:
        ValueError: A parameter lacks its range, words or default.
    """

    hazard: ScenarioSpec
    duty: DutyClass
    alarm_type: AlarmType | None
    zone_kind: ZoneKind
    file: Path
    timing: AlertTiming
    parameters: type[Parameters]
    rule: Callable[[Scene, Any], Iterable[Signal]]
    cases: tuple[Case, ...]
    footage: tuple[FootageCase, ...]
    zone_required: bool = False

    @property
    def key(self) -> str:
        """Its file name."""
        return self.hazard.key

    @property
    def title(self) -> Text:
        """Its name for people."""
        return self.hazard.title

    @property
    def evidence(self) -> Evidence:
        """The best that shows it fire: it follows from the cases."""
        fires = [case for case in self.footage if case.expects]
        if any(not case.edits for case in fires):
            return Evidence.FOOTAGE
        return Evidence.COMPOSED if fires else Evidence.SCRIPTED

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All numbers that a site may set, its own first, with this scenario's defaults."""
        timing = (
            msgspec.structs.replace(s, default=getattr(self.timing, s.name).total_seconds())
            for s in TIMING_SETTINGS
        )
        return (*parameters_of(self.parameters), *timing)

    def bind(self, zones: Sequence[ZoneOrLine], settings: Mapping[str, object]) -> Scenario:
        """Make the scenario of one camera.

        Args:
            zones: Where it watches; none for the whole frame, which no line stands for,
                and which a scenario that needs a zone does not take unless it is named.
            settings: Parameters, ``hold``, ``clear``, ``report_every`` in seconds, ``level``.

        Raises:
            SettingsError: Lists every setting that is unknown or not allowed.
        """
        wrong = [
            *find_errors(settings, self.settings),
            *duplicate_zones(zones),
            *self._zone_errors(zones),
        ]
        if wrong:
            raise SettingsError(self.key, tuple(wrong))
        given: dict[str, Any] = dict(settings)
        level = Level(given.pop("level", self.hazard.level))
        timing: dict[str, Any] = {
            s.name: timedelta(seconds=given.pop(s.name)) for s in TIMING_SETTINGS if s.name in given
        }
        parameters = self.parameters(**given)
        counts = (s.name for s in parameters_of(self.parameters) if s.counts)
        return Scenario(
            spec=self.hazard,
            timing=replace(self.timing, **timing),
            rule=partial(_asked, self.rule, parameters),
            level=level,
            zones=tuple(zones) or (Zone.full_frame(),),
            min_objects=max((int(getattr(parameters, name)) for name in counts), default=1),
        )

    def _zone_errors(self, zones: Sequence[ZoneOrLine]) -> Iterator[tuple[str, str]]:
        """Name the zones that are not of the kind that is asked for."""
        for zone in zones:
            if self.zone_kind is ZoneKind.FRAME and zone.points != Zone.full_frame().points:
                yield "zones", f"watches the whole frame; take {zone.name} off"
            if self.zone_kind is ZoneKind.AREA and isinstance(zone, Line):
                yield "zones", f"watches areas; give {zone.name} at least three corners"
            if self.zone_kind is ZoneKind.LINE and not isinstance(zone, Line):
                yield "zones", f"watches lines; {zone.name} has {len(zone.points)} points, not two"
        if self.zone_kind is ZoneKind.LINE and not zones:
            yield "zones", "watches lines; give it a zone of two points"
        elif self.zone_required and not zones:
            yield "zones", f"needs a zone; draw one, {ZONE_EXAMPLE}, and name it here"


def _asked(
    rule: Callable[[Scene, Any], Iterable[Signal]], parameters: Parameters, scene: Scene
) -> Iterable[Signal]:
    return rule(scene, parameters)


def duplicate_zones(zones: Sequence[ZoneOrLine]) -> list[tuple[str, str]]:
    """The mistake of naming a zone twice."""
    names = [zone.name for zone in zones]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [("zones", f"{name} is named twice") for name in twice]
