"""What all cameras of a box share."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from edge.control.clock import CentreClock
from edge.engine.shared_engine import Engine
from edge.evidence.evidence_writer import EvidenceFolder
from edge.frame_tap import Window
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Built once, used by every camera.

    Args:
        crew: Makes clips.
        now: The box's clock.
        chance: A generator of numbers from 0 to 1, the same for the same name.
        windows: Of the cameras that were begun, by name.
    """

    engine: Engine
    outbox: Outbox
    evidence: EvidenceFolder
    crew: Executor
    counters: Counters
    clock: CentreClock
    now: Callable[[], datetime]
    chance: Callable[[str], Callable[[], float]]
    windows: dict[str, Window] = field(default_factory=dict)
