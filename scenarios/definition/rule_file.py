"""A scenario in one TOML file: its words, a condition, its parameters and its cases."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, cast

import msgspec

from pipeline.alerting.episode import AlertTiming
from pipeline.geometry.shapes import ZoneKind
from pipeline.scenario_spec import Per, ScenarioSpec
from pipeline.scene.scene import Scene
from pipeline.signal import Level, SceneObject, Signal
from pipeline.text import Text
from pipeline.wire.address import SCENARIO_KEY_PATTERN
from scenarios.definition.expressions import (
    EvaluationContext,
    Expression,
    Number,
    known_quantities,
)
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Parameters, parameter
from scenarios.definition.taxonomy import AlarmType, DutyClass, Maturity
from scenarios.errors import ExpressionError, RuleFileError, suggest
from scenarios.testing.actors import Actor, Joins, Leaves, Position, Stays, Walks, standing
from scenarios.testing.cases import Case, FootageCase

Seconds = Annotated[float, msgspec.Meta(ge=0)]
FamilyName = Annotated[str, msgspec.Meta(pattern=f"^{SCENARIO_KEY_PATTERN.pattern}$")]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file, without unknown keys."""


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
    at: Position | None = None
    standing: Annotated[int, msgspec.Meta(ge=1)] = 1
    spacing_m: float = 1.0
    path: tuple[Position, ...] = ()
    speed_mps: float = 1.4
    joins_s: Seconds = 0
    leaves_s: Seconds | None = None


class _Case(_Table, frozen=True):
    name: str
    cast: tuple[_Actor, ...]
    opens: Annotated[int, msgspec.Meta(ge=0)]
    reaches: Level | None = None
    zone: tuple[Position, ...] = ()
    parameters: dict[str, Number | str] = {}
    lasts_s: Seconds | None = None


class _Footage(_Table, frozen=True):
    clip: str
    expects: tuple[tuple[float, float], ...] = ()
    tolerance_s: float = 3.0
    zone: tuple[Position, ...] = ()
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
    family: FamilyName | None = None
    maturity: Maturity = Maturity.STABLE
    life_and_limb: bool = False
    parameters: dict[str, _Parameter] = {}
    worse: tuple[_Promotion, ...] = ()
    case: tuple[_Case, ...] = ()
    footage: tuple[_Footage, ...] = ()


INNER_TABLES = (_Parameter, _Promotion, _Case, _Actor, _Footage)
UNKNOWN_FIELD = re.compile(r"unknown field `(\w+)`")
KEYS_HINT = "; docs/authoring.md lists the keys under Without Python"


@dataclass(frozen=True, slots=True)
class Condition:
    """A rule that evaluates expressions.

    Args:
        when: Holds while the rule signals.
        promotions: A level, and the expression from which on the signal has it; highest first.
        per_subject: Whether to evaluate each object instead of the zone.
    """

    when: Expression
    promotions: tuple[tuple[Level, Expression], ...]
    per_subject: bool

    def __call__(self, scene: Scene, parameters: Parameters) -> Iterator[Signal]:
        """Signal the objects of the zone, or the zone itself if it is empty."""
        values = parameters.values()
        inside = scene.in_zone() or scene.crossed()
        for track in inside if self.per_subject else (None,):
            context = EvaluationContext(scene, values, track)
            if self.when.holds(context):
                seen: Sequence[SceneObject] = [track] if track else inside or [scene.zone_target()]
                measures = {**values, **self.when.measures(context)}
                yield scene.signal(*seen, level=self._level(context), **measures)

    def _level(self, context: EvaluationContext) -> Level | None:
        return next((level for level, when in self.promotions if when.holds(context)), None)


def read_rule_file(file: Path) -> ScenarioType:
    """Read a scenario; its key is the name of the file.

    Raises:
        RuleFileError: Names the file, the place in it, what is wrong, and how to fix it.
    """
    try:
        tables = msgspec.toml.decode(file.read_bytes(), type=_File)
        return _build(tables, file)
    except OSError as error:
        raise RuleFileError(str(file), (error.strerror or "cannot be read",)) from None
    except ExpressionError as error:
        raise RuleFileError(str(file), (str(error),)) from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise RuleFileError(str(file), (f"{error}{_suggest_key(str(error))}",)) from None


def _suggest_key(error: str) -> str:
    """Return the known key nearest to an unknown one; empty for another error."""
    unknown = UNKNOWN_FIELD.search(error)
    tables = INNER_TABLES if " - at `$" in error else (_File,)
    known = {name for table in tables for name in table.__struct_fields__}
    return suggest(unknown[1], tuple(sorted(known)), otherwise=KEYS_HINT) if unknown else ""


