"""Show the figures of an evaluation as Markdown tables."""

from collections.abc import Iterator, Mapping, Sequence

from gridwatch.workbench.evaluation.event_f1 import Role
from gridwatch.workbench.evaluation.intervals import Interval
from gridwatch.workbench.evaluation.scoring import OperatingPoint, ScenarioFigures
from gridwatch.workbench.evaluation.sweep import SweepPoint

NONE = "-"
MAX_POINTS = 12
"""Rows of a scenario in the table over scores; JSON has all."""


def scenario_rows(figures: Mapping[str, ScenarioFigures]) -> Iterator[str]:
    """Yield a table with one row for each scenario."""
    names = "scenario | clips | found | recall | wait | false | camera-hours | false per hour"
    yield f"| {names} | F1 alert | F1 recording |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for key, of_key in figures.items():
        cells = [
            f"`{key}`",
            str(of_key.clips),
            f"{of_key.found}/{of_key.expected}" if of_key.expected else NONE,
            _share(of_key.recall),
            _wait(of_key),
            str(of_key.false),
            f"{of_key.camera_hours:.3f}",
            _rate(of_key.false_per_hour, of_key.false_per_hour_interval),
            *(_f1(of_key, role) for role in Role),
        ]
        yield f"| {' | '.join(cells)} |"


def score_rows(figures: Mapping[str, ScenarioFigures]) -> Iterator[str]:
    """Yield a table of misses and false alerts over the score, for scenarios with alerts."""
    yield "| scenario | score from | missed | recall | false | false per hour |"
    yield "|---|---|---|---|---|---|"
    for key, of_key in figures.items():
        points = of_key.operating_points
        for point in _thin_out(points) if len(points) > 1 else ():
            total = point.found + point.missed
            cells = [
                f"`{key}`",
                f"{point.min_score:.3f}",
                f"{point.missed}/{total}" if total else NONE,
                _share(point.recall),
                str(point.false),
                _rate(point.false_per_hour, point.false_per_hour_interval),
            ]
            yield f"| {' | '.join(cells)} |"


def sweep_rows(points: Sequence[SweepPoint]) -> Iterator[str]:
    """Yield a table with one row for each combination of parameters, the likeliest best first."""
    yield "| parameters | best in | found | false | false per hour | F1 alert | wait |"
    yield "|---|---|---|---|---|---|---|"
    for point in points:
        of_point = point.figures
        cells = [
            ", ".join(f"{name}={value:g}" for name, value in point.settings.items()),
            f"{point.win_share:.0%}",
            f"{of_point.found}/{of_point.expected}",
            str(of_point.false),
            _rate(of_point.false_per_hour, of_point.false_per_hour_interval),
            _f1(of_point, Role.OPERATIONAL_ALERT),
            _wait(of_point),
        ]
        yield f"| {' | '.join(cells)} |"


def _thin_out(points: Sequence[OperatingPoint]) -> list[OperatingPoint]:
    step = -(-len(points) // MAX_POINTS)
    return list(points[::step])


def _share(interval: Interval | None) -> str:
    return f"{interval[0]:.0%} to {interval[1]:.0%}" if interval else NONE


def _rate(rate: float | None, interval: Interval | None) -> str:
    if rate is None or interval is None:
        return NONE
    return f"{rate:.1f} ({interval[0]:.1f} to {interval[1]:.1f})"


def _wait(figures: ScenarioFigures) -> str:
    if figures.median_wait_s is None:
        return NONE
    interval = figures.median_wait_interval_s
    around = f" ({interval[0]:.1f} to {interval[1]:.1f})" if interval else ""
    return f"{figures.median_wait_s:.1f} s{around}"


def _f1(figures: ScenarioFigures, role: Role) -> str:
    if role not in figures.event_f1:
        return NONE
    f1 = figures.event_f1[role]
    return f"{f1.f1:.2f} ({f1.interval[0]:.2f} to {f1.interval[1]:.2f})"
