"""When the model looks: where nothing moves hardly ever, at every sample while a decision hangs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from pipeline.detection import Detections, Floats
from pipeline.motion.detection_memory import Memory, edges, joined
from pipeline.motion.inference_result import Looked
from pipeline.motion.motion_gate import NOWHERE, Moved


class Reason(StrEnum):
    """Why the model looks at a frame, or does not; the names go to health and metrics."""

    COLD = "cold"
    DECIDING = "deciding"
    PACE = "pace"
    SURPRISED = "surprised"
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

    @property
    def is_calm(self) -> bool:
        """Whether nothing stirs: who decodes key frames alone may go on so."""
        return self in {Reason.COLD, Reason.HEARTBEAT, Reason.QUIET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How attentive one is. Short times find more, and cost more."""

    heartbeat: timedelta = timedelta(seconds=10)
    """The longest time without a look, whatever the gate says."""
    pace: timedelta = timedelta(milliseconds=350)
    """The longest time without a look while anything moves: with five samples a second, one is
    left out. No habit leaves out two in a row."""
    whole: timedelta = timedelta(seconds=2)
    """The longest time without a look at the whole frame while anything moves."""
    settle: int = 1
    """Looks after the last motion: how things stand when they come to rest."""


class Attention:
    """Decide for the frames of one camera whether the model looks, and say what stands.

    For each frame ``ask``, then either ``looked`` or ``recall``. It pickles.

    Args:
        confident: From this score on a detection counts by itself.
        watched: Labels that matter to somebody; others surprise nobody.
        narrows: Looks may take in parts: what moves is gathered for ``scope``.

    Attributes:
        closely: A decision hangs: the rules are told of every motion as it is.
    """

    def __init__(
        self,
        confident: float,
        watched: frozenset[str],
        habits: Habits | None = None,
        *,
        narrows: bool = False,
    ) -> None:
        self.closely = False
        self._habits = habits or Habits()
        self._memory = Memory(confident, watched)
        self._looked: datetime | None = None
        self._whole: datetime | None = None
        self._narrows = narrows
        self._moving = NOWHERE
        self._surprised = False
        self._skipped = False
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
            if self._narrows:
                self._moving = np.concatenate([self._moving, edges(moved.boxes)])
        since = None if self._looked is None else at - self._looked
        if since is None or moved.cold:
            return Reason.COLD
        if since >= self._habits.heartbeat:
            return Reason.HEARTBEAT
        if self._owed:
            return Reason.OWED
        return self._of_motion(since) if moved else self._of_rest()

    def scope(self, at: datetime, moved: Moved, reason: Reason) -> tuple[Floats, Floats] | None:
        """Say what the look that was asked for must take in; nothing stands for the whole frame.

        Returns:
            All that has moved since the last look and who is restless; and who stands still:
            [n, 4] of corners each.
        """
        is_new = reason in {Reason.COLD, Reason.HEARTBEAT} or not moved
        if (
            not self._narrows
            or is_new
            or self._whole is None
            or at - self._whole >= self._habits.whole
        ):
            return None
        restless, others = self._memory.at_rest(at)
        return np.concatenate([self._moving, restless]), others

    def looked(self, at: datetime, moved: Moved, looked: Looked) -> Detections:
        """Take what the model found in the frame that was asked about.

        Returns:
            That, and what stands where it did not look.
        """
        self._settle -= not moved
        parts = None if looked.is_whole else looked.parts
        quiet = not self._stirred
        self._surprised = self._memory.look(at, looked.found, quiet=quiet, parts=parts)
        self._looked, self._owed, self._stirred = at, False, bool(moved)
        self._skipped, self._moving = False, NOWHERE
        if looked.is_whole:
            self._whole = at
        return joined(looked.found, self._memory.elsewhere)

    def recall(self, at: datetime, moved: Moved, *, refused: bool = False) -> Detections:
        """Say what stands in a frame that the model does not look at.

        Args:
            at: Its capture time.
            moved: What the gate says of it.
            refused: A look was wanted; the next frame wants it still.
        """
        self._owed = self._owed or refused
        self._skipped = True
        return self._memory.recall(at, quiet=not moved)

    def _of_motion(self, since: timedelta) -> Reason:
        if self.closely:
            return Reason.DECIDING
        if self._surprised:
            return Reason.SURPRISED
        return Reason.PACE if self._skipped or since >= self._habits.pace else Reason.EXPLAINED

    def _of_rest(self) -> Reason:
        """Look once more when motion ends: things may have stopped anywhere."""
        if self._settle > 0:
            return Reason.SETTLING
        return Reason.SURPRISED if self._surprised else Reason.QUIET
