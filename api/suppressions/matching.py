"""Decide whether a suppression withholds the call of an alert. Pure.

What is critical, and a scenario on which life and limb depend, passes every suppression that does
not name it: a rule for a whole camera or area never hides a fire by accident.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from api.suppressions.model import AlertFacts, Suppression, SuppressionTarget
from pipeline.geometry.boxes import iou_matrix
from pipeline.geometry.shapes import Box
from pipeline.signal import Level

MIN_IOU = 0.5
"""From which overlap a box counts as a region, as in the usual match of detections."""


def find_suppression(suppressions: Iterable[Suppression], alert: AlertFacts) -> Suppression | None:
    """Return the suppression that covers an alert and ends last; ``None`` if none does."""
    covering = [suppression for suppression in suppressions if is_covered(suppression, alert)]
    return max(
        covering, key=lambda suppression: (suppression.ends_at, suppression.id), default=None
    )


def is_covered(suppression: Suppression, alert: AlertFacts) -> bool:
    """Return whether a suppression withholds the call of an alert."""
    is_in_time = suppression.starts_at <= alert.observed_at < suppression.ends_at
    if not is_in_time or not matches_target(suppression.target, alert):
        return False
    return suppression.includes_life_and_limb or not passes_unnamed(suppression.target, alert)


def matches_target(target: SuppressionTarget, alert: AlertFacts) -> bool:
    """Return whether an alert agrees with everything that a target names."""
    named = (
        (target.node, alert.node),
        (target.camera, alert.camera),
        (target.zone, alert.zone),
        (target.scenario, alert.scenario),
    )
    if any(wanted is not None and wanted != actual for wanted, actual in named):
        return False
    if target.region is not None and not is_at_spot(target.region, alert.boxes):
        return False
    if target.area_code is None:
        return True
    return alert.area_code is not None and alert.area_code.startswith(target.area_code)


def is_at_spot(region: Box, boxes: Sequence[Box]) -> bool:
    """Return whether every box is nearly a region; without boxes nothing is.

    What is seen beside it, or is larger or smaller, passes: a person in front of a sign whose
    reflection is suppressed is not the sign.
    """
    if not boxes:
        return False
    return bool((iou_matrix(_corners([region]), _corners(boxes)) >= MIN_IOU).all())


def _corners(boxes: Sequence[Box]) -> NDArray[np.float64]:
    return np.array([(box.x, box.y, box.right, box.bottom) for box in boxes])


def passes_unnamed(target: SuppressionTarget, alert: AlertFacts) -> bool:
    """Return whether an alert is too grave for a suppression that does not say so explicitly."""
    is_named = target.scenario == alert.scenario
    return alert.level is Level.CRITICAL or (alert.life_and_limb and not is_named)
