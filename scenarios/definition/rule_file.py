"""A scenario in one TOML file: words, a condition, what a site may set, and its cases."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, cast

import msgspec

from pipeline.alerting.timing import AlertTiming
from pipeline.geometry.shapes import ZoneKind
from pipeline.rules.hazard import Per, ScenarioSpec
from pipeline.scene.scene import Scene
from pipeline.signal import Level, SceneObject, Signal
from pipeline.text import Text
from pipeline.wire.address import SCENARIO_KEY_PATTERN
from scenarios.definition.expressions import EvaluationContext, Expression, Number
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Parameters, parameters_of, tunable
from scenarios.definition.taxonomy import AlarmType, DutyClass
from scenarios.errors import ExpressionError, RuleFileError, suggest
from scenarios.testing.cases import (
    Actor,
    Case,
    FootageCase,
    Joins,
    Leaves,
    Place,
    Stays,
    Walks,
    standing,
)

Seconds = Annotated[float, msgspec.Meta(ge=0)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: no unknown keys."""


class _Parameter(_Table, frozen=True):
    default: Number
    minimum: Number
    maximum: Number
    zh: str
    en: str


class _Promotion(_Table, frozen=True):
    level: Level
    when: str


class _Actor(_Table, frozen=True):
    label: str
    at: Place | None = None
    standing: Annotated[int, msgspec.Meta(ge=1)] = 1
    spacing_m: float = 1.0
    path: tuple[Place, ...] = ()
    speed_mps: float = 1.4
    joins_s: Seconds = 0
    leaves_s: Seconds | None = None


class _Case(_Table, frozen=True):
    name: str
    cast: tuple[_Actor, ...]
    opens: Annotated[int, msgspec.Meta(ge=0)]
    reaches: Level | None = None
    zone: tuple[Place, ...] = ()
    parameters: dict[str, Number | str] = {}
    lasts_s: Seconds | None = None


class _Footage(_Table, frozen=True):
    clip: str
    expects: tuple[tuple[float, float], ...] = ()
    tolerance_s: float = 3.0
    zone: tuple[Place, ...] = ()
    parameters: dict[str, Number | str] = {}


class _File(_Table, frozen=True):
    title: Text
    because: Text
    duty: DutyClass
    level: Level
    watches: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    when: str
    hold_s: Seconds
    clear_s: Annotated[float, msgspec.Meta(ge=1)]
    report_every_s: Seconds = 60
    revision: Annotated[int, msgspec.Meta(ge=1)] = 1
    per: Literal["zone", "subject"] = "zone"
    zone: ZoneKind = ZoneKind.AREA
    needs_zone: bool = False
    alarm_type: str | None = None
    parameters: dict[str, _Parameter] = {}
    worse: tuple[_Promotion, ...] = ()
    case: tuple[_Case, ...] = ()
    footage: tuple[_Footage, ...] = ()


