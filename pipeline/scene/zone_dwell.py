"""Who is in a zone, and since when."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import compress

from pipeline.geometry.shapes import ZoneOrLine
from pipeline.scene.track_set import TrackSet

UNSEEN = timedelta(seconds=5)
"""How long one who is not seen at all still counts as having stayed."""


class ZoneDwell:
    """Note when subjects enter a zone, and forget them when they leave."""

    def __init__(self, zone: ZoneOrLine) -> None:
        self._zone = zone
        self._at: datetime | None = None
        self._here: Mapping[int, datetime] = {}
        self._hidden: dict[int, tuple[datetime, datetime]] = {}

    def push(self, at: datetime, tracks: TrackSet) -> Mapping[int, datetime]:
        """Take all tracks of a frame.

        Returns:
            Since when each subject whose feet are in the zone has been there.
        """
        row = tracks.row
        if not (row or self._here or self._hidden):
            return {}
        self._hide(self._here.keys() - row.keys())
        back = {n: h[0] for n, h in self._hidden.items() if at - h[1] <= UNSEEN}
        stayed = {**self._lately(at), **back} if back else self._lately(at)
        inside = list(compress(row, self._zone.contains(tracks.feet).tolist()))
        if inside != list(stayed):
            stayed = {n: stayed.get(n, at) for n in inside}
        self._here = stayed
        if self._hidden:
            self._hidden = {n: self._hidden[n] for n in back if n not in row}
        self._at = at
        return self._here

    def _lately(self, at: datetime) -> Mapping[int, datetime]:
        """Who stood there in the last frame, unless that is too long ago."""
        return {} if self._at is None or at - self._at > UNSEEN else self._here

    def _hide(self, gone: Iterable[int]) -> None:
        """Remember who stood there in the last frame and is not seen in this one."""
        for subject in gone:
            if self._at is not None:
                self._hidden[subject] = self._here[subject], self._at
