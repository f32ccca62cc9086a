"""Assign the alerts of a batch to incidents, oldest first. Pure: the caller reads and writes.

For each alert: what it deserves by itself (``judge_alert``); whether it stays with the incident
that it had (``stays_with``) or joins the one that holds its key (``choose_joining``); and whether
an incident that it opens stands for itself or is part of another (``RootFinder``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from api.accuracy.fitting.scoring import PRIOR_SCORING, Scoring
from api.accuracy.verdicts.model import STORM_KEY
from api.errors import IncidentAlreadyOpenError
from api.incidents.correlation.context import Surroundings
from api.incidents.correlation.context_store import Suggestion
from api.incidents.correlation.decisions import (
    NO_SKEW,
    JudgedAlert,
    absorb,
    as_child,
    as_parent,
    inherit,
    judge_alert,
    open_incident,
    outcome_of,
    update_incident,
)
from api.incidents.correlation.false_alarms import Restraint, find_restraint, is_sick
from api.incidents.correlation.joining import Joining, KeyHolder, choose_joining
from api.incidents.correlation.sick_cameras import SickCamera
from api.incidents.correlation.storm_brake import COMMON_CAUSE_FAMILIES, BrakeReason, Parent
from api.incidents.model import (
    AssignedAlert,
    Incident,
    KeySlot,
    NewIncident,
    Outcome,
    StoredAlert,
)
from api.ingest.alert_facts import arriving_alert, calls_worker, stays, suppression_facts
from api.ingest.root_finder import STORM_MESSAGES, LocatedAlert, Ref, Relation, RootFinder
from api.ingest.validation import ValidAlert
from api.suppressions.matching import find_suppression
from pipeline.text import Text


@dataclass(slots=True)
class _Slot:
    """Where the alerts of a key go: the open incident, and the one that holds them."""

    root: Ref
    member: Ref


@dataclass(slots=True, kw_only=True)
class _Opening:
    """An incident that the batch opens; with a root it is merged into that at once."""

    located: LocatedAlert
    root: Ref | None = None
    reason: dict[str, object] = field(default_factory=dict)
    recurrence_of: UUID | None = None
    message: Text | None = None
    area_code: str | None = None


@dataclass(slots=True, kw_only=True)
class BatchAssignment:
    """The incidents of a batch while its alerts are assigned.

    Args:
        stored: Alerts of the batch that are stored already, by id.
        slots: Where the alerts of each held key go; the roots are locked.
        incidents: Those roots, by id.
        clock_skews: By node, how far its clock is ahead; nodes with a correct clock are left out.
        scoring: The calibrations and thresholds in force.
    """

    now: datetime
    stored: dict[UUID, StoredAlert]
    slots: dict[str, KeySlot]
    incidents: dict[UUID, Incident]
    surroundings: Surroundings
    clock_skews: dict[str, timedelta]
    scoring: Scoring = PRIOR_SCORING

    released: list[UUID] = field(default_factory=list)
    """Incidents that take no more alerts of their key."""
    replaced: dict[UUID, Ref] = field(default_factory=dict)
    """Incidents that are merged into the one that takes their place."""
    new_storms: dict[str, Parent] = field(default_factory=dict)
    """Parents with one cause that the batch opens, by key: they take in what came before."""
    sick_cameras: set[SickCamera] = field(default_factory=set)
    """Cameras that somebody has to look after, as their alerts are nearly always false."""
    _finder: RootFinder = field(init=False)
    _slots: dict[str, _Slot] = field(init=False)
    _incidents: dict[Ref, Incident] = field(init=False)
    _openings: dict[str, _Opening] = field(default_factory=dict)
    _changed: dict[Ref, None] = field(default_factory=dict)
    _counted: dict[Ref, None] = field(default_factory=dict)
    _assigned: list[tuple[ValidAlert, Ref, Outcome, bool]] = field(default_factory=list)
    _ids: dict[str, UUID] = field(default_factory=dict)
    _calling: set[str] = field(default_factory=set)
    """Keys with an alert that calls a worker: they are not put off with others to be reviewed."""

    def __post_init__(self) -> None:
        """Take over what was read."""
        near = [neighbour.incident for neighbour in self.surroundings.neighbours]
        read = [*near, *self.surroundings.storm_parents.values(), *self.incidents.values()]
        self._incidents = {incident.id: incident for incident in read if incident.id is not None}
        self._slots = {key: _Slot(slot.root, slot.member) for key, slot in self.slots.items()}
        self._finder = RootFinder(self.surroundings, self.now)

    def assign(self, alerts: Iterable[LocatedAlert]) -> None:
        """Let each alert stay with its incident, join the one of its key, or open another.

        Args:
            alerts: Oldest first.
        """
        judged_alerts = [(located, self._judge(located)) for located in alerts]
        self._calling |= {item.key for item, judged in judged_alerts if calls_worker(judged)}
        for located, judged in judged_alerts:
            self._assign(located, judged)

    def _assign(self, located: LocatedAlert, judged: JudgedAlert) -> None:
        stored, slot = self.stored.get(judged.data.alert_id), self._slots.get(located.key)
        left = self._leave_flood(slot, judged)
        slot = None if left else slot
        is_member = stored is not None and slot is not None and slot.root == stored.root
        arriving = arriving_alert(judged, is_member=is_member)
        if stored is not None and not is_member:
            if not left and stays(stored, arriving):
                outcome = Outcome.ENDS if judged.is_end else Outcome.STAYS
                self._counted[stored.incident] = None
                self._assigned.append((located.alert, stored.incident, outcome, judged.is_late))
                return
            self._counted |= {stored.incident: None, stored.root: None}  # it leaves its incident
        joining = choose_joining(arriving, self._holder(slot))
        if slot is None or (joining.opens and isinstance(slot.root, UUID)):
            self._open(located, judged, slot, joining, recurrence_of=left)
        else:
            member = stored.incident if stored is not None and is_member else slot.member
            target = _Slot(slot.root, member)
            self._join(located, judged, target, joining, is_new=not is_member)

    def _leave_flood(self, slot: _Slot | None, judged: JudgedAlert) -> UUID | None:
        """Release the key of an incident that waits among others for a review.

        An alert that calls a worker does so for its own place, never for all that wait.

        Returns:
            The incident; ``None`` leaves the key as it is.
        """
        if slot is None or not isinstance(slot.member, UUID) or not calls_worker(judged):
            return None
        if not _is_flood(self._incidents[slot.root]) or slot.root == slot.member:
            return None
        self.released.append(slot.member)
        return slot.member

    def insertable_roots(self) -> list[NewIncident]:
        """List the new incidents that stand for themselves."""
        return [self._new(key) for key, opening in self._openings.items() if opening.root is None]

    def insertable_children(self) -> list[NewIncident]:
        """List the new incidents that are part of another; ``set_ids`` must come before."""
        return [self._new(key) for key, opening in self._openings.items() if opening.root]

    def set_ids(self, ids: dict[str, UUID], expected: list[NewIncident]) -> None:
        """Give the inserted incidents their ids.

        Raises:
            IncidentAlreadyOpenError: Another process has opened an incident of the same key.
        """
        for new in expected:
            key = new.incident.key
            if key not in ids:
                raise IncidentAlreadyOpenError(key)
            self._ids[key] = ids[key]
            self._incidents[key] = replace(self._incidents[key], id=ids[key])

    def updated_incidents(self) -> list[Incident]:
        """List the incidents that were open before and have changed."""
        return [self._incidents[ref] for ref in self._changed if isinstance(ref, UUID)]

    def changed_incidents(self) -> list[Incident]:
        """List all incidents that were opened or have changed; ``set_ids`` must come before."""
        return [self._incidents[ref] for ref in self._changed]

    def assigned_alerts(self) -> list[AssignedAlert]:
        """List all alerts with the ids of their incidents; ``set_ids`` must come before."""
        return [
            AssignedAlert(
                data=alert.message.data,
                content=alert.content,
                node=str(alert.node),
                incident=self._id(ref),
                outcome=outcome,
                is_stale=is_late,
            )
            for alert, ref, outcome, is_late in self._assigned
        ]

    def counted_incidents(self) -> list[UUID]:
        """List the incidents that got or lost alerts without being decided anew."""
        return [self._id(ref) for ref in self._counted]

    def suggestions(self) -> list[Suggestion]:
        """List which incidents may be one matter."""
        return [
            Suggestion(incident=self._id(key), other=self._id(other), reason=reason)
            for key, other, reason in self._finder.suggestions
        ]

    def id_of(self, ref: Ref) -> UUID:
        """Return the id of an incident; that of one that the batch opens after ``set_ids``."""
        return self._id(ref)

    def _judge(self, located: LocatedAlert) -> JudgedAlert:
        message, node = located.alert.message, str(located.alert.node)
        skew = self.clock_skews.get(node, NO_SKEW)
        facts = suppression_facts(located, observed_at=message.data.observed_at - skew)
        suppression = find_suppression(self.surroundings.suppressions, facts)
        history = self.surroundings.history_of(located.history_key)
        record = self.surroundings.sources.get(located.configuration)
        scored = self.scoring.score(located.configuration, message.data.score, record)
        return judge_alert(
            message,
            now=self.now,
            scored=scored,
            clock_skew=skew,
            camera_age=self.now - (record.first_at if record else self.now),
            restraint=find_restraint(
                history, message.data.level, now=self.now, source_state=scored.state
            ),
            suppression=suppression.id if suppression else None,
        )

    def _holder(self, slot: _Slot | None) -> KeyHolder | None:
        if slot is None:
            return None
        root = self._incidents[slot.root]
        return KeyHolder(
            state=root.state, level=root.level, last_at=root.last_at, is_over=root.is_over
        )

    def _join(
        self,
        located: LocatedAlert,
        judged: JudgedAlert,
        slot: _Slot,
        joining: Joining,
        *,
        is_new: bool,
    ) -> None:
        root, repeats_call = self._incidents[slot.root], joining is Joining.REPEATS_CALL
        updated = self._update(root, judged, is_new=is_new, repeats_call=repeats_call)
        self._set(slot.root, updated)
        if slot.member != slot.root:
            self._counted[slot.member] = None
        outcome = outcome_of(judged, root.level)
        if repeats_call and outcome is Outcome.JOINS:
            outcome = Outcome.REPEATS_CALL
        self._assigned.append((located.alert, slot.member, outcome, judged.is_late))

    def _open(
        self,
        located: LocatedAlert,
        judged: JudgedAlert,
        slot: _Slot | None,
        joining: Joining,
        *,
        recurrence_of: UUID | None,
    ) -> None:
        incident = open_incident(located.key, judged, now=self.now)
        opening, outcome = _Opening(located=located), outcome_of(judged, None)
        opening.recurrence_of = recurrence_of
        self._note_sickness(located)
        if slot is not None:
            incident = self._succeed(opening, incident, slot, joining)
            outcome = Outcome.RECURS if outcome is Outcome.OPENS else outcome
        relation = self._finder.find(
            located,
            judged,
            earlier=slot.root if slot else None,
            is_calling=located.key in self._calling,
        )
        if relation is not None and relation.is_settled and isinstance(relation.root, UUID):
            opening.recurrence_of = opening.recurrence_of or relation.root
            relation = None
        if relation is None:
            self._finder.add(located, judged)
        else:
            self._attach(opening, relation, judged)
            incident, outcome = as_child(incident, relation.reason), relation.outcome
        self._openings[located.key] = opening
        self._set(located.key, incident)
        self._slots[located.key] = _Slot(opening.root or located.key, located.key)
        self._assigned.append((located.alert, located.key, outcome, judged.is_late))

    def _note_sickness(self, located: LocatedAlert) -> None:
        node, camera, family, _ = located.history_key
        if is_sick(self.surroundings.history_of(located.history_key).were_false):
            self.sick_cameras.add(SickCamera(node, camera, family, located.area_code))

    def _succeed(
        self, opening: _Opening, incident: Incident, slot: _Slot, joining: Joining
    ) -> Incident:
        """Take the key from the incident that held it, and all from one that waited in vain."""
        if not (isinstance(slot.root, UUID) and isinstance(slot.member, UUID)):
            return incident
        self.released.append(slot.member)
        opening.recurrence_of = slot.root
        earlier = self._incidents[slot.root]
        if joining is not Joining.REPLACES or slot.root != slot.member:
            return incident
        self.replaced[slot.root] = incident.key
        return inherit(incident, earlier, now=self.now)

    def _attach(self, opening: _Opening, relation: Relation, judged: JudgedAlert) -> None:
        """Make a new incident part of another, which takes in its alert."""
        opening.root, opening.reason = relation.root, relation.reason
        for earlier, key in self.replaced.items():
            if key == opening.located.key:
                self.replaced[earlier] = relation.root
        if relation.parent is not None and relation.root not in self._incidents:
            key = str(relation.root)
            parent = as_parent(open_incident(key, judged, now=self.now), relation.parent.kind)
            self._openings[key] = _Opening(
                located=opening.located,
                message=STORM_MESSAGES[relation.parent.reason],
                area_code=relation.parent.area_code,
            )
            self._set(key, parent)
            if relation.parent.reason is BrakeReason.COMMON_CAUSE:
                self.new_storms[key] = relation.parent
            self._finder.add_parent(relation.parent, needs_desk=judged.needs_desk)
            return
        root = self._update(self._incidents[relation.root], judged, is_new=True)
        self._set(relation.root, absorb(root, relation.reason))

    def _update(
        self, root: Incident, judged: JudgedAlert, *, is_new: bool, repeats_call: bool = False
    ) -> Incident:
        """Return an open incident as an alert changes it; what stands for many is never filed."""
        if _is_flood(root):
            judged = replace(judged, restraint=Restraint.FLOOD)
        return update_incident(root, judged, now=self.now, is_new=is_new, repeats_call=repeats_call)

    def _set(self, ref: Ref, incident: Incident) -> None:
        self._incidents[ref] = incident
        self._changed[ref] = None

    def _new(self, key: str) -> NewIncident:
        opening = self._openings[key]
        located = opening.located
        return NewIncident(
            incident=self._incidents[key],
            lead=located.alert.message.data,
            node=str(located.alert.node),
            place=located.place,
            root=None if opening.root is None else self._id(opening.root),
            merge_reason=opening.reason,
            recurrence_of=opening.recurrence_of,
            message=opening.message,
            area_code=opening.area_code or located.area_code,
        )

    def _id(self, ref: Ref) -> UUID:
        if isinstance(ref, UUID):
            return ref
        if ref not in self._ids:
            raise IncidentAlreadyOpenError(ref)
        return self._ids[ref]


def _is_flood(incident: Incident) -> bool:
    """Return whether an incident is the parent of a flood of reviews."""
    return incident.key.startswith(STORM_KEY) and incident.family not in COMMON_CAUSE_FAMILIES
