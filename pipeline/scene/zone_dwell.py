"""Record since when each subject is inside a zone."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import compress

from pipeline.geometry.shapes import ZoneOrLine
from pipeline.scene.track_set import TrackSet

MAX_UNSEEN = timedelta(seconds=5)
"""How long an unseen subject still counts as having stayed."""


class ZoneDwell:
    """Record when subjects enter a zone, and forget them when they leave."""

    def __init__(self, zone: ZoneOrLine) -> None:
        self._zone = zone
        self._at: datetime | None = None
        self._inside: Mapping[int, datetime] = {}
        self._unseen: dict[int, tuple[datetime, datetime]] = {}
        """When each unseen subject entered, and when it was last seen."""

    def push(self, at: datetime, tracks: TrackSet) -> Mapping[int, datetime]:
        """Process all tracks of a frame.

        Returns:
            When each subject whose feet are inside the zone entered it.
        """
        row = tracks.row
        if not (row or self._inside or self._unseen):
            return {}
        self._remember(self._inside.keys() - row.keys())
        back = {n: u[0] for n, u in self._unseen.items() if at - u[1] <= MAX_UNSEEN}
        entered_at = {**self._previous(at), **back} if back else self._previous(at)
        inside = list(compress(row, self._zone.contains(tracks.feet).tolist()))
        if inside != list(entered_at):
            entered_at = {n: entered_at.get(n, at) for n in inside}
        self._inside = entered_at
        if self._unseen:
            self._unseen = {n: self._unseen[n] for n in back if n not in row}
        self._at = at
        return self._inside

    def _previous(self, at: datetime) -> Mapping[int, datetime]:
        """Return the subjects of the previous frame, unless that is too long ago."""
        return {} if self._at is None or at - self._at > MAX_UNSEEN else self._inside

    def _remember(self, unseen: Iterable[int]) -> None:
        for subject in unseen:
            if self._at is not None:
                self._unseen[subject] = self._inside[subject], self._at
