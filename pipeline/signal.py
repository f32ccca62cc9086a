"""What a rule says of one frame."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from pipeline.alerting.step import ExplainStep
from pipeline.geometry.shapes import Box


class Level(StrEnum):
    """How bad, from a note to a danger to life; compares in that order."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for a note, 3 for a danger to life."""
        return LEVEL_RANKS[self]

    def __lt__(self, other: str) -> bool:
        """Less bad than."""
        return LEVEL_RANKS[self] < LEVEL_RANKS[other]

    def __le__(self, other: str) -> bool:
        """At most as bad as."""
        return LEVEL_RANKS[self] <= LEVEL_RANKS[other]

    def __gt__(self, other: str) -> bool:
        """Worse than."""
        return LEVEL_RANKS[self] > LEVEL_RANKS[other]

    def __ge__(self, other: str) -> bool:
        """At least as bad as."""
        return LEVEL_RANKS[self] >= LEVEL_RANKS[other]


LEVEL_RANKS: dict[str, int] = {level: rank for rank, level in enumerate(Level)}
"""From the mildest up."""


class SceneObject(Protocol):
    """What a rule can point at: a track, a thing left, the view as a whole."""

    @property
    def subject(self) -> int:
        """Our number, from 1."""
        ...

    @property
    def box(self) -> Box:
        """Where it is."""
        ...

    @property
    def score(self) -> float:
        """How sure it is, 0 to 1."""
        ...


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's view of one frame: this hazard is there, now.

    Args:
        zone: Where.
        subject: Our number of the object, or ``None`` where the zone is one happening.
        level: How bad.
        score: How sure the detector is of what the signal rests on, 0 to 1, raw.
        boxes: Where to look, fractions of the frame.
        measures: The numbers behind it, each with its unit in the name.
        steps: The steps that led to the rule, first to last.
    """

    zone: str
    subject: int | None
    level: Level
    score: float
    boxes: tuple[Box, ...]
    measures: Mapping[str, float] = msgspec.field(default_factory=dict)
    steps: tuple[ExplainStep, ...] = ()

    @property
    def explanation(self) -> tuple[ExplainStep, ...]:
        """The steps that led to it, the rule's own as the last; made when an alert tells it."""
        numbers = " ".join(f"{name}={value:g}" for name, value in sorted(self.measures.items()))
        n = len(self.boxes)
        taken = self.steps[-1].value_out if self.steps else n
        return *self.steps, ExplainStep(name="rule", value_in=taken, value_out=n, reason=numbers)

    @property
    def episode_key(self) -> tuple[str, int]:
        """Which happening it speaks of: zone and subject, 0 for the zone as a whole."""
        return self.zone, self.subject or 0

    @property
    def priority(self) -> tuple[float, ...]:
        """Orders signals of one happening: worst, then surest, then by place and numbers."""
        places = [side for box in self.boxes for side in (box.x, box.y, box.w, box.h)]
        numbers = [value for _, value in sorted(self.measures.items())]
        return self.level.rank, self.score, *places, *numbers