INNER_TABLES = (_Parameter, _Promotion, _Case, _Actor, _Footage)
UNKNOWN_FIELD = re.compile(r"unknown field `(\w+)`")
KEYS_HINT = "; docs/authoring.md lists the keys under Without Python"


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule by expression; ``worse`` is asked worst level first."""

    when: Expression
    worse: tuple[tuple[Level, Expression], ...]
    per_subject: bool

    def __call__(self, scene: Scene, parameters: Parameters) -> Iterator[Signal]:
        """Point at the objects of the zone, or at the zone where there are none."""
        given = msgspec.structs.asdict(parameters)
        inside = scene.in_zone() or scene.crossed()
        for track in inside if self.per_subject else (None,):
            view = EvaluationContext(scene, given, track)
            if self.when.holds(view):
                seen: Sequence[SceneObject] = [track] if track else inside or [scene.zone_target()]
                measures = {**given, **self.when.measures(view)}
                yield scene.signal(*seen, level=self._level(view), **measures)

    def _level(self, view: EvaluationContext) -> Level | None:
        return next((level for level, when in self.worse if when.holds(view)), None)


def read_rule_file(file: Path) -> ScenarioType:
    """Read a scenario; its key is the name of the file.

    Raises:
        RuleFileError: Names the file, the place in it, what is wrong, and the mend.
    """
    try:
        raw = msgspec.toml.decode(file.read_bytes(), type=_File)
        return _build(raw, file)
    except OSError as error:
        raise RuleFileError(str(file), (error.strerror or "cannot be read",)) from None
    except ExpressionError as error:
        raise RuleFileError(str(file), (str(error),)) from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise RuleFileError(str(file), (f"{error}{_suggest_key(str(error))}",)) from None


def _suggest_key(error: str) -> str:
    """Name the key that an unknown one is near to."""
    unknown = UNKNOWN_FIELD.search(error)
    tables = INNER_TABLES if " - at `$" in error else (_File,)
    known = {name for table in tables for name in table.__struct_fields__}
    return suggest(unknown[1], tuple(sorted(known)), otherwise=KEYS_HINT) if unknown else ""


def _build(raw: _File, file: Path) -> ScenarioType:
    if not SCENARIO_KEY_PATTERN.fullmatch(file.stem):
        raise ValueError(f"{file.stem!r} is no key: name the file with a-z, 0-9 and _")
    parameters = _parameters(file.stem, raw.parameters)
    condition = _condition(raw)
    _check_message_fields(raw, {*raw.parameters, *condition.when.quantities, "held_s"})
    return ScenarioType(
        hazard=_hazard(raw, file.stem),
        duty=raw.duty,
        alarm_type=_alarm_type(raw.alarm_type),
        zone_kind=raw.zone,
        zone_required=raw.needs_zone or raw.zone is ZoneKind.LINE,
        file=file,
        timing=_timing(raw),
        parameters=parameters,
        rule=condition,
        cases=tuple(_case(case) for case in raw.case),
        footage=tuple(
            FootageCase(one.clip, one.expects, one.tolerance_s, one.zone, one.parameters)
            for one in raw.footage
        ),
    )


def _check_message_fields(raw: _File, known: set[str]) -> None:
    """Refuse a reason whose fields nothing fills."""
    for language in ("zh", "en"):
        parts = Formatter().parse(getattr(raw.because, language))
        for name in (name for _, name, _, _ in parts if name is not None and name not in known):
            meant = suggest(name, tuple(sorted(known)))
            raise ValueError(f"because.{language}: nothing fills {{{name}}}{meant}")


def _hazard(raw: _File, key: str) -> ScenarioSpec:
    return ScenarioSpec(
        key=key,
        revision=raw.revision,
        title=raw.title,
        message=raw.because,
        per=Per(raw.per),
        level=raw.level,
        labels=frozenset(raw.watches),
    )


def _timing(raw: _File) -> AlertTiming:
    return AlertTiming(
        hold=timedelta(seconds=raw.hold_s),
        clear=timedelta(seconds=raw.clear_s),
        report_every=timedelta(seconds=raw.report_every_s),
    )


def _condition(raw: _File) -> Condition:
    per_subject = raw.per == "subject"
    defaults = {name: one.default for name, one in raw.parameters.items()}

    def expression(text: str, place: str) -> Expression:
        try:
            return Expression(text, settings=defaults, per_subject=per_subject)
        except ExpressionError as error:
            raise ValueError(f"{place} = {error}") from None

    worst_first = sorted(raw.worse, key=lambda one: one.level.rank, reverse=True)
    return Condition(
        expression(raw.when, "when"),
        tuple((one.level, expression(one.when, f"worse[{one.level}].when")) for one in worst_first),
        per_subject,
    )


def _parameters(key: str, raw: Mapping[str, _Parameter]) -> type[Parameters]:
    fields = [(name, *_field(setting)) for name, setting in raw.items()]
    made = cast(
        "type[Parameters]", msgspec.defstruct(key, fields, bases=(Parameters,), frozen=True)
    )
    parameters_of(made)
    return made


def _field(setting: _Parameter) -> tuple[object, Number]:
    numbers = (setting.default, setting.minimum, setting.maximum)
    kind = int if all(isinstance(number, int) for number in numbers) else float
    range_ = tunable(setting.minimum, setting.maximum, zh=setting.zh, en=setting.en)
    return Annotated[kind, range_], setting.default


def _alarm_type(name: str | None) -> AlarmType | None:
    if name is None:
        return None
    known = {one.name.lower(): one for one in AlarmType}
    if name not in known:
        raise ValueError(f"alarm_type = {name!r}: no such type{suggest(name, tuple(known))}")
    return known[name]


def _case(raw: _Case) -> Case:
    return Case(
        raw.name,
        [actor for one in raw.cast for actor in _actors(one, raw.name)],
        opens=raw.opens,
        reaches=raw.reaches,
        zone=raw.zone,
        parameters=raw.parameters,
        duration=None if raw.lasts_s is None else timedelta(seconds=raw.lasts_s),
    )


def _actors(raw: _Actor, case: str) -> Iterable[Actor]:
    if (raw.at is None) == (len(raw.path) < 2):
        raise ValueError(f"case {case!r}: an actor needs `at`, or a `path` of two places or more")
    still = standing(raw.standing, raw.label, at=raw.at or (0, 0), spacing_m=raw.spacing_m)
    actors: list[Actor] = [Walks(raw.label, raw.path, raw.speed_mps)] if raw.path else [*still]
    if raw.standing == 1 and raw.at:
        actors = [Stays(raw.label, raw.at)]
    if raw.leaves_s is not None:
        actors = [Leaves(one, timedelta(seconds=raw.leaves_s)) for one in actors]
    return [Joins(one, timedelta(seconds=raw.joins_s)) for one in actors] if raw.joins_s else actors
