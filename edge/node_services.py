"""The services that all cameras of a node share."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from edge.control.clock import CentreClock
from edge.engine.shared_engine import SharedEngine
from edge.engine.shared_poses import SharedPoses
from edge.evidence.evidence_writer import EvidenceWriter
from edge.frame_tap import FrameTap
from edge.health.counters import Counters
from edge.outbox.outbox import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeServices:
    """Built once by ``edge/wiring.py``.

    Args:
        fast_engine: The same engine with the fast model; ``None`` if none is set.
        look_engine: The same engine with the model for second looks; ``None`` for the model itself.
        clip_executor: Makes clips in the background.
        clock: The centre's time, as far as it is known.
        now: The node's clock.
        random_for: Returns a generator of random numbers from 0 to 1, seeded by a name.
        poses: The pose model, loaded when a camera needs it.
        frame_taps: Frame taps of all cameras that were built, by name.
    """

    engine: SharedEngine
    outbox: Outbox
    evidence_writer: EvidenceWriter
    clip_executor: Executor
    counters: Counters
    clock: CentreClock
    now: Callable[[], datetime]
    random_for: Callable[[str], Callable[[], float]]
    fast_engine: SharedEngine | None = None
    look_engine: SharedEngine | None = None
    poses: SharedPoses = field(default_factory=SharedPoses)
    frame_taps: dict[str, FrameTap] = field(default_factory=dict)
