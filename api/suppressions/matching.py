"""Decide whether a suppression withholds the call of an alert. Pure.

What is critical, and a scenario on which life and limb depend, passes every suppression that does
not name it: a rule for a whole camera or area never hides a fire by accident.
"""

from collections.abc import Iterable

from api.suppressions.model import AlertFacts, Suppression, SuppressionTarget
from pipeline.signal import Level


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
    if target.area_code is None:
        return True
    return alert.area_code is not None and alert.area_code.startswith(target.area_code)


def passes_unnamed(target: SuppressionTarget, alert: AlertFacts) -> bool:
    """Return whether an alert is too grave for a suppression that does not say so explicitly."""
    is_named = target.scenario == alert.scenario
    return alert.level is Level.CRITICAL or (alert.life_and_limb and not is_named)
