"""What a scenario must do: in a scripted case on the stage, and on a real clip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pipeline.ground.marked_ground import Mark
from pipeline.signal import Level
from scenarios.testing.actors import Actor, Position
from scenarios.testing.image_edits import Edit


@dataclass(frozen=True, slots=True)
class Case:
    """A scripted scene, and the alerts that must open in it.

    Every case is played twice: clean, and with the faults of a real detector.

    Args:
        name: A short sentence.
        actors: Who is on the stage.
        opens: Number of alerts that must open, no more and no fewer.
        reaches: Highest level that any of them must reach; ``None`` accepts every level.
        zone: Corners in metres, two for a line; empty for the whole frame.
        parameters: What the site sets, timing and ``level`` too.
        duration: Length of the case; by default until all actors and edits are done, plus one
            and a half times ``hold``.
        edits: Changes to the image, for scenarios that look at pixels.
    """

    name: str
    actors: Sequence[Actor]
    opens: int
    reaches: Level | None = None
    zone: Sequence[Position] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    duration: timedelta | None = None
    edits: Sequence[Edit] = ()


@dataclass(frozen=True, slots=True)
class FootageCase:
    """A real clip, and the alerts that must open on it.

    Args:
        clip: Its name in the list of footage.
        expects: ``(opens, closes)`` of every alert, in seconds of the clip; empty for none. The
            end of the clip closes what is open.
        tolerance_s: How many seconds either time may differ.
        zone: Corners in fractions of the frame; empty for the whole frame.
        parameters: What the site sets, timing and ``level`` too.
        edits: Changes to the frames; with any, the case counts as composed, not real.
        duration: Play the clip in a loop for this long; ``None`` to play it once.
        marks: Points whose place on the ground was measured; without them, metres follow from
            how tall people look.
    """

    clip: str
    expects: Sequence[tuple[float, float]]
    tolerance_s: float = 3.0
    zone: Sequence[Position] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    edits: Sequence[Edit] = ()
    duration: timedelta | None = None
    marks: Sequence[Mark] = ()
