"""Everything that a scenario file may import: ``from scenarios import authoring as gw``.

A file of the library has three parts, in this order: the parameters and the rule, ``scenario``
with the words and levels, and in it the cases that show the rule to be right.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from inspect import getfile
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

from pipeline.alerting.episode import AlertTiming
from pipeline.geometry.shapes import Box, Point, ZoneKind
from pipeline.ground.marked_ground import Mark
from pipeline.pixels.pixel_events import FireKind, StaticChange
from pipeline.scenario_spec import Capability, Per, ScenarioSpec
from pipeline.scene.line_crossing import Direction
from pipeline.scene.scene import Scene
from pipeline.signal import Level, Signal
from pipeline.text import Text
from pipeline.track import Track
from scenarios.definition.rule import Rule, Signals, parse_duration
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Parameters, parameter
from scenarios.definition.taxonomy import AlarmType, DutyClass, Family, Maturity
from scenarios.errors import suggest
from scenarios.testing.actors import (
    Actor,
    Climbs,
    Falls,
    Joins,
    Leaves,
    Stays,
    Walks,
    standing,
)
from scenarios.testing.cases import Case, FootageCase
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

__all__ = [
    "Actor",
    "AlarmType",
    "Box",
    "CameraShift",
    "Case",
    "Climbs",
    "Defocus",
    "Direction",
    "DutyClass",
    "Falls",
    "Family",
    "FireKind",
    "Flames",
    "FootageCase",
    "Joins",
    "Leaves",
    "LensCover",
    "Level",
    "LightChange",
    "Mark",
    "Maturity",
    "Parameters",
    "PlacedObject",
    "Point",
    "Scene",
    "Signal",
    "Signals",
    "Smoke",
    "StaticChange",
    "Stays",
    "StreamOutage",
    "Text",
    "ThrownObject",
    "Track",
    "Walks",
    "minutes",
    "parameter",
    "rule",
    "scenario",
    "seconds",
    "standing",
]

P = TypeVar("P", bound=Parameters)
PerName = Literal["zone", "all_zones", "subject"]
ZoneName = Literal["area", "line", "frame"]
NeedName = Literal[
    "static_objects",
    "view_change",
    "falling_objects",
    "fires",
    "dense_crowds",
    "postures",
    "outages",
]
"""What a rule may need, each named like the query of the scene that uses it."""


def seconds(n: float) -> timedelta:
    """Return ``n`` seconds."""
    return timedelta(seconds=n)


def minutes(n: float) -> timedelta:
    """Return ``n`` minutes."""
    return timedelta(minutes=n)


@overload
def rule(
    parameters: type[P],
    *,
    per: PerName,
    hold: str,
    clear: str,
    report_every: str = "1m",
    labels: Iterable[str] = (),
    needs: Iterable[NeedName] = (),
    zone: ZoneName = "area",
    zone_required: bool = False,
) -> Callable[[Callable[[Scene, P], Signals]], Rule[[Scene, P]]]: ...


@overload
def rule(
    *,
    per: PerName,
    hold: str,
    clear: str,
    report_every: str = "1m",
    labels: Iterable[str] = (),
    needs: Iterable[NeedName] = (),
    zone: ZoneName = "area",
    zone_required: bool = False,
) -> Callable[[Callable[[Scene], Signals]], Rule[[Scene]]]: ...


def rule(  # noqa: PLR0913  # declarative; all arguments are keywords
    parameters: type[Parameters] = Parameters,
    *,
    per: PerName,
    hold: str,
    clear: str,
    report_every: str = "1m",
    labels: Iterable[str] = (),
    needs: Iterable[NeedName] = (),
    zone: ZoneName = "area",
    zone_required: bool = False,
) -> Callable[[Callable[..., Signals]], Rule[Any]]:
    """Declare a function to be the rule of the scenario of the same name.

    Durations are written ``"30s"``, ``"5m"`` or ``"1h"``.

    Args:
        parameters: What a site may set; leave it out for a rule that takes only the scene.
        per: What one alert is about: a zone, all zones of the scenario together, or an object.
        hold: How long the signal must last before an alert opens.
        clear: How long the signal must be gone before the alert closes.
        report_every: How often an open alert is reported again.
        labels: Labels of the tracks that the rule sees; empty if it needs no detector.
        needs: What the rule uses beyond tracks; only that is computed.
        zone: What a site draws: areas, at least one line, or nothing.
        zone_required: Whether a site must draw an area, because the whole frame makes no sense.

    Raises:
        TypeError: The function does not take a scene and, if it has some, its parameters.
        ValueError: A duration cannot be read, or there is no such need.
    """

    def declare(function: Callable[..., Signals]) -> Rule[Any]:
        return Rule(
            function=function,
            parameters=parameters,
            per=Per(per),
            labels=frozenset(labels),
            needs=frozenset(map(_capability, needs)),
            zone_kind=ZoneKind(zone),
            zone_required=zone_required or zone == "line",
            timing=AlertTiming(
                hold=parse_duration(hold),
                clear=parse_duration(clear),
                report_every=parse_duration(report_every),
            ),
        )

    return declare


def _capability(need: NeedName) -> Capability:
    if need not in set(Capability):
        raise ValueError(f"needs: there is no {need!r}{suggest(need, tuple(Capability))}")
    return Capability(need)


def scenario(  # noqa: PLR0913  # declarative; all arguments are keywords
    rule: Rule[...],
    *,
    title: Text,
    message: Text,
    duty: DutyClass,
    level: Level,
    family: Family | None = None,
    maturity: Maturity = Maturity.STABLE,
    life_and_limb: bool = False,
    must_confirm: bool = False,
    alarm_type: AlarmType | None = None,
    revision: int = 1,
    cases: Iterable[Case],
    footage: Iterable[FootageCase] = (),
) -> ScenarioType:
    """Describe a rule for people, and show with cases that it is right.

    Args:
        title: Name of the scenario.
        message: Why an alert is open, with the measures of its signals as ``{fields}``.
        duty: The class of grid work it belongs to.
        level: Level of an alert when it opens; a signal may raise it.
        family: Scenarios that may see the same matter; ``None`` if no other one does.
        maturity: An experimental scenario never rings a phone before an operator has looked.
        life_and_limb: A person may die or be badly hurt if nobody comes: an alert is never
            stored unseen.
        must_confirm: Weak evidence needs second looks that confirm it: for things that the model
            confuses with others for which it has no label. Without effect if a person may die.
        alarm_type: Its alarm in GB/T 28181, where the standard has one.
        revision: Increase it whenever the rule would decide differently.
        cases: At least one that opens an alert and one that opens none.
        footage: Real clips, and the alerts that must open on them.

    Raises:
        TypeError: ``rule`` is not decorated with ``@rule``.
    """
    if not isinstance(rule, Rule):
        raise TypeError("scenario(…) takes a rule: decorate the function with `@gw.rule(…)`")
    return ScenarioType(
        spec=ScenarioSpec(
            key=rule.key,
            revision=revision,
            title=title,
            message=message,
            per=rule.per,
            level=level,
            labels=rule.labels,
            capabilities=rule.needs,
        ),
        duty=duty,
        family=family or rule.key,
        maturity=maturity,
        life_and_limb=life_and_limb,
        must_confirm=must_confirm,
        alarm_type=alarm_type,
        zone_kind=rule.zone_kind,
        zone_required=rule.zone_required,
        file=Path(getfile(rule.function)),
        timing=rule.timing,
        parameters=rule.parameters,
        rule=rule.evaluate,
        cases=tuple(cases),
        footage=tuple(footage),
    )
