"""The event F1 of i-LIDS in its two roles, with an interval."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec
import numpy as np
from numpy.typing import NDArray

from gridwatch.workbench.evaluation.intervals import Interval

Counts = NDArray[np.float64]

DRAWS = 4000
"""Of the interval; its ends then differ by less than 0.01 between seeds."""
SEED = 1


class Role(StrEnum):
    """What a system is for (i-LIDS user guide, Home Office CAST 10/11)."""

    OPERATIONAL_ALERT = "operational_alert"
    """A person reacts at once: false alerts weigh much, and a late alert finds nothing."""
    EVENT_RECORDING = "event_recording"
    """Alerts start a recording that is looked at later: only misses weigh."""


@dataclass(frozen=True, slots=True)
class RoleRule:
    """How i-LIDS scores a role.

    Args:
        recall_bias: The weight of recall, alpha.
        within_s: How long after the event is complete the first alert may come; ``None`` for
            any time during the event.
    """

    recall_bias: float
    within_s: float | None


ROLES = {
    Role.OPERATIONAL_ALERT: RoleRule(recall_bias=0.65, within_s=10.0),
    Role.EVENT_RECORDING: RoleRule(recall_bias=75.0, within_s=None),
}
"""The recall bias is meant to be that of the i-LIDS scenario sterile zone; not checked, as the
guide was not at hand. Other scenarios have others."""


class EventF1(msgspec.Struct, frozen=True, kw_only=True):
    """F1 = (alpha + 1) R P / (R + alpha P), from counts of events.

    Args:
        interval: 95 %; see ``compute_f1``.
    """

    found: int
    missed: int
    false: int
    f1: float
    interval: Interval


def compute_f1(*, found: int, missed: int, false: int, recall_bias: float) -> EventF1:
    """Return the F1 with its interval.

    The interval is that of Goutte and Gaussier (ECIR 2005): each count follows a Gamma
    distribution with Jeffreys' prior; an end is 0 or 1 where the share itself is.
    """
    generator = np.random.default_rng(SEED)
    counts = np.array([found, missed, false], np.float64)
    tp, fn, fp = generator.standard_gamma(counts[:, None] + 0.5, (3, DRAWS))
    draws = weighted_f1(tp, fn, fp, recall_bias)
    low, high = np.quantile(draws, [0.025, 0.975])
    return EventF1(
        found=found,
        missed=missed,
        false=false,
        f1=float(weighted_f1(counts[0], counts[1], counts[2], recall_bias)),
        interval=(float(low) if found else 0.0, float(high) if missed or false else 1.0),
    )


def weighted_f1(found: Counts, missed: Counts, false: Counts, recall_bias: float) -> Counts:
    """Return F1 = (alpha + 1) R P / (R + alpha P), 0 where nothing is found.

    With R = found / (found + missed) and P = found / (found + false) this is
    (alpha + 1) found / ((alpha + 1) found + false + alpha missed).
    """
    weighted = (recall_bias + 1) * found
    total = weighted + recall_bias * missed + false
    return np.divide(weighted, total, out=np.zeros_like(total), where=total > 0)
