"""The result of a scenario rule on one frame."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from pipeline.geometry.shapes import Box


class Level(StrEnum):
    """Severity; members compare in this order, ``INFO`` lowest."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for ``INFO`` to 3 for ``CRITICAL``."""
        return LEVEL_RANKS[self]

    def __lt__(self, other: str) -> bool:
        """Return whether this level is lower."""
        return LEVEL_RANKS[self] < LEVEL_RANKS[other]

    def __le__(self, other: str) -> bool:
        """Return whether this level is lower or equal."""
        return LEVEL_RANKS[self] <= LEVEL_RANKS[other]

    def __gt__(self, other: str) -> bool:
        """Return whether this level is higher."""
        return LEVEL_RANKS[self] > LEVEL_RANKS[other]

    def __ge__(self, other: str) -> bool:
        """Return whether this level is higher or equal."""
        return LEVEL_RANKS[self] >= LEVEL_RANKS[other]


LEVEL_RANKS: dict[str, int] = {level: rank for rank, level in enumerate(Level)}


class SceneObject(Protocol):
    """Anything a signal can refer to: a track, a static object, a fire, the whole view."""

    @property
    def subject(self) -> int:
        """Number of the object, from 1."""
        ...

    @property
    def box(self) -> Box:
        """Its bounding box."""
        ...

    @property
    def score(self) -> float:
        """Confidence, 0 to 1."""
        ...


class ExplainStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One step of the explanation of an alert: how much went in, how much came out, and why.

    Args:
        name: ``detect``, ``track``, ``zone``, ``rule``, ``hold`` or ``second_look``; ``step`` on
            the wire.
        value_in: ``in`` on the wire.
        value_out: ``out`` on the wire.
        reason: Names and numbers only, so that it needs no translation.
    """

    name: str = msgspec.field(name="step")
    value_in: float = msgspec.field(name="in")
    value_out: float = msgspec.field(name="out")
    reason: str = ""


class CountedObject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An object that a rule counted.

    Args:
        label: What the model calls it; empty for what no model detects, such as a zone.
        is_visible: Whether it was detected in this frame; else its position is predicted.
    """

    box: Box
    label: str = ""
    is_visible: bool = True


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A positive result of a rule on one frame.

    Args:
        zone: Name of the zone.
        subject: Number of the object, or ``None`` where an episode covers the whole zone.
        score: Confidence of the detections behind the signal, 0 to 1, not calibrated.
        objects: What the rule counted, to show in the snapshot.
        measures: The numbers behind the signal, with the unit in the name.
        steps: Explanation up to the rule, first to last.
    """

    zone: str
    subject: int | None
    level: Level
    score: float
    objects: tuple[CountedObject, ...]
    measures: Mapping[str, float] = msgspec.field(default_factory=dict)
    steps: tuple[ExplainStep, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes of the counted objects."""
        return tuple([each.box for each in self.objects])

    @property
    def explanation(self) -> tuple[ExplainStep, ...]:
        """``steps`` and the step of the rule itself."""
        numbers = " ".join(f"{name}={value:g}" for name, value in sorted(self.measures.items()))
        n = len(self.objects)
        value_in = self.steps[-1].value_out if self.steps else n
        return *self.steps, ExplainStep(name="rule", value_in=value_in, value_out=n, reason=numbers)

    @property
    def episode_key(self) -> tuple[str, int]:
        """The episode it belongs to: zone and subject, 0 for the whole zone."""
        return self.zone, self.subject or 0

    @property
    def priority(self) -> tuple[float, ...]:
        """Order among the signals of one episode: level, score, then boxes and measures."""
        places = [side for box in self.boxes for side in (box.x, box.y, box.w, box.h)]
        numbers = [value for _, value in sorted(self.measures.items())]
        return self.level.rank, self.score, *places, *numbers
