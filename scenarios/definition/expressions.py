"""Conditions for people who do not write Python: an expression over what the scene tells.

Parsed and evaluated by ``simpleeval``, which knows numbers, comparisons and the names below,
and nothing of Python's objects. Every name is checked when the file is read.
"""

import ast
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from pipeline.geometry.shapes import Box
from pipeline.ground.ground_plane import HeightCalibratedGround
from pipeline.rules.hazard import Per, ScenarioSpec
from pipeline.scene.context_builder import ZoneContext
from pipeline.scene.line_crossing import Direction
from pipeline.scene.scene import Scene
from pipeline.scene.track_set import TrackSet
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.track import Track
from scenarios.errors import ExpressionError, suggest

Number = int | float

ZONE_QUANTITIES: Mapping[str, Callable[[Scene], Number]] = {
    "count": lambda scene: len(scene.in_zone()),
    "total": lambda scene: len(scene.tracks),
    "max_dwell_s": lambda scene: _longest_s(map(scene.dwell, scene.in_zone())),
    "max_still_s": lambda scene: _longest_s(map(scene.stationary_for, scene.in_zone())),
    "max_speed_mps": lambda scene: max(map(scene.speed_mps, scene.in_zone()), default=0.0),
    "mean_speed_mps": lambda scene: _mean([scene.speed_mps(track) for track in scene.in_zone()]),
    "crossed": lambda scene: len(scene.crossed()),
    "crossed_in": lambda scene: len(scene.crossed(Direction.INWARD)),
    "crossed_out": lambda scene: len(scene.crossed(Direction.OUTWARD)),
}
"""Names that every expression may use."""

SUBJECT_QUANTITIES: Mapping[str, Callable[[Scene, Track], Number]] = {
    "dwell_s": lambda scene, track: scene.dwell(track).total_seconds(),
    "still_s": lambda scene, track: scene.stationary_for(track).total_seconds(),
    "speed_mps": lambda scene, track: scene.speed_mps(track),
}
"""Names for ``per = "subject"``, of the object that is asked about."""

FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "count_of": lambda scene, label: scene.count(label),
    "group": lambda scene, radius_m: max(map(len, scene.clusters(radius_m)), default=0),
    "density": lambda scene, radius_m: scene.densest_group(radius_m)[1] if scene.in_zone() else 0.0,
    "standing": lambda scene, seconds: sum(
        scene.stationary_for(track).total_seconds() >= seconds for track in scene.in_zone()
    ),
}
"""``count_of("dog")``, ``group(2)``, ``density(3)`` a square metre, ``standing(60)`` seconds."""
PLAIN_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs}


ALLOWED_NODES = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.IfExp),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
    *(ast.Call, ast.Name, ast.Load, ast.Constant),
)
"""What a condition may be made of."""

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EMPTY_SCENE = Scene(
    spec=ScenarioSpec(
        key="nobody",
        revision=1,
        title=Text(zh="", en=""),
        message=Text(zh="", en=""),
        per=Per.ZONE,
        level=Level.INFO,
        labels=frozenset(),
    ),
    level=Level.INFO,
    context=ZoneContext(at=_NOON, tracks=TrackSet((), HeightCalibratedGround())),
)
"""A scene in which every condition is tried when it is read."""
SAMPLE_TRACK = Track(
    subject=1,
    label="person",
    box=Box(0.5, 0.5, 0.05, 0.2),
    score=0.9,
    first_seen_at=_NOON,
    stationary_since=_NOON,
)


def _longest_s(times: Iterator[Any]) -> float:
    return max((time.total_seconds() for time in times), default=0.0)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """What one evaluation can see; ``track`` is ``None`` where the zone is asked about."""

    scene: Scene
    settings: Mapping[str, Number]
    track: Track | None = None

    def value_of(self, name: str) -> Number:
        """The value of a name that has been checked."""
        if name in self.settings:
            return self.settings[name]
        if self.track is not None and name in SUBJECT_QUANTITIES:
            return SUBJECT_QUANTITIES[name](self.scene, self.track)
        return ZONE_QUANTITIES[name](self.scene)


