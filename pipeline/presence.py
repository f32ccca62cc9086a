"""Who is in a zone, and since when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import compress

from pipeline.geometry import Place
from pipeline.watched import Watched

UNSEEN = timedelta(seconds=5)
"""How long one who is not seen at all still counts as having stayed."""


class Presence:
    """Note when subjects enter a zone, and forget them when they leave."""

    def __init__(self, zone: Place) -> None:
        self._zone = zone
        self._known: dict[int, tuple[datetime, datetime]] = {}

    def push(self, at: datetime, tracks: Watched) -> Mapping[int, datetime]:
        """Take all tracks of a frame.

        Returns:
            Since when each subject whose feet are in the zone has been there.
        """
        row, known = tracks.row, self._known
        if not (row or known):
            return {}
        inside = compress(row, self._zone.contains(tracks.feet).tolist())
        now = {n: known[n][0] if self._stayed(n, at) else at for n in inside}
        hidden = {n: known[n] for n in known.keys() - row.keys() if self._stayed(n, at)}
        self._known = hidden | {n: (since, at) for n, since in now.items()}
        return now

    def _stayed(self, subject: int, at: datetime) -> bool:
        """Whether somebody was there lately."""
        return subject in self._known and at - self._known[subject][1] <= UNSEEN
