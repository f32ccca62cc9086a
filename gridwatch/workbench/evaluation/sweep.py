"""Sweep parameters of a scenario over the clips of a truth, and say how sure the best is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import msgspec
import numpy as np
from numpy.typing import NDArray

from gridwatch.errors import UsageError
from gridwatch.workbench.evaluation.event_f1 import ROLES, Role, weighted_f1
from gridwatch.workbench.evaluation.scoring import (
    ScenarioFigures,
    WatchOutcome,
    compute_event_f1,
    compute_figures,
)
from gridwatch.workbench.evaluation.truth import Watch
from scenarios.definition.scenario_type import ScenarioType

MAX_COMBINATIONS = 64
"""All combinations watch each clip at once; more would slow it down too much."""
RESAMPLES = 1000
SEED = 1
SWEEP_ROLE = Role.OPERATIONAL_ALERT
RECALL_BIAS = ROLES[SWEEP_ROLE].recall_bias

Settings = dict[str, int | float]


class SweepPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What one combination of parameters does.

    Args:
        win_share: Share of the resamples of the clips in which its event F1 is the highest; ties
            are shared.
    """

    settings: Settings
    win_share: float
    figures: ScenarioFigures


@dataclass(frozen=True, slots=True)
class Sweep:
    """The combinations of parameters to try."""

    combinations: tuple[Settings, ...]

    @classmethod
    def parse(cls, texts: Sequence[str], scenario_type: ScenarioType) -> "Sweep":
        """Parse ``parameter=a,b,c``, one text for each parameter.

        Raises:
            UsageError: The scenario has no such parameter, or does not allow a value.
        """
        values_by_name: dict[str, list[int | float]] = {}
        for text in texts:
            name, equals, rest = text.partition("=")
            if not (equals and rest):
                raise UsageError(f"--sweep {text!r}: write PARAM=VALUE,VALUE,…")
            if name in values_by_name:
                raise UsageError(
                    f"--sweep {text!r}: {name} is given twice; put its values together"
                )
            values_by_name[name] = [_parse_value(text, value) for value in rest.split(",")]
        names = {setting.name: setting for setting in scenario_type.settings}
        for name, values in values_by_name.items():
            if name not in names:
                known = ", ".join(names)
                raise UsageError(f"--sweep {name}: {scenario_type.key} has {known}")
            error = next((e for value in values if (e := names[name].find_error(value))), "")
            if error:
                raise UsageError(f"--sweep {name}: {error}")
        combinations = [
            dict(zip(values_by_name, values, strict=True))
            for values in product(*values_by_name.values())
        ]
        if len(combinations) > MAX_COMBINATIONS:
            reason = f"{len(combinations)} combinations, at most {MAX_COMBINATIONS}"
            raise UsageError(f"--sweep: {reason}; give fewer values")
        return cls(tuple(combinations))

    def make_watches(self, watches: Sequence[Watch]) -> list[Watch]:
        """Return each watch once for each combination, in the order of the combinations."""
        return [
            msgspec.structs.replace(watch, settings={**watch.settings, **settings})
            for settings in self.combinations
            for watch in watches
        ]


def rank_combinations(sweep: Sweep, outcomes: Sequence[WatchOutcome]) -> list[SweepPoint]:
    """Return what each combination does, the one that wins most often first.

    Whole clips are drawn with replacement (the bootstrap of Efron, 1979), because what happens on
    one clip belongs together; the combination with the highest event F1 for operational
    alerts wins.

    Args:
        outcomes: Of all combinations; ``variant`` is the number of the combination.
    """
    by_variant = [
        [outcome for outcome in outcomes if outcome.variant == number]
        for number in range(len(sweep.combinations))
    ]
    clips = sorted({outcome.clip for outcome in outcomes})
    counts = np.array([[_count(of, clip) for clip in clips] for of in by_variant], np.float64)
    draws = np.random.default_rng(SEED).multinomial(
        len(clips), np.full(len(clips), 1 / len(clips)), RESAMPLES
    )
    shares = _win_shares(np.einsum("vck,rc->rvk", counts, draws))
    points = [
        SweepPoint(settings=settings, win_share=float(share), figures=compute_figures(of))
        for settings, share, of in zip(sweep.combinations, shares, by_variant, strict=True)
    ]
    return sorted(points, key=lambda point: -point.win_share)


def _win_shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often each combination has the highest event F1.

    Args:
        counts: [resamples, combinations, 3]: found, missed, false.
    """
    f1 = weighted_f1(counts[..., 0], counts[..., 1], counts[..., 2], RECALL_BIAS)
    is_best = f1 >= f1.max(axis=1, keepdims=True) - 1e-12
    shares: NDArray[np.float64] = (is_best / is_best.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


def _count(outcomes: Sequence[WatchOutcome], clip: str) -> tuple[int, int, int]:
    f1 = compute_event_f1([o for o in outcomes if o.clip == clip], SWEEP_ROLE)
    return f1.found, f1.missed, f1.false


def _parse_value(text: str, value: str) -> int | float:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    raise UsageError(f"--sweep {text!r}: {value!r} is not a number")