class Expression:
    """A condition, checked; it holds in a view or it does not.

    Args:
        settings: What a site may set, with the defaults.
        per_subject: Whether it is asked about each object.

    Raises:
        ExpressionError: It cannot be parsed, or uses what is not there.
    """

    def __init__(self, text: str, *, settings: Mapping[str, Number], per_subject: bool) -> None:
        self.text = text
        known = {*settings, *ZONE_QUANTITIES, *(SUBJECT_QUANTITIES if per_subject else ())}
        self._tree = _parse(text)
        self._evaluator = _evaluator()
        _check(self._tree, text, frozenset(known))
        self.quantities = sorted(_names(self._tree) - set(settings))
        self._bounds = dict(_bounds(self._tree, frozenset(settings)))
        self.holds(EvaluationContext(EMPTY_SCENE, settings, SAMPLE_TRACK if per_subject else None))

    def holds(self, view: EvaluationContext) -> bool:
        """Tell whether it is true.

        Raises:
            ExpressionError: It gives something else, or divides by zero.
        """
        value = self._value(self._tree, view)
        if not isinstance(value, bool):
            raise ExpressionError(self.text, f"gives {value!r}, not true or false")
        return value

    def measures(self, view: EvaluationContext) -> dict[str, float]:
        """The numbers it rests on: under their own names, and under those that bound them."""
        own = {name: float(view.value_of(name)) for name in self.quantities}
        bounded = {name: self._value(side, view) for name, side in self._bounds.items()}
        return {**own, **{name: float(value) for name, value in bounded.items()}}

    def _value(self, tree: ast.AST, view: EvaluationContext) -> Any:  # noqa: ANN401  # as the expression says
        before = _CURRENT.set(view)
        try:
            return self._evaluator.eval(self.text, previously_parsed=tree)
        except ZeroDivisionError:
            wrong = "divides by zero; write `count > 0 and …` before it"
        except (InvalidExpression, TypeError, ValueError, ArithmeticError) as error:
            wrong = str(error)
        finally:
            _CURRENT.reset(before)
        raise ExpressionError(self.text, wrong)


_CURRENT: ContextVar[EvaluationContext] = ContextVar("asked")
"""The view of the evaluation under way: cameras on several threads share one expression."""


def _evaluator() -> SimpleEval:
    """Make what reads ``_CURRENT``: building it takes longer than most conditions."""
    functions = {name: _bound(call) for name, call in FUNCTIONS.items()}
    return SimpleEval(
        functions={**PLAIN_FUNCTIONS, **functions},
        names=lambda node: _CURRENT.get().value_of(node.id),
    )


def _bound(call: Callable[..., Number]) -> Callable[..., Number]:
    return lambda *given: call(_CURRENT.get().scene, *given)


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        where = f"at character {error.offset}" if error.offset else "where it breaks off"
        raise ExpressionError(text, f"{error.msg} {where}") from None


def _check(tree: ast.expr, text: str, known: frozenset[str]) -> None:
    """Refuse names and functions that are not there, and all that is no plain condition."""
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED_NODES):
            raise ExpressionError(text, f"{ast.unparse(node)!r} is no part of a condition")
    calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name):
            continue
        allowed = tuple(sorted({*FUNCTIONS, *PLAIN_FUNCTIONS} if node in calls else known))
        if node.id not in allowed:
            kind = "function" if node in calls else "quantity or setting"
            raise ExpressionError(text, f"no {kind} {node.id!r}{suggest(node.id, allowed)}")


def _names(tree: ast.expr) -> set[str]:
    calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in names if node not in calls}


def _bounds(tree: ast.expr, settings: frozenset[str]) -> Iterator[tuple[str, ast.expr]]:
    """Find ``quantity >= setting`` and its like: what each setting is compared with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.comparators) == 1:
            left, right = node.left, node.comparators[0]
            for bound, side in ((right, left), (left, right)):
                if isinstance(bound, ast.Name) and bound.id in settings:
                    yield bound.id, side
