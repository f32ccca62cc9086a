"""What the correlation reads and writes: open incidents, and where cameras stand."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.score import Decision
from api.accuracy.verdicts.model import STORM_KEY
from api.audit import store as audit_store
from api.audit.store import SYSTEM, AuditEntry
from api.database.bulk import as_json
from api.incidents.lifecycle import IncidentState
from api.incidents.model import (
    CameraPlace,
    Incident,
    KeySlot,
    NewIncident,
    SystemAction,
)
from api.incidents.store import clock_columns, copy_clocks, to_clock
from api.live import store as live_store
from pipeline.signal import Level

CameraKey = tuple[str, str]
"""Node and camera."""

_INCIDENT_COLUMNS = (
    "key",
    "family",
    "scenario",
    "state",
    "level",
    "score",
    "probability",
    "decision",
    "lead_alert",
    "n_alerts",
    "first_at",
    "last_at",
    "is_over",
    "suppression",
    "scenario_rev",
    "model",
    "audit_probability",
    "calibration_version",
    "threshold_version",
)
_CAMERA_PLACES = text("""
    SELECT node, name, site_group, area_code, lon, lat FROM camera
    WHERE (node, name) IN (SELECT * FROM unnest(CAST(:node AS text[]), CAST(:name AS text[])))
""")

# One process at a time works on a key; the unique index on open keys is the second guard.
_LOCK_KEYS = text("""
    SELECT pg_advisory_xact_lock(number)
    FROM unnest(CAST(:numbers AS bigint[])) AS t (number)
""")

OPEN_INCIDENT_COLUMNS = """
    r.id, r.key, r.family, r.scenario, r.state, r.level, r.score, r.probability, r.decision,
    r.first_at, r.last_at, r.lead_alert, r.n_alerts, r.is_over, r.suppression, r.responsible_kind,
    r.responsible_account, r.responsible_area, r.next_step, r.due_at, r.next_action_at,
    r.clock_step, r.scenario_rev, r.model, r.audit_probability, r.calibration_version,
    r.threshold_version
"""
"""What ``to_open_incident`` reads of an incident ``r``."""

# A key is held by the open incident of the key, or by the newest one that was merged into another
# incident which is still open. Rows are locked in the order of their ids.
_LOCK_HOLDERS = text(f"""
    SELECT m.key AS held_key, m.id AS member, {OPEN_INCIDENT_COLUMNS}
    FROM incident m JOIN incident r ON r.id = coalesce(m.root, m.id)
    WHERE m.key = ANY (CAST(:keys AS text[])) AND m.takes_alerts AND r.is_open
      AND (m.is_open OR m.state = 'merged')
    ORDER BY r.id, m.created_at, m.id FOR UPDATE OF r
""")

# It recurs after the newest earlier incident of its key, or after the one that stood for that. A
# storm is no matter of its own.
_INSERT_INCIDENTS = text("""
    INSERT INTO incident (
        key, family, root, merge_reason, message, suppression, closed_at, state, scenario,
        level, score, probability, decision, node, camera, zone, area_code,
        lon, lat, lead_alert, n_alerts, first_at, last_at, is_over, responsible_kind,
        responsible_area, next_step, due_at, next_action_at, recurrence_of, exercise,
        auto_filed_at, scenario_rev, model, audit_probability, calibration_version,
        threshold_version, created_at
    )
    SELECT key, family, root, merge_reason, message, suppression,
        CASE WHEN root IS NOT NULL THEN CAST(:now AS timestamptz) END,
        state, scenario, level, score, probability, decision, node, camera, zone, area,
        lon, lat, lead_alert, n_alerts, first_at, last_at, is_over, responsible_kind, area,
        next_step, due_at, next_action_at,
        coalesce(recurrence_of, (
            SELECT CASE WHEN r.id IS NULL OR starts_with(r.key, :storm) THEN e.id ELSE r.id END
            FROM incident AS e LEFT JOIN incident AS r ON r.id = e.root
            WHERE e.key = t.key AND NOT e.is_open AND e.first_at <= t.last_at
              AND e.last_at > t.first_at - CAST(:recurrence_within AS interval)
            ORDER BY e.created_at DESC LIMIT 1)),
        exercise, auto_filed_at, scenario_rev, model, audit_probability, calibration_version,
        threshold_version, :now
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        key text, family text, root uuid, merge_reason jsonb, message jsonb, suppression uuid,
        recurrence_of uuid, state text, scenario text, level text, score float8,
        probability float8, decision text, node text, camera text, zone text, area_code text,
        lon float8, lat float8,
        lead_alert uuid, n_alerts bigint, first_at timestamptz, last_at timestamptz,
        is_over boolean, responsible_kind text, next_step text, due_at timestamptz,
        next_action_at timestamptz, exercise boolean, auto_filed_at timestamptz,
        scenario_rev bigint, model text, audit_probability float8, calibration_version int,
        threshold_version int),
        LATERAL (SELECT coalesce(area_code, (
            SELECT code FROM area_part
            WHERE box(boundary) @> box(point(lon, lat), point(lon, lat))
              AND boundary @> point(lon, lat)
            ORDER BY length(code) DESC, code LIMIT 1)) AS area) AS place
    ON CONFLICT (key) WHERE is_open AND takes_alerts DO NOTHING
    RETURNING id, key
