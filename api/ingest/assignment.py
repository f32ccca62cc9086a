"""Assign new alerts to incidents, in the transaction that stores them.

1. Reserve the keys of the alerts, and for new alerts their surroundings, so that no other process
   decides about the same incidents at the same time.
2. Read under these locks: the alerts as they are stored, the incidents that hold the keys, and
   for what may open an incident the neighbours, verdicts and storms (``_read_surroundings``).
3. Decide for each alert, oldest first (``BatchAssignment``).
4. Write incidents, alerts, audit entries, events, and who has to hear of a worsening.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.fitting.scoring import PRIOR_SCORING, Scoring
from api.accuracy.sampling import is_drawn
from api.accuracy.verdicts import audit_store, configuration_store
from api.accuracy.verdicts.model import AlertConfiguration, AuditRound, AuditTask
from api.fleet.health_rules import MAX_CLOCK_SKEW
from api.fleet.store import record_drills
from api.incidents.correlation import alert_store, context_store, worsening_store
from api.incidents.correlation import store as correlation_store
from api.incidents.correlation.camera_merge import NO_OVERLAPS
from api.incidents.correlation.context import Surroundings
from api.incidents.correlation.context_store import View
from api.incidents.correlation.decisions import RECURRENCE_WITHIN
from api.incidents.correlation.sick_cameras import SickCamera, is_to_be_called, sick_incident
from api.incidents.correlation.storm_brake import DISTRICT_DIGITS, Parent
from api.incidents.merging.merge import merge_incidents
from api.incidents.model import (
    AssignedAlert,
    CameraPlace,
    Incident,
    StoredAlert,
    SystemAction,
)
from api.incidents.system_incidents import store as system_incidents_store
from api.incidents.system_incidents.actions import open_system_incident
from api.ingest.alert_facts import may_open
from api.ingest.batch_assignment import BatchAssignment
from api.ingest.root_finder import LocatedAlert, may_be_braked
from api.ingest.validation import ValidAlert
from api.suppressions import store as suppressions_store
from pipeline.alert import Change

UNKNOWN_PLACE = CameraPlace()
CELL_DIGITS = 1
"""Neighbours are reserved by cells of a tenth of a degree, about 10 km."""


async def assign_alerts(
    connection: AsyncConnection,
    new_alerts: Iterable[ValidAlert],
    *,
    now: datetime,
    has_webhook: bool = False,
    scoring: Scoring = PRIOR_SCORING,
) -> Sequence[AssignedAlert]:
    """Store alerts and what they change about incidents.

    A drill alert only shows that the path from its camera works: it opens no incident.

    Args:
        new_alerts: Revisions that were not in the inbox.
        has_webhook: Whether every notification also goes to the webhook of the settings.
        scoring: The calibrations and thresholds in force.

    Returns:
        The newest revision of each alert that changed something.

    Raises:
        IncidentAlreadyOpenError: Another process has opened an incident of the same key; try again.
    """
    alerts = _newest_revisions(await _record_drills(connection, new_alerts, now=now))
    if not alerts:
        return ()
    located = await _locate(connection, list(alerts.values()))
    await correlation_store.lock_keys(connection, _lock_names(located))
    stored = await alert_store.get_stored_alerts(connection, list(alerts))
    changed = [item for item in located if _is_news(item, stored)]
    if not changed:
        return ()
    assignment = await _read(connection, changed, stored, now=now, scoring=scoring)
    assignment.assign(sorted(changed, key=_observed))
    assigned = await _write(connection, assignment, has_webhook=has_webhook)
    await _draw_for_audits(connection, assignment, {item.configuration for item in changed})
    return assigned


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


async def _locate(connection: AsyncConnection, alerts: Sequence[ValidAlert]) -> list[LocatedAlert]:
    """Look up where the cameras of alerts stand, and in which area."""
    places = await correlation_store.get_camera_places(
        connection, [alert.camera for alert in alerts]
    )
    located = [
        LocatedAlert(alert, place, place.area_code)
        for alert in alerts
        for place in (places.get(alert.camera, UNKNOWN_PLACE),)
    ]
    points = {
        (item.location.lon, item.location.lat)
        for item in located
        if item.area_code is None and item.location is not None
    }
    areas = await context_store.find_areas(connection, points) if points else {}
    return [_with_area(item, areas) for item in located]


def _with_area(item: LocatedAlert, areas: dict[tuple[float, float], str]) -> LocatedAlert:
    if item.area_code is not None or item.location is None:
        return item
    code = areas.get((item.location.lon, item.location.lat))
    return LocatedAlert(item.alert, item.place, code)


def _lock_names(located: Iterable[LocatedAlert]) -> set[str]:
    """Return what to reserve: every key, and the surroundings of alerts that may open incidents."""
    opening = [item for item in located if item.alert.message.change is Change.OPENED]
    return {item.key for item in located} | set(map(_cell, opening))


def _cell(item: LocatedAlert) -> str:
    location = item.location
    if location is None:
        return f"cell|{item.traits.family}"
    lon, lat = round(location.lon, CELL_DIGITS), round(location.lat, CELL_DIGITS)
    return f"cell|{item.traits.family}|{lon}|{lat}"


def _is_news(item: LocatedAlert, stored: dict[UUID, StoredAlert]) -> bool:
    data = item.alert.message.data
    return data.alert_id not in stored or stored[data.alert_id].rev < data.rev


async def _read(
    connection: AsyncConnection,
    alerts: Sequence[LocatedAlert],
    stored: dict[UUID, StoredAlert],
    *,
    now: datetime,
    scoring: Scoring,
) -> BatchAssignment:
    """Read everything that decides about alerts whose keys are reserved."""
    nodes = {str(item.alert.node) for item in alerts}
    skews = await context_store.get_clock_skews(connection, nodes, beyond=MAX_CLOCK_SKEW)
    keys = {item.key for item in alerts}
    slots, incidents = await correlation_store.lock_holders(connection, keys)
    widest = max(map(abs, skews.values()), default=timedelta())
    opening = [
        item
        for item in alerts
        if may_open(item, stored, slots.get(item.key), incidents, widest_skew=widest)
    ]
    surroundings = await _read_surroundings(connection, alerts, opening, skews=skews, now=now)
    return BatchAssignment(
        now=now,
        stored=stored,
        slots=slots,
        incidents=incidents,
        surroundings=surroundings,
        clock_skews=skews,
        scoring=scoring,
    )


async def _read_surroundings(
    connection: AsyncConnection,
    alerts: Sequence[LocatedAlert],
    opening: Sequence[LocatedAlert],
    *,
    skews: dict[str, timedelta],
    now: datetime,
) -> Surroundings:
    """Read what surrounds a batch.

    Args:
        opening: The alerts that may open an incident; of the others only suppressions, verdicts
            and the age of their cameras matter.
    """
    observed = [item.alert.message.data.observed_at for item in alerts]
    widest = max(map(abs, skews.values()), default=timedelta())
    suppressions = await suppressions_store.list_in_force(
        connection, since=min(observed) - widest, until=max(observed) + widest
    )
    histories = await context_store.get_histories(connection, list(map(_view, alerts)), now=now)
    sources = await configuration_store.get_sources(
        connection, {item.configuration for item in alerts}
    )
    known = Surroundings(suppressions=tuple(suppressions), histories=histories, sources=sources)
    if not opening:
        return known
    views = [_view(item) for item in opening]
    opened = [item.alert.message.data.opened_at for item in opening]
    neighbours = await context_store.lock_neighbours(connection, views, since=min(opened) - widest)
    has_pairs, cameras = neighbours or len(views) > 1, [item.alert.camera for item in opening]
    surroundings = replace(
        known,
        neighbours=neighbours,
        overlaps=await context_store.get_overlaps(connection, cameras)
        if has_pairs
        else NO_OVERLAPS,
    )
    return await _with_storms(connection, surroundings, opening, now)


async def _with_storms(
    connection: AsyncConnection,
    surroundings: Surroundings,
    opening: Sequence[LocatedAlert],
    now: datetime,
) -> Surroundings:
    """Add the storms of the districts in which an incident may be part of one."""
    braked = [
        item
        for item in opening
        if item.history_key in surroundings.histories or may_be_braked(item, now=now)
    ]
    codes = {item.area_code for item in braked if item.area_code is not None}
    if not codes:
        return surroundings
    districts = sorted({code[:DISTRICT_DIGITS] for code in codes})
    return replace(
        surroundings,
        desk_areas=await context_store.list_desk_areas(connection, districts),
        storm_rows=await context_store.list_storm_rows(connection, districts, now=now),
        storm_parents=await context_store.lock_storm_parents(connection, districts),
    )


def _view(item: LocatedAlert) -> View:
    location, (node, camera) = item.location, item.alert.camera
    return View(
        node=node,
        camera=camera,
        family=item.traits.family,
        key=item.key,
        lon=location.lon if location else None,
        lat=location.lat if location else None,
    )


async def _write(
    connection: AsyncConnection, assignment: BatchAssignment, *, has_webhook: bool
) -> list[AssignedAlert]:
    now = assignment.now
    if assignment.released:
        await correlation_store.release_keys(connection, assignment.released)
    for opened in (assignment.insertable_roots, assignment.insertable_children):
        if new := opened():
            ids = await correlation_store.insert_incidents(
                connection, new, now=now, recurrence_within=RECURRENCE_WITHIN
            )
            assignment.set_ids(ids, new)
    alerts = assignment.assigned_alerts()
    await alert_store.upsert_alerts(connection, alerts, now=now)
    if updated := assignment.updated_incidents():
        await correlation_store.update_incidents(connection, updated, now=now)
    if counted := assignment.counted_incidents():
        await correlation_store.count_alerts(connection, counted)
    if suggestions := assignment.suggestions():
        await context_store.insert_suggestions(connection, suggestions, now=now)
    await _record(connection, assignment, has_webhook=has_webhook)
    return alerts


async def _record(
    connection: AsyncConnection, assignment: BatchAssignment, *, has_webhook: bool
) -> None:
    """Write what the system did, notify those who hold what has worsened, and end what recurs."""
    now = assignment.now
    changed = assignment.changed_incidents()
    await correlation_store.record_system_changes(connection, changed, now=now)
    levels = {item.id: item.level for item in changed if item.id and _has_worsened(item)}
    await worsening_store.notify_worsening(connection, levels, now=now, has_webhook=has_webhook)
    await _call_for_sick_cameras(connection, assignment.sick_cameras, now=now)
    for earlier, ref in assignment.replaced.items():
        reason: dict[str, object] = {"reason": "recurrence"}
        root = assignment.id_of(ref)
        await merge_incidents(connection, earlier, root, reason=reason, now=now)
    for key, storm in assignment.new_storms.items():
        await _gather(connection, storm, assignment.id_of(key), now=now)


async def _draw_for_audits(
    connection: AsyncConnection, assignment: BatchAssignment, seen: set[AlertConfiguration]
) -> None:
    """Queue the drawn incidents for an audit, and store what was seen for the first time."""
    tasks = [
        AuditTask(
            incident=incident.id,
            round=AuditRound.FIRST,
            inclusion_probability=incident.audit_probability,
        )
        for incident in assignment.changed_incidents()
        if incident.id is not None and incident.audit_probability is not None
        if is_drawn(incident.id, incident.audit_probability)
    ]
    if tasks:
        await audit_store.insert_tasks(connection, tasks, now=assignment.now)
    if new := seen - assignment.surroundings.sources.keys():
        await configuration_store.insert_first_seen(connection, new, now=assignment.now)


async def _gather(
    connection: AsyncConnection, storm: Parent, parent: UUID, *, now: datetime
) -> None:
    """Merge the first incidents of a storm into its parent, unless somebody has taken them up."""
    reason: dict[str, object] = {
        "reason": storm.reason,
        "kind": storm.kind,
        "area": storm.area_code,
    }
    for first in await context_store.list_unattended(connection, storm, now=now):
        await merge_incidents(connection, first, parent, reason=reason, now=now)


async def _call_for_sick_cameras(
    connection: AsyncConnection, cameras: Iterable[SickCamera], *, now: datetime
) -> None:
    """Open an incident about each camera that is nearly always wrong, unless one was there."""
    by_key = {camera.key: camera for camera in cameras}
    if not by_key:
        return
    stored = await system_incidents_store.lock_incidents(connection, list(by_key))
    for key, camera in sorted(by_key.items()):
        if is_to_be_called(stored.get(key), now=now):
            await open_system_incident(connection, sick_incident(camera, now=now), now=now)


def _has_worsened(incident: Incident) -> bool:
    return any(change.action is SystemAction.WORSEN for change in incident.changes)


def _newest_revisions(alerts: Iterable[ValidAlert]) -> dict[UUID, ValidAlert]:
    """Keep the highest revision of each alert: it contains all that the others do."""
    ordered = sorted(alerts, key=lambda alert: alert.message.data.rev)
    return {alert.message.data.alert_id: alert for alert in ordered}


def _observed(item: LocatedAlert) -> tuple[datetime, UUID]:
    return item.alert.message.data.observed_at, item.alert.message.data.alert_id
