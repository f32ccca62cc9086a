"""Choose the thresholds of a scenario from audited incidents. Pure.

1. The incidents are thinned out to a uniform sample that fitted no calibration (``columns``).
2. ``push`` is the lowest threshold whose precision is shown (Learn then Test, 2110.01052). With
   enough verdicts and none that passes, an operator sees everything first.
3. ``low`` is the highest threshold below which at most the accepted share of true incidents is
   stored unseen, shown in the same way.
4. For a scenario on which life and limb depend, recall comes before precision: ``push`` falls
   until the share of true incidents that are pushed is shown to be at least the floor.
5. The thresholds in force stay unless the new ones push over a point more of the true incidents,
   or the test does not reach those in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from scipy.stats import beta, binom

from api.accuracy.calibration import sigmoid
from api.accuracy.estimates import FloatArray
from api.accuracy.learn_then_test import FORGIVEN_ERRORS, GRID, choose_threshold
from api.accuracy.score import Thresholds

NOTHING_PUSHED = 1.0
"""A threshold that no probability reaches."""
MIN_RECALL_GAIN = 0.01
"""A point of recall: less is no reason to move a threshold."""
MIN_LOW_GAIN = 0.05
"""Lower thresholds closer than this move only if the one in force fails."""
LOW_GRID: FloatArray = sigmoid(np.linspace(-5.0, 0.0, 51))
"""Lower thresholds from lax to strict, fixed before any verdict is seen."""
DISPLAYED_GRID = GRID[::4]


class ThresholdReason(StrEnum):
    """Why thresholds move, or stay; stored and shown under this name."""

    RECALL_RISES = "recall_rises"
    PROMISE_BROKEN = "promise_broken"
    """The thresholds in force no longer keep the precision."""
    NOTHING_SHOWN = "nothing_shown"
    """There are enough verdicts, and no threshold keeps the precision: all is reviewed first."""
    LOW_MOVES = "low_moves"
    TOO_FEW = "too_few"
    """There are too few audited incidents to show anything."""
    UNCHANGED = "unchanged"


MOVES = frozenset(
    {
        ThresholdReason.RECALL_RISES,
        ThresholdReason.PROMISE_BROKEN,
        ThresholdReason.NOTHING_SHOWN,
        ThresholdReason.LOW_MOVES,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What the thresholds of a site have to keep.

    Args:
        precision: Share of the pushed incidents that are true.
        min_recall: Share of the true incidents that a person sees; of a scenario on which life and
            limb depend also the share that is pushed.
        delta: Accepted risk that either is broken.
        by_scenario: Scenarios that have to keep another promise.
    """

    precision: float = 0.988
    min_recall: float = 0.98
    delta: float = 0.1
    by_scenario: Mapping[str, "Promise"] = field(default_factory=dict)

    def of(self, scenario: str) -> "Promise":
        """Return what the thresholds of a scenario have to keep."""
        return self.by_scenario.get(scenario, self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdOption:
    """What one threshold for a push would do, on the audited incidents.

    Args:
        n: Audited incidents above it.
        n_true: How many of them are true.
        precision_bound: Lower bound of the precision, with the accepted risk (Clopper and Pearson
            1934).
        recall: Share of all true incidents that are above it; ``None`` without any.
    """

    push: float
    n: int
    n_true: int
    precision_bound: float
    recall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenThresholds:
    """The thresholds of a scenario, and on what they rest.

    Args:
        n: Audited incidents of the uniform sample.
        options: From strict to lax.
    """

    thresholds: Thresholds
    reason: ThresholdReason
    n: int
    options: Sequence[ThresholdOption]

    @property
    def moves(self) -> bool:
        """Whether they differ from those in force."""
        return self.reason in MOVES


def choose_thresholds(
    probabilities: FloatArray,
    truths: FloatArray,
    in_force: Thresholds,
    promise: Promise,
    *,
    life_and_limb: bool,
) -> ChosenThresholds:
    """Choose thresholds, or keep those in force.

    Args:
        probabilities: [n], of audited incidents drawn uniformly that fitted no calibration.
        truths: [n], 1 for true and 0 for false.
    """
    push = _choose_push(probabilities, truths, promise, life_and_limb=life_and_limb)
    reason = ThresholdReason.TOO_FEW
    if push is not None:
        reason = _reason(probabilities, truths, in_force=in_force.push, push=push)
    if push is None or reason not in MOVES:
        push = in_force.push
    low = min(_choose_low(probabilities, truths, in_force.low, promise), push)
    if low != in_force.low and reason not in MOVES:
        reason = ThresholdReason.LOW_MOVES
    thresholds = Thresholds(push=push, low=low)
    return ChosenThresholds(
        thresholds=thresholds,
        reason=reason,
        n=len(truths),
        options=list_options(probabilities, truths, delta=promise.delta),
    )


def list_options(
    probabilities: FloatArray, truths: FloatArray, *, delta: float
) -> list[ThresholdOption]:
    """Return what thresholds of a coarse grid would do, from strict to lax."""
    n_true = float(truths.sum())
    options = []
    for push in DISPLAYED_GRID.tolist():
        above = probabilities >= push
        n, hits = int(above.sum()), int(truths[above].sum())
        options.append(
            ThresholdOption(
                push=push,
                n=n,
                n_true=hits,
                precision_bound=float(beta.ppf(delta, hits, n - hits + 1)) if hits else 0.0,
                recall=hits / n_true if n_true else None,
            )
        )
    return options


def _choose_push(
    probabilities: FloatArray, truths: FloatArray, promise: Promise, *, life_and_limb: bool
) -> float | None:
    """Return the threshold for a push; ``None`` as long as nothing can be shown."""
    needed = 1 - promise.precision
    n_above = int((probabilities >= GRID.min()).sum())
    if binom.cdf(FORGIVEN_ERRORS, n_above, needed) > promise.delta:
        return None
    shown = choose_threshold(
        probabilities, truths, precision=promise.precision, delta=promise.delta
    )
    push = NOTHING_PUSHED if shown is None else shown
    if not life_and_limb:
        return push
    floor = _highest_with_recall(probabilities, truths, promise, GRID[::-1])
    return push if floor is None else min(push, floor)


def _choose_low(
    probabilities: FloatArray, truths: FloatArray, in_force: float, promise: Promise
) -> float:
    """Return the threshold below which incidents are stored (with hysteresis)."""
    low = _highest_with_recall(probabilities, truths, promise, LOW_GRID)
    if low is None:
        return in_force
    keeps = low >= in_force
    return in_force if keeps and low - in_force < MIN_LOW_GAIN else low


def _highest_with_recall(
    probabilities: FloatArray, truths: FloatArray, promise: Promise, grid: FloatArray
) -> float | None:
    """Return the highest threshold that is shown to keep the recall; ``None`` if none is.

    Args:
        grid: From lax to strict; the first that fails ends the walk.
    """
    likely = np.sort(probabilities[truths > 0])
    accepted = 1 - promise.min_recall
    chosen: float | None = None
    for threshold in grid.tolist():
        misses = int(np.searchsorted(likely, threshold))
        if binom.cdf(misses, len(likely), accepted) > promise.delta:
            break
        chosen = threshold
    return chosen


def _reason(
    probabilities: FloatArray,
    truths: FloatArray,
    *,
    in_force: float,
    push: float,
) -> ThresholdReason:
    """Return whether the threshold for a push moves (hysteresis)."""
    if _is_close(push, in_force):
        return ThresholdReason.UNCHANGED
    if push > in_force:
        is_nothing = push >= NOTHING_PUSHED
        return ThresholdReason.NOTHING_SHOWN if is_nothing else ThresholdReason.PROMISE_BROKEN
    pushed, would_push = probabilities >= in_force, probabilities >= push
    gain = (truths[would_push].sum() - truths[pushed].sum()) / max(truths.sum(), 1.0)
    return ThresholdReason.RECALL_RISES if gain > MIN_RECALL_GAIN else ThresholdReason.UNCHANGED


def _is_close(first: float, second: float) -> bool:
    return abs(first - second) < 1e-9
