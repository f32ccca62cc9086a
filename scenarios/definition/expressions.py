"""Conditions for authors who do not write Python: expressions over the quantities of a scene.

``simpleeval`` parses and evaluates them. It knows numbers, comparisons and the names below, and
has no access to Python's objects. Every name is checked when the file is read.
"""

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from pipeline.geometry.shapes import Box
from pipeline.ground.height_calibration import HeightCalibratedGround
from pipeline.scenario_spec import Per, ScenarioSpec
from pipeline.scene.frame_context import ZoneContext
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
"""Names for ``per = "subject"``: quantities of the object that is evaluated."""


def _count_of(scene: Scene, label: str) -> int:
    return scene.count(label)


def _largest_group(scene: Scene, radius_m: float) -> int:
    return max(map(len, scene.clusters(radius_m)), default=0)


def _density(scene: Scene, radius_m: float) -> float:
    return scene.densest_group(radius_m)[1] if scene.in_zone() else 0.0


def _standing(scene: Scene, seconds: float) -> int:
    times = map(scene.stationary_for, scene.in_zone())
    return sum(time.total_seconds() >= seconds for time in times)


def known_quantities(*, per_subject: bool) -> frozenset[str]:
    """Return the names that a condition may use."""
    return frozenset({*ZONE_QUANTITIES, *(SUBJECT_QUANTITIES if per_subject else ())})


FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "count_of": _count_of,
    "group": _largest_group,
    "density": _density,
    "standing": _standing,
}
"""``count_of("dog")``, ``group(radius_m)``, ``density(radius_m)`` per m², ``standing(seconds)``."""
PLAIN_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"min": min, "max": max, "abs": abs}


ALLOWED_NODES = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.IfExp),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
    *(ast.Call, ast.Name, ast.Load, ast.Constant),
)
"""The syntax that a condition may use."""

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SAMPLE_COUNTS = (0, 1, 2, 60)
"""Every condition is evaluated once in a scene with so many objects of each label, when it is
read: what divides by zero, or compares texts, is found before a camera runs."""


def _longest_s(times: Iterator[Any]) -> float:
    return max((time.total_seconds() for time in times), default=0.0)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """What one evaluation can use; ``track`` is ``None`` where the zone is evaluated."""

    scene: Scene
    settings: Mapping[str, Number]
    track: Track | None = None

    def value_of(self, name: str) -> Number:
        """Return the value of a name that is known to exist."""
        if name in self.settings:
            return self.settings[name]
        if self.track is not None and name in SUBJECT_QUANTITIES:
            return SUBJECT_QUANTITIES[name](self.scene, self.track)
        return ZONE_QUANTITIES[name](self.scene)


def sample_scene(labels: Collection[str], count: int) -> Scene:
    """Return a scene with so many objects of each label inside the zone, and none outside."""
    tracks = [
        Track(
            subject=number + 1,
            label=label,
            box=Box(0.01 * (number % 90), 0.5, 0.05, 0.2),
            score=0.9,
            first_seen_at=_NOON,
            stationary_since=_NOON,
        )
        for number, label in enumerate(sorted(labels) * count)
    ]
    spec = ScenarioSpec(
        key="sample",
        revision=1,
        title=Text(zh="", en=""),
        message=Text(zh="", en=""),
        per=Per.ZONE,
        level=Level.INFO,
        labels=frozenset(labels),
    )
    context = ZoneContext(
        at=_NOON,
        tracks=TrackSet(tracks, HeightCalibratedGround()),
        entered_at={track.subject: _NOON for track in tracks},
    )
    return Scene(spec=spec, level=Level.INFO, context=context)


