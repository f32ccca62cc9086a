"""Find what a new incident is part of: the same matter in another view, or a storm. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from api.accuracy.scenario_traits import ScenarioTraits, traits_of
from api.accuracy.score import Decision
from api.accuracy.verdicts.model import STORM_KEY, AlertConfiguration, configuration_of
from api.incidents.correlation.camera_merge import (
    TAKES_OTHER_VIEWS,
    MergeScore,
    MergeVerdict,
    SeenMatter,
    find_same_matter,
)
from api.incidents.correlation.context import HistoryKey, Surroundings
from api.incidents.correlation.decisions import JudgedAlert, judge_alert
from api.incidents.correlation.joining import incident_key
from api.incidents.correlation.storm_brake import (
    COMMON_CAUSE_FAMILIES,
    BrakeReason,
    Parent,
    Row,
    find_parent,
)
from api.incidents.model import CameraPlace, Outcome, location_of
from api.ingest.validation import ValidAlert
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import Location

Ref = UUID | str
"""The id of a stored incident, or the key of one that the batch opens."""

STORM_MESSAGES = {
    BrakeReason.COMMON_CAUSE: Text(
        zh="多路摄像机几乎同时失效，可能停电或断网",
        en="Several cameras failed at about the same time, perhaps by a power cut",
    ),
    BrakeReason.REVIEW_FLOOD: Text(
        zh="短时间内待研判事件过多，合并显示",
        en="Too many incidents to review in a short time; they are shown as one",
    ),
}


@dataclass(frozen=True, slots=True)
class LocatedAlert:
    """An alert with what the centre knows of its camera.

    Args:
        area_code: Of the camera, else of the point of the alert.
    """

    alert: ValidAlert
    place: CameraPlace
    area_code: str | None = None

    @property
    def key(self) -> str:
        """The key of its incident."""
        return incident_key(self.alert.message.data, str(self.alert.node), self.place)

    @property
    def traits(self) -> ScenarioTraits:
        """The traits of its scenario."""
        return traits_of(self.alert.message.data.scenario)

    @property
    def history_key(self) -> HistoryKey:
        """Under which the verdicts on its camera and family are found."""
        node, camera = self.alert.camera
        return node, camera, self.traits.family, self.key

    @property
    def configuration(self) -> AlertConfiguration:
        """The camera with the scenario, revision and model that made the alert."""
        return configuration_of(self.alert.message.data, str(self.alert.node))

    @property
    def location(self) -> Location | None:
        """Where it is: as the alert says, else where the camera is registered."""
        return location_of(self.alert.message.data, self.place)


def may_be_braked(located: LocatedAlert, *, now: datetime) -> bool:
    """Return whether an alert may become part of a storm, if no verdict restrains it."""
    judged = judge_alert(located.alert.message, now=now)
    is_exempt = judged.data.level is Level.CRITICAL or located.traits.life_and_limb
    has_common_cause = located.traits.family in COMMON_CAUSE_FAMILIES
    return has_common_cause or (judged.needs_desk and not is_exempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What a new incident is part of.

    Args:
        root: The incident that stands for it.
        parent: The storm; its root is opened if it does not exist yet.
        reason: Why, as a code with parameters.
        is_settled: The root takes no more alerts: the new incident is its recurrence.
    """

    root: Ref
    outcome: Outcome
    reason: dict[str, object]
    parent: Parent | None = None
    is_settled: bool = False


