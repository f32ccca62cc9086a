"""One parameter from here to there: how many alerts each value gives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from gridwatch.errors import UsageError
from gridwatch.workbench import clips
from gridwatch.workbench.clips import FootageRun, QueuedCase
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
    """What one value of the parameter gives.

    Args:
        cases: Alerts on the stage, clean, all cases together.
        footage: Alerts on each real clip that is here.
    """

    value: float
    cases: int
    footage: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSweep:
    """A parameter, and the values to try."""

    setting: Setting
    values: tuple[Number, ...]

    @classmethod
    def parse(cls, text: str, kind: ScenarioType) -> "ParameterSweep":
        """Read ``param=a:b:n``.

        Raises:
            UsageError: There is no such parameter, or the values are not allowed.
        """
        name, _, rest = text.partition("=")
        settings = {setting.name: setting for setting in kind.settings}
        if name not in settings:
            raise UsageError(f"--sweep {text}: {kind.key} has {', '.join(settings)}")
        try:
            low, high, count = rest.split(":")
            values = _spread(float(low), float(high), int(count), settings[name].kind)
        except ValueError:
            raise UsageError(f"--sweep {text!r}: write param=from:to:count") from None
        wrong = next((w for value in values if (w := settings[name].find_error(value))), "")
        if wrong:
            raise UsageError(f"--sweep {text}: {wrong}")
        return cls(setting=settings[name], values=values)


def _spread(low: float, high: float, count: int, kind: str) -> tuple[Number, ...]:
    if count < 2:
        raise ValueError(count)
    steps = [low + (high - low) * i / (count - 1) for i in range(count)]
    return tuple(dict.fromkeys(round(s) if kind == "int" else round(s, 6) for s in steps))


def run_sweep(kind: ScenarioType, sweep: ParameterSweep, *, footage: bool) -> list[SweepPoint]:
    """Play everything with each value in place of what the cases set."""
    on_clips = {
        case.clip: counts
        for case in kind.footage
        if footage and not case.edits and (counts := _on_clip(kind, case, sweep)) is not None
    }
    return [
        SweepPoint(
            value=value,
            cases=_on_the_stage(kind, {sweep.setting.name: value}),
            footage={clip: counts[i] for clip, counts in on_clips.items()},
        )
        for i, value in enumerate(sweep.values)
    ]


def _on_the_stage(kind: ScenarioType, given: Mapping[str, object]) -> int:
    cases = [replace(case, parameters={**case.parameters, **given}) for case in kind.cases]
    alerts = [alert for case in cases for alert in play_case(kind, case)]
    return sum(alert.change is Change.OPENED for alert in alerts)


def _on_clip(kind: ScenarioType, case: FootageCase, sweep: ParameterSweep) -> list[int] | None:
    """Alerts for each value; the clip is looked at once. ``None`` if it is not here."""
    tried = [
        replace(case, parameters={**case.parameters, sweep.setting.name: value})
        for value in sweep.values
    ]
    bookings = [QueuedCase(number=i, scenario_type=kind, case=one) for i, one in enumerate(tried)]
    return _counts(FootageRun(case.clip, (), case.duration), bookings)


def _counts(reel: FootageRun, bookings: list[QueuedCase]) -> list[int] | None:
    try:
        results = [
            result
            for _, result in clips.run_footage(
                reel, bookings, detectors.load_detector(allow_fetch=False)
            )
        ]
    except ModelError:
        return None
    counts = [len(result.opened_after) for result in results if not isinstance(result, str)]
    return counts if len(counts) == len(bookings) else None


def draw_chart(
    kind: ScenarioType, sweep: ParameterSweep, found: Sequence[SweepPoint]
) -> Iterator[str]:
    """Draw a bar for each value, first the stage and then each clip."""
    expected = sum(case.opens for case in kind.cases)
    rows = {f"cases on the stage, which expect {expected}": [one.cases for one in found]}
    for clip in found[0].footage:
        rows[clip] = [one.footage[clip] for one in found]
    name, default = sweep.setting.name, sweep.setting.default
    for title, counts in rows.items():
        yield f"{title}: alerts for each {name} (default {default:g})"
        most = max(*counts, 1)
        for one, count in zip(found, counts, strict=True):
            mark = " (default)" if one.value == sweep.setting.default else ""
            bar = "█" * round(MAX_BAR_WIDTH * count / most)
            yield f"  {one.value:>8g} {sweep.setting.unit:3} {bar} {count}{mark}"
