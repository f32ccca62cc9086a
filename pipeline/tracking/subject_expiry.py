"""Say which subjects have been absent for so long that their state can be dropped."""

from collections.abc import Mapping
from datetime import datetime, timedelta


class SubjectExpiry:
    """Follow which subjects of one camera are present, and expire those gone for too long.

    Args:
        keep: How long the state of an absent subject is kept.
    """

    def __init__(self, keep: timedelta) -> None:
        self._keep = keep
        self._at: datetime | None = None
        self._present: Mapping[int, int] = {}
        self._last_seen: dict[int, datetime] = {}

    def push(self, at: datetime, present: Mapping[int, int]) -> list[int]:
        """Process the subjects of a frame.

        Args:
            at: Capture time, not before the previous frame.
            present: The row of each subject.

        Returns:
            The subjects that expire now; empty for most frames.
        """
        if self._at is not None and present.keys() != self._present.keys():
            gone = self._present.keys() - present.keys()
            self._last_seen.update(dict.fromkeys(gone, self._at))
            for subject in present.keys() & self._last_seen.keys():
                del self._last_seen[subject]
        self._at, self._present = at, present
        if not self._last_seen:
            return []
        expired = [n for n, seen_at in self._last_seen.items() if at - seen_at > self._keep]
        for subject in expired:
            del self._last_seen[subject]
        return expired
