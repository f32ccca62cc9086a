"""When the model looks: at what is new at once, at what goes its way now and then."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import cv2
import numpy as np

from pipeline.detection import Detections, Floats
from pipeline.frame import Pixels
from pipeline.gate import Moved
from pipeline.memory import Memory


class Reason(StrEnum):
    """Why the model looks at a frame, or does not; the names go to health and metrics."""

    COLD = "cold"
    MOVED = "moved"
    SURPRISED = "surprised"
    PACE = "pace"
    SETTLING = "settling"
    HEARTBEAT = "heartbeat"
    OWED = "owed"
    EXPLAINED = "explained"
    QUIET = "quiet"
    BUSY = "busy"

    @property
    def looks(self) -> bool:
        """Whether the model is asked."""
        return self not in {Reason.EXPLAINED, Reason.QUIET, Reason.BUSY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How attentive one is. Short times find more, and cost more."""

    heartbeat: timedelta = timedelta(seconds=10)
    """The longest time without a look, whatever the gate says."""
    pace: timedelta = timedelta(milliseconds=550)
    """The longest time without a look while anything moves: three samples of five a second."""
    settle: int = 1
    """Looks after the last motion: how things stand when they come to rest."""
    newcomer: int = 12
    """Moving pixels of the small picture, close together, that are worth a look at once."""
    trail: float = 1.0
    """Seconds for which the gate still sees motion where something known has been."""
    margin: float = 0.25
    """How far the motion of something known reaches beyond it, in parts of its size."""


class Attention:
    """Decide for the frames of one camera whether the model looks, and say what stands.

    For each frame ``ask``, then either ``looked`` or ``recall``. It pickles.

    Args:
        confident: From this score on a detection counts by itself.
        watched: Labels that matter to somebody; others surprise nobody.
    """

    def __init__(
        self, confident: float, watched: frozenset[str], habits: Habits | None = None
    ) -> None:
        self._habits = habits or Habits()
        self._memory = Memory(confident, watched)
        self._looked: datetime | None = None
        self._idle: Pixels | None = None
        self._surprised = False
        self._owed = False
        self._stirred = True
        self._settle = 0

    def ask(self, at: datetime, moved: Moved) -> Reason:
        """Judge a frame by what moved in it.

        Args:
            at: Its capture time, not before the last.
            moved: What the gate says of it.
        """
        if moved:
            self._settle, self._stirred = self._habits.settle, True
        since = None if self._looked is None else at - self._looked
        if since is None or moved.cold:
            return Reason.COLD
        if since >= self._habits.heartbeat:
            return Reason.HEARTBEAT
        if self._owed:
            return Reason.OWED
        return self._of_motion(at, moved, since) if moved else self._of_rest()

    def looked(self, at: datetime, moved: Moved, found: Detections) -> None:
        """Take what the model found in the frame that was asked about."""
        self._settle -= not moved
        self._surprised = self._memory.look(at, found, quiet=not self._stirred)
        left = self._unexplained(at, moved)
        self._idle = None if left is None else np.asarray(cv2.dilate(left, NEAR), np.uint8)
        self._looked, self._owed, self._stirred = at, False, bool(moved)

    def recall(self, at: datetime, moved: Moved, *, refused: bool = False) -> Detections:
        """Say what stands in a frame that the model does not look at.

        Args:
            at: Its capture time.
            moved: What the gate says of it.
            refused: A look was wanted; the next frame wants it still.
        """
        self._owed = self._owed or refused
        return self._memory.recall(at, quiet=not moved)

    def _of_motion(self, at: datetime, moved: Moved, since: timedelta) -> Reason:
        if self._surprised:
            return Reason.SURPRISED
        if since >= self._habits.pace:
            return Reason.PACE
        left = self._unexplained(at, moved)
        if left is None:
            return Reason.EXPLAINED
        fresh = left if self._idle is None else left & ~self._idle
        close = cv2.boxFilter(fresh, cv2.CV_8U, (7, 7), normalize=False, borderType=OUTSIDE)
        return Reason.MOVED if close.max() >= self._habits.newcomer else Reason.EXPLAINED

    def _of_rest(self) -> Reason:
        """Look once more when motion ends: things may have stopped anywhere."""
        return Reason.SETTLING if self._settle > 0 or self._surprised else Reason.QUIET

    def _unexplained(self, at: datetime, moved: Moved) -> Pixels | None:
        """Take out the motion of all that is known; none if nothing is left."""
        if not moved:
            return None
        left = moved.mask.copy()
        for first, top, last, bottom in self._places(at, left.shape):
            left[top:bottom, first:last] = 0
        return left if left.any() else None

    def _places(self, at: datetime, shape: tuple[int, ...]) -> list[list[int]]:
        """Pixels that the known objects reach: left, top, right, bottom."""
        height, width = shape
        edges = self._memory.reach(at, trail=self._habits.trail)
        by = (edges[:, 2:] - edges[:, :2]) * np.float32(self._habits.margin)
        low, high = edges[:, :2] - by, edges[:, 2:] + by
        reach: Floats = np.concatenate([low, high], axis=1).clip(0.0, 1.0)
        scaled = reach * np.array([width, height, width, height], np.float32)
        places: list[list[int]] = (scaled + np.array([0, 0, 1, 1], np.float32)).astype(int).tolist()
        return places


NEAR = np.ones((5, 5), np.uint8)
OUTSIDE = cv2.BORDER_CONSTANT
