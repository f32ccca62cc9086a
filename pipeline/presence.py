"""Who is in a zone, and since when."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pipeline.geometry import Place
from pipeline.track import Track

UNSEEN = timedelta(seconds=5)
"""How long one who is not seen at all still counts as having stayed."""


class Presence:
    """Note when subjects enter a zone, and forget them when they leave."""

    def __init__(self, zone: Place) -> None:
        self.zone = zone
        self._known: dict[int, tuple[datetime, datetime]] = {}

    def push(self, at: datetime, tracks: Iterable[Track]) -> Mapping[int, datetime]:
        """Take all tracks of a frame.

        Returns:
            Since when each subject whose feet are in the zone has been there.
        """
        tracks = list(tracks)
        known = {n: times for n, times in self._known.items() if at - times[1] <= UNSEEN}
        inside = self.zone.contains(track.box.foot for track in tracks)
        subjects = [t.subject for t, is_in in zip(tracks, inside, strict=True) if is_in]
        now = {subject: known.get(subject, (at, at))[0] for subject in subjects}
        seen = {track.subject for track in tracks}
        hidden = {subject: times for subject, times in known.items() if subject not in seen}
        self._known = hidden | {subject: (since, at) for subject, since in now.items()}
        return now
