"""Assign new alerts to incidents, in the transaction that stores them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.errors import IncidentAlreadyOpenError
from api.fleet.health_rules import MAX_CLOCK_SKEW
from api.fleet.store import record_drills
from api.incidents.correlation import store as correlation_store
from api.incidents.correlation.decisions import (
    NO_SKEW,
    RECURRENCE_WITHIN,
    choose_incident,
    correlate,
    incident_key,
    is_stale_alert,
    open_incident,
    update_incident,
)
from api.incidents.model import (
    AssignedAlert,
    CameraPlace,
    Incident,
    IncidentChoice,
    NewIncident,
    Outcome,
    StoredAlert,
)
from api.ingest.validation import ValidAlert
from pipeline.alert import Change

UNKNOWN_PLACE = CameraPlace()


@dataclass(slots=True)
class BatchAssignment:
    """The incidents of a batch while its alerts are assigned, oldest alert first.

    Args:
        stored: Alerts of the batch that are stored already, by id.
        incidents: Open incidents by key; new ones are added.
        clock_skews: By node, how far its clock is ahead; nodes with a correct clock are left out.
    """

    now: datetime
    stored: Mapping[UUID, StoredAlert]
    incidents: dict[str, Incident]
    clock_skews: Mapping[str, timedelta]
    new: dict[str, tuple[ValidAlert, CameraPlace]] = field(default_factory=dict)
    changed: dict[str, None] = field(default_factory=dict)
    """Keys of the incidents that changed, in that order."""
    assigned: list[tuple[ValidAlert, str | UUID, Outcome]] = field(default_factory=list)
    """Alerts with the key of their incident, or the id of one that is closed to them."""

    def assign(self, alert: ValidAlert, place: CameraPlace) -> None:
        """Let an alert open an incident, join the open one, or stay with the one it had."""
        data = alert.message.data
        key = incident_key(data, str(alert.node), place)
        stored = self.stored.get(data.alert_id)
        incident = self.incidents.get(key)
        choice = choose_incident(data, stored, incident)
        if stored is not None and choice is IncidentChoice.PREVIOUS:
            is_end = alert.message.change is Change.CLOSED
            outcome = Outcome.ENDS if is_end else Outcome.JOINS
            self.assigned.append((alert, stored.incident, outcome))
            return
        skew = self._skew(alert)
        level = incident.level if incident else None
        outcome = correlate(alert.message, level, now=self.now + skew)
        if incident is None:
            incident = open_incident(key, alert.message, now=self.now, clock_skew=skew)
            self.new[key] = (alert, place)
        else:
            incident = update_incident(
                incident,
                alert.message,
                now=self.now,
                is_new=choice is not IncidentChoice.SAME,
                clock_skew=skew,
            )
        self.incidents[key] = incident
        self.changed[key] = None
        self.assigned.append((alert, key, outcome))

    def new_incidents(self) -> list[NewIncident]:
        """List the incidents to insert, in the order they were opened."""
        return [
            NewIncident(
                incident=self.incidents[key],
                lead=alert.message.data,
                node=str(alert.node),
                place=place,
            )
            for key, (alert, place) in self.new.items()
        ]

    def set_ids(self, ids: Mapping[str, UUID]) -> None:
        """Give the inserted incidents their ids.

        Raises:
            IncidentAlreadyOpenError: Another process has opened an incident of the same key.
        """
        for key in self.new:
            if key not in ids:
                raise IncidentAlreadyOpenError(key)
            self.incidents[key] = replace(self.incidents[key], id=ids[key])

    def updated_incidents(self) -> list[Incident]:
        """List the incidents that were open before and have changed."""
        return [self.incidents[key] for key in self.changed if key not in self.new]

    def assigned_alerts(self) -> list[AssignedAlert]:
        """List all alerts with the ids of their incidents; ``set_ids`` must come before."""
        return [
            AssignedAlert(
                data=alert.message.data,
                content=alert.content,
                node=str(alert.node),
                incident=self._incident_id(incident),
                outcome=outcome,
                is_stale=is_stale_alert(alert.message.data, now=self.now + self._skew(alert)),
            )
            for alert, incident, outcome in self.assigned
        ]

    def _incident_id(self, incident: str | UUID) -> UUID:
        if isinstance(incident, UUID):
            return incident
        incident_id = self.incidents[incident].id
        if incident_id is None:
            raise IncidentAlreadyOpenError(incident)
        return incident_id

    def _skew(self, alert: ValidAlert) -> timedelta:
        return self.clock_skews.get(str(alert.node), NO_SKEW)


async def assign_alerts(
    connection: AsyncConnection, new_alerts: Iterable[ValidAlert], *, now: datetime
) -> Sequence[AssignedAlert]:
    """Store alerts and what they change about incidents.

    A drill alert only shows that the path from its camera works: it opens no incident.

    Args:
        new_alerts: Revisions that were not in the inbox.

    Returns:
        The newest revision of each alert that changed something.

    Raises:
        IncidentAlreadyOpenError: Another process has opened an incident of the same key; try again.
    """
    alerts = _newest_revisions(await _record_drills(connection, new_alerts, now=now))
    stored = await correlation_store.get_stored_alerts(connection, list(alerts))
    changed = [
        alert
        for alert_id, alert in alerts.items()
        if alert_id not in stored or stored[alert_id].rev < alert.message.data.rev
    ]
    if not changed:
        return ()
    nodes = {str(alert.node) for alert in changed}
    skews = await correlation_store.get_clock_skews(connection, nodes, beyond=MAX_CLOCK_SKEW)
    cameras = [alert.camera for alert in changed]
    places = await correlation_store.get_camera_places(connection, cameras)
    located = [(alert, places.get(alert.camera, UNKNOWN_PLACE)) for alert in changed]
    keys = [incident_key(alert.message.data, str(alert.node), place) for alert, place in located]
    incidents = await correlation_store.lock_open_incidents(connection, keys)
    assignment = BatchAssignment(now, stored, incidents, skews)
    for alert, place in sorted(located, key=lambda pair: _observed(pair[0])):
        assignment.assign(alert, place)
    return await _write(connection, assignment)


async def _record_drills(
    connection: AsyncConnection, alerts: Iterable[ValidAlert], *, now: datetime
) -> list[ValidAlert]:
    """Record the cameras of drill alerts, and return the real alerts."""
    real: list[ValidAlert] = []
    cameras: set[tuple[str, str]] = set()
    for alert in alerts:
        if alert.message.data.drill:
            cameras.add(alert.camera)
        else:
            real.append(alert)
    if cameras:
        await record_drills(connection, cameras, now=now)
    return real


async def _write(connection: AsyncConnection, assignment: BatchAssignment) -> list[AssignedAlert]:
    now = assignment.now
    if assignment.new:
        ids = await correlation_store.insert_incidents(
            connection, assignment.new_incidents(), now=now, recurrence_within=RECURRENCE_WITHIN
        )
        assignment.set_ids(ids)
    alerts = assignment.assigned_alerts()
    await correlation_store.upsert_alerts(connection, alerts, now=now)
    if updated := assignment.updated_incidents():
        await correlation_store.update_incidents(connection, updated, now=now)
    changed = [assignment.incidents[key] for key in assignment.changed]
    await correlation_store.record_system_changes(connection, changed, now=now)
    return alerts


def _newest_revisions(alerts: Iterable[ValidAlert]) -> dict[UUID, ValidAlert]:
    """Keep the highest revision of each alert: it contains all that the others do."""
    ordered = sorted(alerts, key=lambda alert: alert.message.data.rev)
    return {alert.message.data.alert_id: alert for alert in ordered}


def _observed(alert: ValidAlert) -> tuple[datetime, UUID]:
    return alert.message.data.observed_at, alert.message.data.alert_id