@dataclass(slots=True)
class RootFinder:
    """Knows the open incidents around a batch, and those that the batch has opened so far."""

    surroundings: Surroundings
    now: datetime
    suggestions: list[tuple[str, Ref, dict[str, object]]] = field(default_factory=list)
    """Keys of new incidents that may be the same matter as another, and why."""
    _matters: dict[SeenMatter, Ref] = field(default_factory=dict)
    _rows: list[Row] = field(default_factory=list)
    _settled: set[Ref] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Take over what was read."""
        for neighbour in self.surroundings.neighbours:
            incident = neighbour.incident
            if incident.id is not None:
                self._matters[neighbour.matter] = incident.id
                if incident.state not in TAKES_OTHER_VIEWS:
                    self._settled.add(incident.id)
        self._rows = list(self.surroundings.storm_rows)

    def find(
        self,
        located: LocatedAlert,
        judged: JudgedAlert,
        *,
        earlier: Ref | None = None,
        is_calling: bool = False,
    ) -> Relation | None:
        """Return what a new incident is part of; ``None`` lets it stand for itself.

        Args:
            earlier: The incident that it is the recurrence of; it is no part of that.
            is_calling: An alert of the batch calls a worker for it; it is not put off.
        """
        if judged.decision is Decision.SUPPRESSED:
            return None
        found = self._find_same_matter(_matter_of(located, judged), earlier)
        if found is not None and found[1].verdict is MergeVerdict.MERGE:
            return self._same_matter(*found)
        relation = self._find_storm(located, judged, is_calling=is_calling)
        if relation is None and found is not None:
            root, score = found
            self.suggestions.append((located.key, root, score.parameters))
        return relation

    def _find_same_matter(
        self, matter: SeenMatter, earlier: Ref | None
    ) -> tuple[Ref, MergeScore] | None:
        """Return the most likely other view, first among those that take other views."""
        suggested: tuple[Ref, MergeScore] | None = None
        for is_settled in (False, True):
            others = [
                other
                for other, ref in self._matters.items()
                if ref != earlier and (ref in self._settled) is is_settled
            ]
            found = find_same_matter(matter, others, self.surroundings.overlaps)
            if found is None:
                continue
            if found[1].verdict is MergeVerdict.MERGE:
                return self._matters[found[0]], found[1]
            suggested = suggested or (self._matters[found[0]], found[1])
        return suggested

    def add(self, located: LocatedAlert, judged: JudgedAlert) -> None:
        """Remember an incident that stands for itself."""
        if judged.decision is not Decision.SUPPRESSED:
            self._matters[_matter_of(located, judged)] = located.key
        row = self._row(located, judged)
        if row is not None:
            self._rows.append(row)

    def add_parent(self, parent: Parent, *, needs_desk: bool) -> None:
        """Remember a parent that the batch has opened."""
        row = Row(
            kind=parent.kind,
            area_code=parent.area_code,
            opened_at=self.now,
            needs_desk=needs_desk,
            is_parent=True,
        )
        self._rows.append(row)

    def _same_matter(self, root: Ref, score: MergeScore) -> Relation:
        return Relation(
            root=root,
            outcome=Outcome.OTHER_VIEW,
            reason=score.parameters,
            is_settled=root in self._settled,
        )

    def _find_storm(
        self, located: LocatedAlert, judged: JudgedAlert, *, is_calling: bool
    ) -> Relation | None:
        row = self._row(located, judged)
        if row is None:
            return None
        desk_area = self.surroundings.desk_of(row.area_code)
        parent = find_parent(row, self._rows, desk_area=desk_area)
        if parent is None or (is_calling and parent.reason is BrakeReason.REVIEW_FLOOD):
            return None
        key = f"{STORM_KEY}{parent.kind}|{parent.area_code}"
        stored = self.surroundings.storm_parents.get(key)
        return Relation(
            root=stored.id if stored is not None and stored.id is not None else key,
            outcome=Outcome.STORM,
            reason={"reason": parent.reason, "kind": parent.kind, "area": parent.area_code},
            parent=parent,
        )

    def _row(self, located: LocatedAlert, judged: JudgedAlert) -> Row | None:
        """Return what the storm brake counts; nothing of what calls nobody."""
        calls_nobody = judged.decision in {Decision.STORE, Decision.SUPPRESSED}
        if located.area_code is None or calls_nobody:
            return None
        is_critical = judged.data.level is Level.CRITICAL
        return Row(
            kind=judged.traits.family,
            area_code=located.area_code,
            opened_at=self.now,
            needs_desk=judged.needs_desk,
            is_exempt=is_critical or judged.traits.life_and_limb,
        )


def _matter_of(located: LocatedAlert, judged: JudgedAlert) -> SeenMatter:
    data, location = judged.data, located.location
    return SeenMatter(
        id=None,
        family=judged.traits.family,
        scenario=data.scenario,
        node=str(located.alert.node),
        camera=data.camera,
        zone=data.zone,
        lon=location.lon if location else None,
        lat=location.lat if location else None,
        first_at=judged.opened_at,
        last_at=judged.observed_at,
        boxes=tuple(data.boxes),
    )
