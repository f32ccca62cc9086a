"""What has to be known of the surroundings before an alert opens an incident."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.accuracy.fitting.scoring import SourceRecord
from api.accuracy.verdicts.model import AlertConfiguration
from api.incidents.correlation.camera_merge import Overlaps, SeenMatter
from api.incidents.correlation.false_alarms import NO_HISTORY, VerdictHistory
from api.incidents.correlation.storm_brake import Row
from api.incidents.model import Incident
from api.suppressions.model import Suppression

HistoryKey = tuple[str, str, str, str]
"""Node, camera, family and key of an incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """An open incident that may be the same matter; its row is locked."""

    incident: Incident
    matter: SeenMatter


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What of the surroundings decides about the incidents that a batch opens.

    Args:
        suppressions: Those in force at any time of the batch.
        areas: Areas of points, for cameras without a registered one.
        desk_areas: Areas that have an operator of their own, from the district down.
        storm_rows: What desks of the districts were shown lately.
        storm_parents: Open parents by key; their rows are locked.
        sources: What is stored of cameras that report scenarios with their revisions and models;
            what is new is left out.
    """

    suppressions: tuple[Suppression, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    overlaps: Overlaps = frozenset()
    histories: Mapping[HistoryKey, VerdictHistory] = field(default_factory=dict)
    areas: Mapping[tuple[float, float], str] = field(default_factory=dict)
    desk_areas: frozenset[str] = frozenset()
    storm_rows: tuple[Row, ...] = ()
    storm_parents: Mapping[str, Incident] = field(default_factory=dict)
    sources: Mapping[AlertConfiguration, SourceRecord] = field(default_factory=dict)

    def desk_of(self, area_code: str) -> str | None:
        """Return the area of the nearest desk; ``None`` if the district has none."""
        above = [area for area in self.desk_areas if area_code.startswith(area)]
        return max(above, key=len, default=None)

    def history_of(self, key: HistoryKey) -> VerdictHistory:
        """Return what people have said of the earlier incidents of a camera and family."""
        return self.histories.get(key, NO_HISTORY)
