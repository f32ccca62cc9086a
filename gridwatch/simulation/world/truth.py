"""What truly happens where and when: what people on site, and at a picture, can see."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from gridwatch.simulation.world.model import Camera, Happening, Report

TOLERANCE = timedelta(minutes=3)
"""People come too late by this much and still see what it was."""


class Truth:
    """The happenings of the day, by alert and by what cameras see."""

    def __init__(self, happenings: Iterable[Happening], reports: Iterable[Report]) -> None:
        self.happenings = tuple(happenings)
        self._outages = [happening for happening in self.happenings if happening.is_outage]
        self.number_of_alert: dict[UUID, int] = {
            report.alert.id: report.happening for report in reports
        }
        self.true_numbers = frozenset(h.number for h in self.happenings if h.is_true)
        self._by_camera: dict[tuple[str, str], list[Happening]] = defaultdict(list)
        for happening in self.happenings:
            for camera in happening.place.cameras:
                self._by_camera[str(camera.node), camera.name].append(happening)

    def is_true_incident(self, incident: dict[str, object]) -> bool:
        """Return whether something truly happens, or just did, where an incident shows it.

        What the centre reports of its nodes, cameras and rosters is true.
        """
        return incident["incident_class"] == "equipment" or any(self._true_happenings(incident))

    def ends_at(self, incident: dict[str, object], *, now: datetime) -> datetime:
        """Return when that which an incident shows is over; ``now`` if nothing goes on."""
        return max(
            (h.ends_at for h in self._true_happenings(incident) if h.ends_at > now), default=now
        )

    def _true_happenings(self, incident: dict[str, object]) -> Iterator[Happening]:
        first_at, last_at = _time(incident["first_at"]), _time(incident["last_at"])
        for happening in self._by_camera[str(incident["node"]), str(incident["camera"])]:
            is_then = (
                happening.starts_at - TOLERANCE <= last_at
                and first_at <= happening.ends_at + TOLERANCE
            )
            if happening.is_true and is_then:
                yield happening

    def dark_cameras(self, at: datetime) -> frozenset[Camera]:
        """Return the cameras without a picture at a time."""
        return frozenset(
            camera
            for happening in self._outages
            if happening.starts_at <= at < happening.ends_at
            for camera in happening.place.cameras
        )


def _time(written: object) -> datetime:
    return datetime.fromisoformat(str(written))
