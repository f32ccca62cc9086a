"""How long things must last."""

from dataclasses import dataclass
from datetime import timedelta

ZERO = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTiming:
    """How long a happening must last to be opened, and be gone to be closed.

    All but ``lost_after`` count looked-at time, in which a gap has no length.
    """

    hold: timedelta
    clear: timedelta
    min_share: float = 0.6
    """Part of the last ``hold`` in which the signal was seen, 0 to 1."""
    max_unseen: timedelta = timedelta(seconds=5)
    """Longest stretch without the signal that a hold survives."""
    report_every: timedelta = ZERO
    """How often an open alert tells how it stands; none for only when it worsens."""
    lost_after: timedelta = timedelta(minutes=10)
    """How long a camera may be away before its alerts are closed."""