def _build(tables: _File, file: Path) -> ScenarioType:
    if not SCENARIO_KEY_PATTERN.fullmatch(file.stem):
        raise ValueError(f"{file.stem!r} is not a key: name the file with a-z, 0-9 and _")
    condition = _condition(tables)
    _check_message_fields(tables, {*tables.parameters, *condition.when.quantities, "held_s"})
    return ScenarioType(
        spec=_spec(tables, file.stem),
        duty=tables.duty,
        family=tables.family or file.stem,
        maturity=tables.maturity,
        life_and_limb=tables.life_and_limb,
        alarm_type=_alarm_type(tables.alarm_type),
        zone_kind=tables.zone,
        zone_required=tables.needs_zone or tables.zone is ZoneKind.LINE,
        file=file,
        timing=_timing(tables),
        parameters=_parameters(file.stem, tables.parameters),
        rule=condition,
        cases=tuple(_case(case) for case in tables.case),
        footage=tuple(_footage_case(clip) for clip in tables.footage),
    )


def _check_message_fields(tables: _File, known: set[str]) -> None:
    """Reject a message with a field that has no value, or that does not format a number."""
    for language in ("zh", "en"):
        for _, name, form, conversion in Formatter().parse(getattr(tables.because, language)):
            if name is None:
                continue
            if name not in known:
                hint = suggest(name, tuple(sorted(known)))
                raise ValueError(f"because.{language}: {{{name}}} has no value{hint}")
            if conversion or not _formats_numbers(form or ""):
                raise ValueError(
                    f"because.{language}: {{{name}:{form}}} cannot show a number;"
                    f" write {{{name}:.0f}} for a whole one"
                )


def _formats_numbers(form: str) -> bool:
    try:
        format(1.5, form)
    except ValueError:
        return False
    return True


def _spec(tables: _File, key: str) -> ScenarioSpec:
    return ScenarioSpec(
        key=key,
        revision=tables.revision,
        title=tables.title,
        message=tables.because,
        per=Per(tables.per),
        level=tables.level,
        labels=frozenset(tables.watches),
    )


def _timing(tables: _File) -> AlertTiming:
    return AlertTiming(
        hold=timedelta(seconds=tables.hold_s),
        clear=timedelta(seconds=tables.clear_s),
        report_every=timedelta(seconds=tables.report_every_s),
    )


def _condition(tables: _File) -> Condition:
    per_subject = tables.per == "subject"
    defaults = {name: table.default for name, table in tables.parameters.items()}
    for name in sorted(known_quantities(per_subject=per_subject) & defaults.keys()):
        raise ValueError(f"parameters.{name}: a quantity has this name; name it min_{name}")

    def expression(text: str, key: str) -> Expression:
        try:
            return Expression(
                text, settings=defaults, labels=tables.watches, per_subject=per_subject
            )
        except ExpressionError as error:
            raise ValueError(f"{key} = {error}") from None

    highest_first = sorted(tables.worse, key=lambda table: table.level.rank, reverse=True)
    promotions = (
        (table.level, expression(table.when, f"worse[{table.level}].when"))
        for table in highest_first
    )
    return Condition(expression(tables.when, "when"), tuple(promotions), per_subject)


def _parameters(key: str, tables: Mapping[str, _Parameter]) -> type[Parameters]:
    """Create a class of parameters, as a Python scenario writes one."""
    types: dict[str, type[Number]] = {}
    fields: dict[str, object] = {}
    for name, table in tables.items():
        numbers = (table.default, table.minimum, table.maximum)
        types[name] = int if all(isinstance(number, int) for number in numbers) else float
        fields[name] = parameter(
            table.default, min=table.minimum, max=table.maximum, zh=table.zh, en=table.en
        )
    return cast("type[Parameters]", type(key, (Parameters,), {"__annotations__": types, **fields}))


def _alarm_type(name: str | None) -> AlarmType | None:
    if name is None:
        return None
    known = {alarm_type.name.lower(): alarm_type for alarm_type in AlarmType}
    if name not in known:
        raise ValueError(f"alarm_type = {name!r}: no such type{suggest(name, tuple(known))}")
    return known[name]


def _footage_case(table: _Footage) -> FootageCase:
    return FootageCase(table.clip, table.expects, table.tolerance_s, table.zone, table.parameters)


def _case(table: _Case) -> Case:
    return Case(
        table.name,
        [actor for entry in table.cast for actor in _actors(entry, table.name)],
        opens=table.opens,
        reaches=table.reaches,
        zone=table.zone,
        parameters=table.parameters,
        duration=None if table.lasts_s is None else timedelta(seconds=table.lasts_s),
    )


def _actors(table: _Actor, case: str) -> Iterable[Actor]:
    if (table.at is None) == (len(table.path) < 2):
        raise ValueError(f"case {case!r}: an actor needs `at`, or a `path` of two places or more")
    actors: list[Actor]
    if table.at is None:
        actors = [Walks(table.label, table.path, table.speed_mps)]
    elif table.standing == 1:
        actors = [Stays(table.label, table.at)]
    else:
        spacing_m = table.spacing_m
        actors = [*standing(table.standing, table.label, at=table.at, spacing_m=spacing_m)]
    if table.leaves_s is not None:
        actors = [Leaves(actor, timedelta(seconds=table.leaves_s)) for actor in actors]
    if table.joins_s:
        actors = [Joins(actor, timedelta(seconds=table.joins_s)) for actor in actors]
    return actors
