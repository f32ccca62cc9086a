"""How long things must last."""

from dataclasses import dataclass
from datetime import timedelta

NONE = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a happening must last to be opened, and be gone to be closed.

    All but ``lost_after`` count looked-at time, in which a gap has no length.
    """

    hold: timedelta
    clear: timedelta
    share: float = 0.6
    """Part of the last ``hold`` in which the signal was seen, 0 to 1."""
    unseen: timedelta = timedelta(seconds=5)
    """Longest stretch without the signal that a hold survives."""
    report_every: timedelta = NONE
    """How often an open alert tells how it stands; none for only when it worsens."""
    lost_after: timedelta = timedelta(minutes=10)
    """How long a camera may be away before its alerts are closed."""
