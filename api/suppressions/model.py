"""Values of a suppression: what it covers, for how long, and who gave which reason."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pipeline.geometry.shapes import Box
from pipeline.signal import Level


class SuppressionKind(StrEnum):
    """Why calls are withheld; stored and shown under this name."""

    SUPPRESSION = "suppression"
    """The alerts are wrong or of no use."""
    MAINTENANCE = "maintenance"
    """Somebody works at the camera or at the site."""
    SHELVING = "shelving"
    """The matter is known and is dealt with later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionTarget:
    """The alerts that are covered: those that agree with everything that is named.

    Args:
        node: Node of ``camera``; both or neither.
        zone: A zone of ``camera``.
        area_code: The cameras of this area and of all areas below it.
        region: A spot in the picture of ``camera``, as fractions: alerts all of whose boxes are
            nearly this one. Without a zone.
    """

    node: str | None = None
    camera: str | None = None
    zone: str | None = None
    scenario: str | None = None
    area_code: str | None = None
    region: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSuppression:
    """A suppression to be stored.

    Args:
        includes_life_and_limb: It also covers what is critical, and the scenarios on which life
            and limb depend, although it does not name them.
        incident: The incident whose review led to it.
        prediction: What it would have done with past alerts, as far as that was counted.
    """

    kind: SuppressionKind
    target: SuppressionTarget
    reason: str
    starts_at: datetime
    ends_at: datetime
    includes_life_and_limb: bool = False
    incident: UUID | None = None
    prediction: dict[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A stored suppression.

    Args:
        area: The area whose desks see it and may end it.
        ends_at: When it ends or has ended; earlier than planned if somebody ended it.
        ended_by: Who ended it early; ``None`` if it ends by itself.
        withheld: Incidents whose calls it has withheld.
    """

    id: UUID
    kind: SuppressionKind
    target: SuppressionTarget
    reason: str
    starts_at: datetime
    ends_at: datetime
    includes_life_and_limb: bool
    incident: UUID | None
    area: str
    created_by: str
    created_at: datetime
    ended_by: str | None
    prediction: dict[str, int] | None = None
    withheld: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """What of an alert decides whether a suppression covers it.

    Args:
        observed_at: By the clock of the centre.
        life_and_limb: Its scenario is one on which life and limb depend.
        boxes: What it shows in the picture.
    """

    node: str
    camera: str
    zone: str
    scenario: str
    area_code: str | None
    level: Level
    life_and_limb: bool
    observed_at: datetime
    boxes: tuple[Box, ...] = ()
