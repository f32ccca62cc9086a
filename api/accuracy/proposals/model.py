"""Values of the proposals: past alerts, and what a change would have done with them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from api.accuracy.store import VerdictValue
from pipeline.geometry.shapes import Box


class Change(StrEnum):
    """What is proposed; the code and its parameters are shown by the page."""

    SUPPRESS_REGION = "suppress_region"
    """Withhold the calls of alerts at one spot."""
    RAISE_PARAMETER = "raise_parameter"
    """Set a parameter of the scenario for this camera to ``value``."""
    CLEAN_LENS = "clean_lens"
    """People often gave light, reflection or dirt as the reason."""
    REDRAW_ZONE = "redraw_zone"
    """People often gave the zone or a setting as the reason: move the line, mask a part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAlert:
    """An incident of one camera and scenario with the verdict in force, as its lead alert shows it.

    Args:
        value: ``None`` if nobody has judged it.
        measures: By name, as the scenario reported them.
    """

    incident: UUID
    opened_at: datetime
    value: VerdictValue | None
    reason: str
    boxes: tuple[Box, ...]
    measures: Mapping[str, float]

    @property
    def is_false(self) -> bool:
        """Whether it was judged false."""
        return self.value is VerdictValue.FALSE

    @property
    def is_true(self) -> bool:
        """Whether it was judged true."""
        return self.value is VerdictValue.TRUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change would have done with the past alerts of its camera and scenario.

    Args:
        false_removed: The false ones that it would have removed, newest first.
        true_lost: The true ones, newest first.
        false_total: All false ones.
        true_total: All true ones.
        others_removed: Benign, unsure and unjudged ones that it would have removed.
    """

    false_removed: Sequence[UUID]
    true_lost: Sequence[UUID]
    false_total: int
    true_total: int
    others_removed: int

    @property
    def counts(self) -> dict[str, int]:
        """The numbers alone, as they are stored with a suppression."""
        return {
            "false_removed": len(self.false_removed),
            "false_total": self.false_total,
            "true_lost": len(self.true_lost),
            "true_total": self.true_total,
        }

    @property
    def is_useful(self) -> bool:
        """Whether it removes more than a single false alert, and hardly any true one."""
        removed, lost = len(self.false_removed), len(self.true_lost)
        return removed >= MIN_REMOVED and lost <= MAX_LOST_SHARE * self.true_total


MIN_REMOVED = 2
MAX_LOST_SHARE = 0.01
"""Of the true alerts of the camera and scenario: a change that loses more is not proposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change for one camera and scenario.

    Args:
        incident: The newest incident that it is about; a region is applied by naming it.
        region: Of ``SUPPRESS_REGION``.
        parameter: Of ``RAISE_PARAMETER``: its name.
        value: Of ``RAISE_PARAMETER``: the smallest value that helps.
        effect: ``None`` if it cannot be told: nobody knows what a clean lens would show.
        reasons: How many false verdicts gave the reason behind it.
    """

    change: Change
    incident: UUID
    region: Box | None = None
    parameter: str | None = None
    value: float | None = None
    effect: Effect | None = None
    reasons: int = 0


def count_effect(past: Sequence[PastAlert], is_removed: Callable[[PastAlert], bool]) -> Effect:
    """Count what a change would have done.

    Args:
        past: Of one camera and scenario, newest first.
        is_removed: Whether the change removes an alert.
    """
    removed = [alert for alert in past if is_removed(alert)]
    return Effect(
        false_removed=[alert.incident for alert in removed if alert.is_false],
        true_lost=[alert.incident for alert in removed if alert.is_true],
        false_total=sum(alert.is_false for alert in past),
        true_total=sum(alert.is_true for alert in past),
        others_removed=sum(not (alert.is_false or alert.is_true) for alert in removed),
    )
