"""Propose what ends the false alerts of a camera and scenario, and count what it would cost. Pure.

A region is found by the boxes of false alerts that overlap the one that a person has named; a
parameter by the measures of the alerts, where the scenario reports a measure under its name.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from api.accuracy.proposals.model import Change, Effect, PastAlert, Proposal, count_effect
from api.accuracy.verdicts.reasons import VerdictReason
from api.suppressions.matching import is_at_spot
from pipeline.geometry.shapes import Box
from scenarios import catalogue

CLUSTER_ROUNDS = 3
"""The region moves to the middle of the boxes that it covers, and covers others then."""
AT_SPOT = frozenset(
    {VerdictReason.THIS_SPOT, VerdictReason.PICTURE_FAULT, VerdictReason.FIXED_OBJECT}
)
"""Reasons that speak for one spot."""
MIN_REASONS = 3
"""So often the same reason speaks for a cause at the camera."""


def propose(past: Sequence[PastAlert], scenario: str) -> list[Proposal]:
    """Return what to change, what saves most first.

    Args:
        past: Of one camera and scenario, newest first.
    """
    proposals = [*_regions(past), *_parameters(past, scenario)]
    proposals.sort(key=lambda item: -len(item.effect.false_removed) if item.effect else 0)
    return [*proposals, *_causes(past)]


def propose_region(past: Sequence[PastAlert], reported: PastAlert) -> Proposal | None:
    """Return the region in which alerts like a false one repeat; ``None`` without boxes.

    Whether it is useful is left to who reads its effect.
    """
    if not reported.boxes:
        return None
    region = max(reported.boxes, key=lambda box: box.w * box.h)
    for _ in range(CLUSTER_ROUNDS):
        boxes = [
            box
            for alert in past
            if alert.is_false and is_at_spot(region, alert.boxes)
            for box in alert.boxes
        ]
        if not boxes:
            break
        region = _median(boxes)
    effect = count_effect(past, lambda alert: is_at_spot(region, alert.boxes))
    return Proposal(
        change=Change.SUPPRESS_REGION, incident=reported.incident, region=region, effect=effect
    )


def _regions(past: Sequence[PastAlert]) -> list[Proposal]:
    """Return the useful regions; an alert that one of them covers proposes no other."""
    found: list[Proposal] = []
    covered: set[object] = set()
    for alert in past:
        if not alert.is_false or alert.reason not in AT_SPOT or alert.incident in covered:
            continue
        proposal = propose_region(past, alert)
        if proposal is not None and proposal.effect is not None and proposal.effect.is_useful:
            found.append(proposal)
            covered |= set(proposal.effect.false_removed)
    return found


def _parameters(past: Sequence[PastAlert], scenario: str) -> list[Proposal]:
    """Return for each parameter with a measure of its name the value that removes most."""
    kind = catalogue.load().get(scenario)
    settings = [item for item in kind.settings if item.role == "parameter"] if kind else []
    newest = next((alert for alert in past if alert.is_false), None)
    if newest is None:
        return []
    found = []
    for setting in settings:
        name = setting.name
        values = sorted({alert.measures[name] for alert in past if name in alert.measures})
        if not values or (values[0] < setting.default and not setting.is_min_count):
            continue  # what is measured is not what has to be reached
        options = [(value, _effect_of_minimum(past, name, value)) for value in values[1:]]
        useful = [(value, effect) for value, effect in options if effect.is_useful]
        if useful:
            value, effect = max(useful, key=lambda item: (len(item[1].false_removed), -item[0]))
            found.append(
                Proposal(
                    change=Change.RAISE_PARAMETER,
                    incident=newest.incident,
                    parameter=name,
                    value=value,
                    effect=effect,
                )
            )
    return found


def _effect_of_minimum(past: Sequence[PastAlert], name: str, value: float) -> Effect:
    return count_effect(past, lambda alert: alert.measures.get(name, value) < value)


def _causes(past: Sequence[PastAlert]) -> list[Proposal]:
    """Return causes that people have named, whose effect nobody can count."""
    counts = Counter(alert.reason for alert in past if alert.is_false)
    newest = {alert.reason: alert.incident for alert in reversed(past) if alert.is_false}
    causes = {
        Change.CLEAN_LENS: VerdictReason.PICTURE_FAULT,
        Change.REDRAW_ZONE: VerdictReason.ZONE_OR_SETTING,
    }
    return [
        Proposal(change=change, incident=newest[reason], reasons=counts[reason])
        for change, reason in causes.items()
        if counts[reason] >= MIN_REASONS
    ]


def _median(boxes: Sequence[Box]) -> Box:
    left, top, width, height = np.median([(box.x, box.y, box.w, box.h) for box in boxes], axis=0)
    return Box(float(left), float(top), float(min(width, 1 - left)), float(min(height, 1 - top)))