class Expression:
    """A condition that has been checked.

    Args:
        text: The condition, as written.
        settings: What a site may set, with the defaults.
        labels: The labels that the scenario watches.
        per_subject: Whether it is evaluated for each object.

    Raises:
        ExpressionError: It cannot be parsed, or uses an unknown name.
    """

    def __init__(
        self,
        text: str,
        *,
        settings: Mapping[str, Number],
        labels: Collection[str],
        per_subject: bool,
    ) -> None:
        self.text = text
        known = known_quantities(per_subject=per_subject).union(settings)
        self._tree = _parse(text)
        self._evaluator = _evaluator()
        _check(self._tree, text, known)
        _check_labels(self._tree, text, labels)
        _check_truth(self._tree, text)
        self.quantities = sorted(_names(self._tree) - set(settings))
        self._bounds = dict(_bounds(self._tree, frozenset(settings)))
        for count in SAMPLE_COUNTS:
            scene = sample_scene(labels, count)
            for track in scene.tracks[:1] if per_subject else (None,):
                self.holds(EvaluationContext(scene, settings, track))

    def holds(self, context: EvaluationContext) -> bool:
        """Return whether the condition is true.

        Raises:
            ExpressionError: The result is not true or false, or it divides by zero.
        """
        value = self._value(self._tree, context)
        if not isinstance(value, bool):
            raise ExpressionError(self.text, f"is {value!r}, not true or false")
        return value

    def measures(self, context: EvaluationContext) -> dict[str, float]:
        """Return its quantities by name, and by the name of the setting each is compared with."""
        own = {name: float(context.value_of(name)) for name in self.quantities}
        bounded = {name: self._value(side, context) for name, side in self._bounds.items()}
        return {**own, **{name: float(value) for name, value in bounded.items()}}

    def _value(self, tree: ast.AST, context: EvaluationContext) -> Any:  # noqa: ANN401  # number or truth
        before = _CURRENT.set(context)
        try:
            return self._evaluator.eval(self.text, previously_parsed=tree)
        except ZeroDivisionError:
            problem = "divides by zero; write `count > 0 and …` before it"
        except (InvalidExpression, TypeError, ValueError, ArithmeticError) as error:
            problem = str(error)
        finally:
            _CURRENT.reset(before)
        raise ExpressionError(self.text, problem)


_CURRENT: ContextVar[EvaluationContext] = ContextVar("current")
"""The context of the evaluation in progress: cameras on several threads share an expression."""


def _evaluator() -> SimpleEval:
    """Create an evaluator that reads ``_CURRENT``; it is kept because creating it is slow."""
    functions = {name: _bound(call) for name, call in FUNCTIONS.items()}
    return SimpleEval(
        functions={**PLAIN_FUNCTIONS, **functions},
        names=lambda node: _CURRENT.get().value_of(node.id),
    )


def _bound(call: Callable[..., Number]) -> Callable[..., Number]:
    return lambda *arguments: call(_CURRENT.get().scene, *arguments)


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        where = f"at character {error.offset}" if error.offset else "where it ends"
        raise ExpressionError(text, f"{error.msg} {where}") from None


def _check(tree: ast.expr, text: str, known: frozenset[str]) -> None:
    """Reject unknown names and functions, and syntax that a condition may not use."""
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED_NODES):
            raise ExpressionError(text, f"{ast.unparse(node)!r} is not allowed in a condition")
    calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name):
            continue
        allowed = tuple(sorted({*FUNCTIONS, *PLAIN_FUNCTIONS} if node in calls else known))
        if node.id not in allowed:
            kind = "function" if node in calls else "quantity or setting"
            raise ExpressionError(text, f"no {kind} {node.id!r}{suggest(node.id, allowed)}")


def _check_labels(tree: ast.expr, text: str, labels: Collection[str]) -> None:
    """Reject a label that the scenario does not watch: it would never be counted."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "count_of"):
            continue
        label = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
        if label not in labels:
            hint = suggest(str(label), tuple(sorted(labels)))
            raise ExpressionError(text, f"`watches` has no label {label!r}{hint}")


def _check_truth(tree: ast.expr, text: str) -> None:
    """Reject a condition whose result, or a part joined by and, or, not, is a number."""
    match tree:
        case ast.Compare():
            return
        case ast.BoolOp(values=parts):
            for part in parts:
                _check_truth(part, text)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check_truth(operand, text)
        case ast.IfExp(body=body, orelse=otherwise):
            _check_truth(body, text)
            _check_truth(otherwise, text)
        case _ if not (isinstance(tree, ast.Constant) and isinstance(tree.value, bool)):
            number = ast.unparse(tree)
            raise ExpressionError(
                text, f"`{number}` is not true or false: compare it, as in `{number} > 0`"
            )


def _names(tree: ast.expr) -> set[str]:
    calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in names if node not in calls}


def _bounds(tree: ast.expr, settings: frozenset[str]) -> Iterator[tuple[str, ast.expr]]:
    """Yield each setting with the expression it is compared to, as in ``quantity >= setting``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.comparators) == 1:
            left, right = node.left, node.comparators[0]
            for bound, side in ((right, left), (left, right)):
                if isinstance(bound, ast.Name) and bound.id in settings:
                    yield bound.id, side
