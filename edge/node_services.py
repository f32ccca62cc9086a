"""What all cameras of a box share."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from edge.control.clock import CentreClock
from edge.engine.shared_engine import SharedEngine
from edge.evidence.evidence_writer import EvidenceWriter
from edge.frame_tap import FrameTap
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeServices:
    """Built once, used by every camera.

    Args:
        clip_executor: Makes clips.
        now: The box's clock.
        random_for: A generator of numbers from 0 to 1, the same for the same name.
        frame_taps: Of the cameras that were begun, by name.
    """

    engine: SharedEngine
    outbox: Outbox
    evidence_writer: EvidenceWriter
    clip_executor: Executor
    counters: Counters
    clock: CentreClock
    now: Callable[[], datetime]
    random_for: Callable[[str], Callable[[], float]]
    frame_taps: dict[str, FrameTap] = field(default_factory=dict)
