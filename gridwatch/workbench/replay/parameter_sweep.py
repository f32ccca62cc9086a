"""Sweep one parameter of a scenario: count the alerts that each value gives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from gridwatch.errors import UsageError
from gridwatch.workbench.verification import FootageRun, QueuedCase, run_footage
from models import detector as detectors
from models.errors import ModelError
from pipeline.alert import Change
from scenarios.definition.scenario_type import ScenarioType
from scenarios.definition.settings import Number, Setting
from scenarios.testing.case_player import play_case
from scenarios.testing.cases import FootageCase

MAX_BAR_WIDTH = 40
"""Characters of the longest bar."""


class SweepPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The alerts that one value of the parameter gives.

    Args:
        cases: Alerts on the drawn stage, clean, all cases together.
        footage: Alerts on each clip of this machine.
    """

    value: float
    cases: int
    footage: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSweep:
    """A parameter and the values to try."""

    setting: Setting
    values: tuple[Number, ...]

    @classmethod
    def parse(cls, text: str, scenario_type: ScenarioType) -> "ParameterSweep":
        """Parse ``parameter=from:to:count``.

        Raises:
            UsageError: There is no such parameter, or the values are not allowed.
        """
        name, _, rest = text.partition("=")
        settings = {setting.name: setting for setting in scenario_type.settings}
        if name not in settings:
            raise UsageError(f"--sweep {text}: {scenario_type.key} has {', '.join(settings)}")
        try:
            low, high, count = rest.split(":")
            values = _spread(float(low), float(high), int(count), settings[name].kind)
        except ValueError:
            raise UsageError(f"--sweep {text!r}: write param=from:to:count") from None
        error = next((e for value in values if (e := settings[name].find_error(value))), "")
        if error:
            raise UsageError(f"--sweep {text}: {error}")
        return cls(setting=settings[name], values=values)


def run_sweep(
    scenario_type: ScenarioType, sweep: ParameterSweep, *, footage: bool
) -> list[SweepPoint]:
    """Play all cases with each value in place of the one they set."""
    counts_by_clip = {
        case.clip: counts
        for case in scenario_type.footage
        if footage
        and not case.edits
        and (counts := _count_on_clip(scenario_type, case, sweep)) is not None
    }
    return [
        SweepPoint(
            value=value,
            cases=_count_on_stage(scenario_type, {sweep.setting.name: value}),
            footage={clip: counts[i] for clip, counts in counts_by_clip.items()},
        )
        for i, value in enumerate(sweep.values)
    ]


def draw_chart(
    scenario_type: ScenarioType, sweep: ParameterSweep, points: Sequence[SweepPoint]
) -> Iterator[str]:
    """Draw a bar for each value, first for the stage and then for each clip."""
    expected = sum(case.opens for case in scenario_type.cases)
    title = f"cases on the stage ({expected} alerts expected)"
    rows = {title: [point.cases for point in points]}
    for clip in points[0].footage:
        rows[clip] = [point.footage[clip] for point in points]
    setting = sweep.setting
    for title, counts in rows.items():
        yield f"{title}: alerts by {setting.name} (default {setting.default:g})"
        most = max(*counts, 1)
        for point, count in zip(points, counts, strict=True):
            mark = " (default)" if point.value == setting.default else ""
            bar = "█" * round(MAX_BAR_WIDTH * count / most)
            yield f"  {point.value:>8g} {setting.unit:3} {bar} {count}{mark}"


def _spread(low: float, high: float, count: int, kind: str) -> tuple[Number, ...]:
    if count < 2:
        raise ValueError(count)
    values = [low + (high - low) * i / (count - 1) for i in range(count)]
    return tuple(dict.fromkeys(round(v) if kind == "int" else round(v, 6) for v in values))


def _count_on_stage(scenario_type: ScenarioType, parameters: Mapping[str, object]) -> int:
    cases = [
        replace(case, parameters={**case.parameters, **parameters}) for case in scenario_type.cases
    ]
    alerts = [alert for case in cases for alert in play_case(scenario_type, case)]
    return sum(alert.change is Change.OPENED for alert in alerts)


def _count_on_clip(
    scenario_type: ScenarioType, case: FootageCase, sweep: ParameterSweep
) -> list[int] | None:
    """Count the alerts for each value; the clip is detected once.

    Returns:
        A count for each value; ``None`` if the clip or the model is not on this machine.
    """
    queued_cases = [
        QueuedCase(
            number=i,
            scenario_type=scenario_type,
            case=replace(case, parameters={**case.parameters, sweep.setting.name: value}),
        )
        for i, value in enumerate(sweep.values)
    ]
    footage_run = FootageRun(case.clip, (), case.duration)
    try:
        detector = detectors.load_detector(allow_fetch=False)
        results = [result for _, result in run_footage(footage_run, queued_cases, detector)]
    except ModelError:
        return None
    counts = [len(result.opened_after) for result in results if not isinstance(result, str)]
    return counts if len(counts) == len(queued_cases) else None