""")

_UPDATE_INCIDENTS = text("""
    UPDATE incident AS i SET
        state = t.state, level = t.level, score = t.score, probability = t.probability,
        decision = t.decision, lead_alert = t.lead_alert, scenario = t.scenario,
        suppression = t.suppression, n_alerts = t.n_alerts,
        first_at = t.first_at, last_at = t.last_at, next_step = t.next_step, due_at = t.due_at,
        next_action_at = t.next_action_at, clock_step = t.clock_step,
        auto_filed_at = coalesce(i.auto_filed_at, t.auto_filed_at),
        scenario_rev = t.scenario_rev, model = t.model, audit_probability = t.audit_probability,
        calibration_version = t.calibration_version, threshold_version = t.threshold_version,
        is_over = NOT EXISTS (
            SELECT FROM alert AS a WHERE a.closed_at IS NULL AND (a.incident = i.id
                OR a.incident IN (SELECT c.id FROM incident AS c WHERE c.root = i.id))),
        version = i.version + CAST(i.state <> t.state AS int),
        state_since = CASE WHEN i.state = t.state THEN i.state_since
            ELSE CAST(:now AS timestamptz) END
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        id uuid, state text, level text, score float8, probability float8, decision text,
        lead_alert uuid, scenario text, suppression uuid, n_alerts bigint, first_at timestamptz,
        last_at timestamptz, next_step text, due_at timestamptz, next_action_at timestamptz,
        clock_step int, auto_filed_at timestamptz, scenario_rev bigint, model text,
        audit_probability float8, calibration_version int, threshold_version int)
    WHERE i.id = t.id
""")

_RELEASE_KEYS = text("""
    UPDATE incident SET takes_alerts = false WHERE id = ANY (CAST(:ids AS uuid[]))
""")
_LOCK_ROWS = text("""
    SELECT id FROM incident WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""")
# What holds alerts without standing for them: it was merged, is settled, or has lost its key.
_COUNT_ALERTS = text("""
    UPDATE incident AS i SET n_alerts = a.n, last_at = greatest(i.last_at, a.last_at),
        is_over = coalesce(a.is_over, i.is_over)
    FROM (SELECT m.id, count(a.alert_id) AS n, max(a.observed_at) AS last_at,
            bool_and(a.closed_at IS NOT NULL) AS is_over
          FROM unnest(CAST(:ids AS uuid[])) AS m (id)
          JOIN incident AS c ON c.id = m.id OR c.root = m.id
          LEFT JOIN alert AS a ON a.incident = c.id
          GROUP BY m.id) AS a
    WHERE i.id = a.id
