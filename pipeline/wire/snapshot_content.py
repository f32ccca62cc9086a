"""What a snapshot shows: its time, the zones, and the objects that were counted."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from pipeline.geometry.shapes import Box, Point
from pipeline.signal import ExplainStep
from pipeline.text import Text
from pipeline.wire.limits import (
    MAX_SENTENCE_LENGTH,
    Label,
    Name,
    Number,
    Ratio,
    Timestamp,
    check_number,
)

MAX_OBJECTS = 300
MAX_ZONES = 50
MAX_ZONE_POINTS = 100


class SnapshotZone(msgspec.Struct, frozen=True, kw_only=True):
    """A zone of the scenario: a polygon, or a line of two points."""

    name: Name
    points: Annotated[
        tuple[tuple[Ratio, Ratio], ...], Meta(min_length=2, max_length=MAX_ZONE_POINTS)
    ]


class SnapshotObject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An object in the picture.

    Args:
        box: Where the model detected it in this very frame; where it was expected if it did not.
        role: ``counted`` by the rule, or another one that the scenario watches for.
        label: What the model calls it; empty for what no model detects, such as a zone.
        is_visible: Whether it was detected in this frame; ``visible`` on the wire.
    """

    box: Box
    role: Literal["counted", "other"]
    label: Label = ""
    is_visible: bool = msgspec.field(default=True, name="visible")


class SnapshotContent(msgspec.Struct, frozen=True, kw_only=True):
    """What one snapshot shows; everything in it is of the same frame.

    Args:
        taken_at: Capture time of the frame.
        message: The reason at that time; ``because`` on the wire.
        measures: The numbers of the rule at that time.
        explain: The steps that led to it, first to last.
        zones: The zone of the alert, or all zones if the rule counts over all of them; empty
            if it is the whole frame.
        objects: Counted ones first.
    """

    taken_at: Timestamp
    message: Text = msgspec.field(name="because")
    measures: dict[Label, Number]
    explain: tuple[ExplainStep, ...] = ()
    zones: Annotated[tuple[SnapshotZone, ...], Meta(max_length=MAX_ZONES)] = ()
    objects: Annotated[tuple[SnapshotObject, ...], Meta(max_length=MAX_OBJECTS)] = ()

    def __post_init__(self) -> None:
        """Check that numbers and texts are possible."""
        for value in self.measures.values():
            check_number(value)
        for step in self.explain:
            check_number(step.value_in)
            check_number(step.value_out)
        if max(len(self.message.zh), len(self.message.en)) > MAX_SENTENCE_LENGTH:
            raise ValueError(f"because of snapshot has more than {MAX_SENTENCE_LENGTH} characters")

    @property
    def counted_boxes(self) -> tuple[Box, ...]:
        """The boxes of the counted objects."""
        return tuple(each.box for each in self.objects if each.role == "counted")


def make_snapshot_zone(name: str, points: tuple[Point, ...]) -> SnapshotZone:
    """Return a zone with its points rounded to four decimals, inside the frame."""
    rounded = tuple((_fraction(point.x), _fraction(point.y)) for point in points)
    return SnapshotZone(name=name, points=rounded)


def _fraction(value: float) -> float:
    return min(max(round(value, 4), 0.0), 1.0)
