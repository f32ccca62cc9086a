"""The parameters of an explanation step, read from the compact notation on the wire. Pure.

A node writes names and numbers: ``bicycle, person`` for ``detect``, ``people=9 radius_m=2`` for
``rule`` and other steps that measure, ``30 s, ≥ 0.6`` for ``hold``.
"""

import re
from dataclasses import dataclass, field

from pipeline.signal import ExplainStep

_HOLD = re.compile(r"([\d.]+) s, ≥ ([\d.]+)")
_MEASURE = re.compile(r"(\w+)=(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldParameters:
    """How long a signal had to last, and in which share of the frames of that time.

    Args:
        duration_s: Length of the time window, in seconds.
        min_share: Required share of frames with a signal, 0 to 1.
    """

    duration_s: float
    min_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepParameters:
    """What decided a step; empty where the step has no such parameter or its notation is unknown.

    Args:
        labels: Labels that the model was asked for.
        measures: Measures of the rule; the unit is in the name.
        hold: What the signal had to fulfil.
    """

    labels: tuple[str, ...] = ()
    measures: dict[str, float] = field(default_factory=dict)
    hold: HoldParameters | None = None


def step_parameters(step: ExplainStep) -> StepParameters:
    """Read the parameters of a step."""
    match step.name:
        case "detect" if step.reason:
            return StepParameters(labels=tuple(step.reason.split(", ")))
        case "rule" | "second_look":
            return StepParameters(measures=_measures(step.reason))
        case "hold" if match := _HOLD.fullmatch(step.reason):
            duration_s, min_share = map(float, match.groups())
            return StepParameters(hold=HoldParameters(duration_s=duration_s, min_share=min_share))
        case _:
            return StepParameters()


def _measures(reason: str) -> dict[str, float]:
    matches = [_MEASURE.fullmatch(part) for part in reason.split(" ")]
    return {match[1]: float(match[2]) for match in matches if match}
