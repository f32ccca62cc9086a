"""All that a scenario may import: how one is written down, and the stage for its cases."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from inspect import getfile
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pipeline.alerting.timing import AlertTiming
from pipeline.geometry.shapes import Box, Point, ZoneKind
from pipeline.ground.marked_ground import Mark
from pipeline.pixels.pixel_events import FireKind, StaticChange
from pipeline.rules.capability import Capability
from pipeline.rules.hazard import Per, ScenarioSpec
from pipeline.scene.line_crossing import Direction
from pipeline.scene.scene import Scene
from pipeline.signal import Level, Signal
from pipeline.text import Text
from pipeline.track import Track
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Parameters, tunable
from scenarios.definition.taxonomy import AlarmType, DutyClass
from scenarios.testing.cases import Actor, Case, FootageCase, Joins, Leaves, Stays, Walks, standing
from scenarios.testing.image_edits import (
    CameraShift,
    Defocus,
    Flames,
    LensCover,
    LightChange,
    PlacedObject,
    Smoke,
    StreamOutage,
    ThrownObject,
)
from scenarios.testing.poses import Climbs, Falls

__all__ = [
    "Actor",
    "AlarmType",
    "Annotated",
    "Box",
    "CameraShift",
    "Case",
    "Climbs",
    "Defocus",
    "Direction",
    "DutyClass",
    "Falls",
    "FireKind",
    "Flames",
    "FootageCase",
    "Iterator",
    "Joins",
    "Leaves",
    "LensCover",
    "Level",
    "LightChange",
    "Mark",
    "Parameters",
    "PlacedObject",
    "Point",
    "Scene",
    "Signal",
    "Smoke",
    "StaticChange",
    "Stays",
    "StreamOutage",
    "Text",
    "ThrownObject",
    "Track",
    "Walks",
    "minutes",
    "scenario",
    "seconds",
    "standing",
    "tunable",
]

P = TypeVar("P", bound=Parameters)
Rule = Callable[[Scene, P], Iterable[Signal]]


def seconds(n: float) -> timedelta:
    """So many seconds."""
    return timedelta(seconds=n)


def minutes(n: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=n)


def scenario(  # noqa: PLR0913  # an author fills in one form, all of it by name
    parameters: type[P],
    *,
    title: Text,
    because: Text,
    duty: DutyClass,
    alarm_type: AlarmType | None = None,
    zone_kind: Literal["area", "line", "frame"] = "area",
    needs_zone: bool = False,
    per: Literal["zone", "subject"],
    level: Level,
    watches: Iterable[str] = (),
    needs: Iterable[Literal["stills", "view", "tosses", "fires", "postures", "outages"]] = (),
    hold: timedelta,
    clear: timedelta,
    report_every: timedelta = timedelta(minutes=1),
    revision: int = 1,
    cases: tuple[Case, ...],
    footage: tuple[FootageCase, ...] = (),
) -> Callable[[Rule[P]], ScenarioType]:
    """Make a scenario of a rule; its key is the name of the file.

    Args:
        parameters: What a site may set.
        title: Its name for people.
        because: Its reason, with the measures of the signals as ``{fields}``.
        duty: Which class of grid work it is.
        alarm_type: Its alarm in GB/T 28181, where the standard has one.
        zone_kind: What a site must give it: areas, at least one line, or nothing.
        needs_zone: Of areas, at least one: the whole frame would make no sense.
        per: What one happening is: the whole zone, or each object.
        level: How bad it is when it opens.
        watches: Labels it looks at; none for a hazard that needs no detector.
        needs: What it looks at beyond tracks; only that is computed.
        hold: How long it must last to be told.
        clear: How long it must be gone to be over.
        report_every: How often an open alert tells how it stands.
        revision: Counts up whenever the rule would decide differently.
        cases: At least one that fires and one that stays silent.
        footage: Real clips and what must come of them.
    """

    def made(rule: Rule[P]) -> ScenarioType:
        hazard = ScenarioSpec(
            key=rule.__module__.rpartition(".")[2],
            revision=revision,
            title=title,
            message=because,
            per=Per(per),
            level=level,
            labels=frozenset(watches),
            capabilities=frozenset(map(Capability, needs)),
        )
        return ScenarioType(
            hazard=hazard,
            duty=duty,
            alarm_type=alarm_type,
            zone_kind=ZoneKind(zone_kind),
            zone_required=needs_zone or zone_kind == "line",
            file=Path(getfile(rule)),
            timing=AlertTiming(hold=hold, clear=clear, report_every=report_every),
            parameters=parameters,
            rule=rule,
            cases=cases,
            footage=footage,
        )

    return made
