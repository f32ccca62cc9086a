"""Who is in a zone, and since when."""

from collections.abc import Iterable
from datetime import datetime

from pipeline.geometry import Place
from pipeline.track import Track


class Presence:
    """Note when subjects enter a zone, and forget them when they leave."""

    def __init__(self, zone: Place) -> None:
        self.zone = zone
        self._since: dict[int, datetime] = {}

    def push(self, at: datetime, tracks: Iterable[Track]) -> dict[int, datetime]:
        """Take all tracks of a frame.

        Returns:
            Since when each subject whose feet are in the zone has been there.
        """
        tracks = list(tracks)
        inside = self.zone.contains(track.box.foot for track in tracks)
        subjects = [t.subject for t, is_in in zip(tracks, inside, strict=True) if is_in]
        self._since = {subject: self._since.get(subject, at) for subject in subjects}
        return self._since
