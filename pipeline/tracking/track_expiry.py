"""Who was in sight and is not: what is known of him is kept for a while."""

from collections.abc import Mapping
from datetime import datetime, timedelta


class TrackExpiry:
    """Follow who comes and goes on one camera.

    Args:
        remember: How long one who is gone is remembered.
    """

    def __init__(self, remember: timedelta) -> None:
        self._remember = remember
        self._at: datetime | None = None
        self._here: Mapping[int, int] = {}
        self._gone: dict[int, datetime] = {}

    def push(self, at: datetime, row: Mapping[int, int]) -> list[int]:
        """Take the subjects of a frame, not before the last.

        Returns:
            Who is forgotten now; nobody in almost every frame.
        """
        if self._at is not None and row.keys() != self._here.keys():
            self._gone.update(dict.fromkeys(self._here.keys() - row.keys(), self._at))
            for subject in row.keys() & self._gone.keys():
                del self._gone[subject]
        self._at, self._here = at, row
        if not self._gone:
            return []
        over = [n for n, seen_at in self._gone.items() if at - seen_at > self._remember]
        for subject in over:
            del self._gone[subject]
        return over