""")


async def get_camera_places(
    connection: AsyncConnection, cameras: Iterable[CameraKey]
) -> dict[CameraKey, CameraPlace]:
    """Return where cameras stand; cameras that are not registered are left out."""
    keys = sorted(set(cameras))
    params = {"node": [node for node, _ in keys], "name": [name for _, name in keys]}
    return {
        (row.node, row.name): CameraPlace(
            site_group=row.site_group, area_code=row.area_code, lon=row.lon, lat=row.lat
        )
        for row in await connection.execute(_CAMERA_PLACES, params)
    }


async def lock_keys(connection: AsyncConnection, names: Iterable[str]) -> None:
    """Reserve keys, and other names that processes agree on, for this transaction."""
    numbers = sorted({_lock_number(name) for name in names})
    await connection.execute(_LOCK_KEYS, {"numbers": numbers})


async def lock_holders(
    connection: AsyncConnection, keys: Iterable[str]
) -> tuple[dict[str, KeySlot], dict[UUID, Incident]]:
    """Lock the open incidents that hold reserved keys.

    Returns:
        Where the alerts of each held key go, and the incidents by id.
    """
    slots: dict[str, KeySlot] = {}
    incidents: dict[UUID, Incident] = {}
    rows = await connection.execute(_LOCK_HOLDERS, {"keys": sorted(set(keys))})
    for row in rows.mappings():
        slots[row["held_key"]] = KeySlot(root=row["id"], member=row["member"])
        incidents[row["id"]] = to_open_incident(row)
    return slots, incidents


async def release_keys(connection: AsyncConnection, incidents: Sequence[UUID]) -> None:
    """Let incidents take no more alerts of their keys, as others take their place."""
    await connection.execute(_RELEASE_KEYS, {"ids": list(incidents)})


async def count_alerts(connection: AsyncConnection, incidents: Sequence[UUID]) -> None:
    """Count the alerts of incidents, with those of their children.

    They are locked by a statement of its own, so that the count sees what others have committed.
    """
    await connection.execute(_LOCK_ROWS, {"ids": list(incidents)})
    await connection.execute(_COUNT_ALERTS, {"ids": list(incidents)})


async def insert_incidents(
    connection: AsyncConnection,
    new_incidents: Sequence[NewIncident],
    *,
    now: datetime,
    recurrence_within: timedelta,
) -> dict[str, UUID]:
    """Insert incidents.

    Args:
        recurrence_within: An incident is the recurrence of the newest earlier one of its key
            whose last alert was observed at most this long before its own first one.

    Returns:
        Their ids by key; a key that another process opened in the meantime is left out.
    """
    rows = as_json([_new_incident_row(new, now) for new in new_incidents])
    params = {"now": now, "recurrence_within": recurrence_within, "storm": STORM_KEY, "rows": rows}
    return {row.key: row.id for row in await connection.execute(_INSERT_INCIDENTS, params)}


async def update_incidents(
    connection: AsyncConnection, incidents: Sequence[Incident], *, now: datetime
) -> None:
    """Write what alerts changed; the alerts must be written before."""
    rows = [
        {
            **{name: getattr(incident, name) for name in ("id", *_INCIDENT_COLUMNS)},
            **clock_columns(incident.clock),
            "auto_filed_at": _auto_filed_at(incident, now),
        }
        for incident in incidents
    ]
    await connection.execute(_UPDATE_INCIDENTS, {"rows": as_json(rows), "now": now})
    await copy_clocks(connection, [incident.id for incident in incidents if incident.id])


async def record_system_changes(
    connection: AsyncConnection, incidents: Sequence[Incident], *, now: datetime
) -> None:
    """Write what the system did with incidents to the audit log, and publish the incidents."""
    entries = [
        AuditEntry(
            at=now,
            actor=SYSTEM,
            action=change.action,
            incident=incident.id,
            from_state=change.from_state,
            to_state=change.to_state,
            reason=change.reason,
            detail=change.detail,
        )
        for incident in incidents
        for change in incident.changes
    ]
    await audit_store.record(connection, *entries)
    ids = [incident.id for incident in incidents if incident.id is not None]
    await live_store.publish_incidents(connection, ids, at=now)


def to_open_incident(row: RowMapping) -> Incident:
    """Return an open incident from the columns ``OPEN_INCIDENT_COLUMNS``."""
    return Incident(
        id=row["id"],
        key=row["key"],
        family=row["family"],
        scenario=row["scenario"],
        state=IncidentState(row["state"]),
        level=Level(row["level"]),
        score=row["score"],
        probability=row["probability"],
        decision=Decision(row["decision"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        lead_alert=row["lead_alert"],
        n_alerts=row["n_alerts"],
        is_over=row["is_over"],
        suppression=row["suppression"],
        scenario_rev=row["scenario_rev"],
        model=row["model"],
        audit_probability=row["audit_probability"],
        calibration_version=row["calibration_version"],
        threshold_version=row["threshold_version"],
        clock=to_clock(row) if row["next_step"] else None,
    )


def _new_incident_row(new: NewIncident, now: datetime) -> dict[str, object]:
    incident, lead, location = new.incident, new.lead, new.location
    return {
        **{name: getattr(incident, name) for name in _INCIDENT_COLUMNS},
        **clock_columns(incident.clock),
        "root": new.root,
        "merge_reason": new.merge_reason,
        "message": new.message,
        "recurrence_of": new.recurrence_of,
        "camera": lead.camera,
        "zone": lead.zone,
        "exercise": lead.drill,
        "node": new.node,
        "area_code": new.area_code or new.place.area_code,
        "lon": location.lon if location else None,
        "lat": location.lat if location else None,
        "auto_filed_at": _auto_filed_at(incident, now),
    }


def _auto_filed_at(incident: Incident, now: datetime) -> datetime | None:
    is_filed = any(change.action is SystemAction.FILE for change in incident.changes)
    return now if is_filed else None


def _lock_number(key: str) -> int:
    """Return a number for an advisory lock; two keys that share one only wait for each other."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
