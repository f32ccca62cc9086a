"""Decide whether two incidents of one family are one matter, seen by two cameras. Pure.

    score = SPACE_WEIGHT * space + TIME_WEIGHT * time

``space`` is 1 where the views of the cameras are declared to overlap, falls from 1 to 0.5 as the
distance grows to the radius of the family, and is the shared part of the boxes for two scenarios of
one camera. ``time`` is 1 while the incidents overlap, and falls to 0 as the gap between them grows
to ``MAX_GAP``. From ``MERGE_FROM`` on they are merged, from ``SUGGEST_FROM`` on a person is asked.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from api.incidents.lifecycle import IncidentState
from pipeline.geometry.shapes import Box
from scenarios.definition.taxonomy import Family

SPACE_WEIGHT, TIME_WEIGHT = 0.6, 0.4
MERGE_FROM, SUGGEST_FROM = 0.7, 0.55
MAX_GAP = timedelta(minutes=5)
"""Two cameras see one matter at nearly the same time; alerts are held back for up to 3 minutes."""

MIN_SHARED_BOX = 0.5
"""Two zones of one camera are one place only where most of the smaller box lies in the other."""

DEFAULT_RADIUS_M = 30.0
RADIUS_M: MappingProxyType[str, float] = MappingProxyType(
    {
        Family.CAMERA: 0.0,  # each camera fails by itself; a power cut is a storm
        Family.CROWD: 60.0,
        Family.FIRE: 80.0,
        Family.PANIC: 100.0,
        Family.TRAFFIC: 100.0,
        Family.WRONG_WAY: 150.0,  # the vehicle moves on
    }
)
"""How far apart two cameras may be that see one matter of a family."""

TAKES_OTHER_VIEWS = frozenset(
    {
        IncidentState.NEW,
        IncidentState.STORED,
        IncidentState.FILED,
        IncidentState.DISPATCHED,
        IncidentState.ACCEPTED,
        IncidentState.HANDLING,
    }
)
"""What is reported as done, suspended or closed takes no other view: it recurs there."""

EARTH_RADIUS_M = 6_371_000


class MergeReason(StrEnum):
    """What links two cameras in space; stored and shown under this name."""

    OVERLAP = "overlap"
    DISTANCE = "distance"
    SAME_VIEW = "same_view"


class MergeVerdict(StrEnum):
    """What follows from a score."""

    MERGE = "merge"
    SUGGEST = "suggest"
    SEPARATE = "separate"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMatter:
    """What of an incident decides whether it is the same as another.

    Args:
        id: ``None`` if it is not stored yet.
        boxes: Of its lead alert, as fractions of the frame.
    """

    id: UUID | None
    family: str
    scenario: str
    node: str
    camera: str
    zone: str
    lon: float | None
    lat: float | None
    first_at: datetime
    last_at: datetime
    boxes: tuple[Box, ...] = ()

    @property
    def view(self) -> tuple[str, str]:
        """Node and camera."""
        return self.node, self.camera


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeScore:
    """How likely two incidents are one matter, and why; its fields are shown beside the merge."""

    score: float
    reason: MergeReason
    distance_m: float | None
    gap_s: float

    @property
    def verdict(self) -> MergeVerdict:
        """What follows from it."""
        if self.score >= MERGE_FROM:
            return MergeVerdict.MERGE
        return MergeVerdict.SUGGEST if self.score >= SUGGEST_FROM else MergeVerdict.SEPARATE

    @property
    def parameters(self) -> dict[str, object]:
        """The reason as a code with parameters."""
        distance_m = None if self.distance_m is None else round(self.distance_m, 1)
        return {
            "reason": self.reason,
            "score": round(self.score, 3),
            "distance_m": distance_m,
            "gap_s": round(self.gap_s, 1),
        }


Overlaps = frozenset[frozenset[tuple[str, str]]]
"""Pairs of cameras, each as node and camera, whose views are declared to overlap."""

NO_OVERLAPS: Overlaps = frozenset()


def find_same_matter(
    new: SeenMatter, others: Iterable[SeenMatter], overlaps: Overlaps
) -> tuple[SeenMatter, MergeScore] | None:
    """Return the incident that is most likely the same matter, if any is likely enough to ask.

    Of equal scores the one that began first wins, so that the result does not depend on order.
    """
    scored = [
        (other, score)
        for other in others
        if (score := merge_score(new, other, overlaps)) is not None
        and score.verdict is not MergeVerdict.SEPARATE
    ]
    return min(scored, key=lambda pair: (-pair[1].score, pair[0].first_at), default=None)


def merge_score(a: SeenMatter, b: SeenMatter, overlaps: Overlaps) -> MergeScore | None:
    """Return how likely two incidents are one matter; ``None`` if nothing links them."""
    gap = max(a.first_at - b.last_at, b.first_at - a.last_at, timedelta())
    if a.family != b.family or gap > MAX_GAP:
        return None
    linked = _space(a, b, overlaps)
    if linked is None:
        return None
    space, reason, distance_m = linked
    return MergeScore(
        score=SPACE_WEIGHT * space + TIME_WEIGHT * (1 - gap / MAX_GAP),
        reason=reason,
        distance_m=distance_m,
        gap_s=gap.total_seconds(),
    )


def radius_m(family: str) -> float:
    """Return how far apart two cameras may be that see one matter of a family."""
    return RADIUS_M.get(family, DEFAULT_RADIUS_M)


def _space(
    a: SeenMatter, b: SeenMatter, overlaps: Overlaps
) -> tuple[float, MergeReason, float | None] | None:
    """Return how close the two are, what links them, and their distance."""
    if a.view == b.view:
        shared = _shared_part(a.boxes, b.boxes) if a.scenario != b.scenario else 0
        return (shared, MergeReason.SAME_VIEW, 0.0) if shared >= MIN_SHARED_BOX else None
    distance_m = _distance_m(a, b)
    if frozenset((a.view, b.view)) in overlaps:
        return 1.0, MergeReason.OVERLAP, distance_m
    radius = radius_m(a.family)
    if distance_m is None or distance_m > radius or not radius:
        return None
    return 1 - distance_m / (2 * radius), MergeReason.DISTANCE, distance_m


def _distance_m(a: SeenMatter, b: SeenMatter) -> float | None:
    """Return the distance on the ground; exact enough below a kilometre."""
    if a.lon is None or a.lat is None or b.lon is None or b.lat is None:
        return None
    east = math.radians(a.lon - b.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    return math.hypot(east, math.radians(a.lat - b.lat)) * EARTH_RADIUS_M


def _shared_part(first: Sequence[Box], second: Sequence[Box]) -> float:
    """Return the part of the smaller of two outlines that lies in the other."""
    if not first or not second:
        return 0
    a, b = _outline(first), _outline(second)
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min(_area(a), _area(b))
    return max(width, 0) * max(height, 0) / smaller if smaller > 0 else 0


def _outline(boxes: Sequence[Box]) -> tuple[float, float, float, float]:
    return (
        min(box.x for box in boxes),
        min(box.y for box in boxes),
        max(box.x + box.w for box in boxes),
        max(box.y + box.h for box in boxes),
    )


def _area(outline: tuple[float, float, float, float]) -> float:
    return (outline[2] - outline[0]) * (outline[3] - outline[1])
