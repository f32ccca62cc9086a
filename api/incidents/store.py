"""Alerts and the incidents they belong to, as the correlation reads and writes them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.score import Decision
from api.incidents.correlation import CameraPlace, Incident, Outcome
from api.incidents.lifecycle import IncidentState
from api.ingest.store import as_json
from pipeline.signal import Level
from pipeline.wire import AlertData, Location

CameraKey = tuple[str, str]
"""Node and camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlert:
    """An alert that is stored already.

    Args:
        incident: Where it belongs; open or not.
    """

    rev: int
    level: Level
    incident: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedAlert:
    """An alert and what became of it."""

    data: AlertData
    content: bytes
    node: str
    incident: UUID
    outcome: Outcome
    is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncident:
    """A new incident, and what is known of its place."""

    incident: Incident
    lead: AlertData
    node: str
    place: CameraPlace

    @property
    def location(self) -> Location | None:
        """Where it happens: as the box says, else as the register says."""
        if self.lead.location is not None:
            return self.lead.location
        if self.place.lon is None or self.place.lat is None:
            return None
        return Location(lon=self.place.lon, lat=self.place.lat)


OPENING = (
    "key",
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
    "review_due_at",
)
ALERT = (
    "alert_id",
    "rev",
    "camera",
    "scenario",
    "zone",
    "level",
    "score",
    "opened_at",
    "observed_at",
    "closed_at",
)

CAMERAS = text("""
    SELECT node, name, site_group, area_code, lon, lat FROM camera
    WHERE (node, name) IN (SELECT * FROM unnest(CAST(:node AS text[]), CAST(:name AS text[])))
""")

KNOWN = text("""
    SELECT alert_id, rev, level, incident FROM alert
    WHERE alert_id = ANY (CAST(:ids AS uuid[]))
""")

CLOCKS_OFF = text("""
    SELECT name, skew_s FROM node
    WHERE name = ANY (CAST(:nodes AS text[])) AND abs(skew_s) > :by
""")

# One process at a time works on a key; the unique index stands behind it.
LOCK_KEYS = text("""
    SELECT pg_advisory_xact_lock(number)
    FROM unnest(CAST(:numbers AS bigint[])) AS t (number)
""")

OPEN_INCIDENTS = text("""
    SELECT id, key, state, level, score, probability, decision, first_at, last_at, lead_alert,
           n_alerts, review_due_at, happening_over
    FROM incident WHERE is_open AND key = ANY (CAST(:keys AS text[]))
    ORDER BY key FOR UPDATE
""")

OPEN_INCIDENT = text("""
    INSERT INTO incident (
        key, state, scenario, level, score, probability, decision, node, camera, zone, area_code,
        lon, lat, lead_alert, n_alerts, first_at, last_at, happening_over, review_due_at,
        recurrence_of, exercise, created_at
    )
    SELECT key, state, scenario, level, score, probability, decision, node, camera, zone,
        coalesce(area_code, (
            SELECT code FROM area_part
            WHERE box(boundary) @> box(point(lon, lat), point(lon, lat))
              AND boundary @> point(lon, lat)
            ORDER BY length(code) DESC, code LIMIT 1)),
        lon, lat, lead_alert, n_alerts, first_at, last_at, is_over, review_due_at,
        (SELECT id FROM incident AS earlier
         WHERE earlier.key = t.key AND NOT earlier.is_open AND earlier.state <> 'merged'
           AND earlier.last_at > :cooled_down_at
         ORDER BY earlier.created_at DESC LIMIT 1),
        exercise, :now
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        key text, state text, scenario text, level text, score float8, probability float8,
        decision text, node text, camera text, zone text, area_code text, lon float8, lat float8,
        lead_alert uuid, n_alerts bigint, first_at timestamptz, last_at timestamptz,
        is_over boolean, review_due_at timestamptz, exercise boolean)
    ON CONFLICT (key) WHERE is_open DO NOTHING
    RETURNING id, key
""")

UPDATE_INCIDENTS = text("""
    UPDATE incident AS i SET
        state = t.state, level = t.level, score = t.score, probability = t.probability,
        decision = t.decision, lead_alert = t.lead_alert, n_alerts = t.n_alerts,
        first_at = t.first_at, last_at = t.last_at, review_due_at = t.review_due_at,
        happening_over = NOT EXISTS (
            SELECT FROM alert AS a WHERE a.incident = i.id AND a.closed_at IS NULL),
        version = i.version + CAST(i.state <> t.state AS int)
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        id uuid, state text, level text, score float8, probability float8, decision text,
        lead_alert uuid, n_alerts bigint, first_at timestamptz, last_at timestamptz,
        review_due_at timestamptz)
    WHERE i.id = t.id
""")

PUT_ALERTS = text("""
    INSERT INTO alert (
        alert_id, rev, incident, how, why, node, camera, scenario, zone, level, score, opened_at,
        observed_at, closed_at, received_at, late, data
    )
    SELECT alert_id, rev, incident, how, why, node, camera, scenario, zone, level, score,
        opened_at, observed_at, closed_at, :now, late, data
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        alert_id uuid, rev bigint, incident uuid, how text, why text, node text, camera text,
        scenario text, zone text, level text, score float8, opened_at timestamptz,
        observed_at timestamptz, closed_at timestamptz, late boolean, data jsonb)
    ON CONFLICT (alert_id) DO UPDATE SET
        rev = excluded.rev, incident = excluded.incident, level = excluded.level,
        score = excluded.score, observed_at = excluded.observed_at,
        closed_at = excluded.closed_at, received_at = excluded.received_at, data = excluded.data
    WHERE alert.rev < excluded.rev
""")

ADD_AUDIT = text("""
    INSERT INTO audit_log (at, actor, action, incident, from_state, to_state, reason)
    SELECT :now, 'system', action, incident, from_state, to_state, reason
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        action text, incident uuid, from_state text, to_state text, reason text)
""")

TELL_INCIDENTS = text("""
    INSERT INTO event_log (at, topic, object, area_code)
    SELECT :now, 'incident', CAST(id AS text), area_code FROM incident
    WHERE id = ANY (CAST(:ids AS uuid[]))
""")


async def get_camera_places(
    connection: AsyncConnection, cameras: Iterable[CameraKey]
) -> dict[CameraKey, CameraPlace]:
    """Look up where cameras stand; one that nobody has registered is left out."""
    keys = sorted(set(cameras))
    given = {"node": [key[0] for key in keys], "name": [key[1] for key in keys]}
    return {
        (row.node, row.name): CameraPlace(
            site_group=row.site_group, area_code=row.area_code, lon=row.lon, lat=row.lat
        )
        for row in await connection.execute(CAMERAS, given)
    }


async def get_stored_alerts(
    connection: AsyncConnection, ids: Sequence[UUID]
) -> dict[UUID, StoredAlert]:
    """Look up the alerts that are stored already."""
    rows = await connection.execute(KNOWN, {"ids": list(ids)})
    return {
        row.alert_id: StoredAlert(rev=row.rev, level=Level(row.level), incident=row.incident)
        for row in rows
    }


async def get_clock_skews(
    connection: AsyncConnection, nodes: Iterable[str], *, beyond: timedelta
) -> dict[str, timedelta]:
    """Return how far ahead each node clock is, for the clocks off by more than ``beyond``."""
    asked = {"nodes": sorted(nodes), "by": beyond.total_seconds()}
    rows = await connection.execute(CLOCKS_OFF, asked)
    return {row.name: timedelta(seconds=row.skew_s) for row in rows}


async def lock_open_incidents(
    connection: AsyncConnection, keys: Iterable[str]
) -> dict[str, Incident]:
    """Take ``keys`` for this transaction, and read their open incidents."""
    ordered = sorted(set(keys))
    numbers = sorted({_lock_number(key) for key in ordered})
    await connection.execute(LOCK_KEYS, {"numbers": numbers})
    rows = await connection.execute(OPEN_INCIDENTS, {"keys": ordered})
    return {row["key"]: _incident(row) for row in rows.mappings()}


async def insert_incidents(
    connection: AsyncConnection,
    new_incidents: Sequence[NewIncident],
    *,
    now: datetime,
    cool_down: timedelta,
) -> dict[str, UUID]:
    """Write new incidents.

    Returns:
        Their ids by key; one that somebody else opened meanwhile is left out.
    """
    rows = as_json([_opening_row(opening) for opening in new_incidents])
    given = {"now": now, "cooled_down_at": now - cool_down, "rows": rows}
    return {row.key: row.id for row in await connection.execute(OPEN_INCIDENT, given)}


async def update_incidents(connection: AsyncConnection, incidents: Sequence[Incident]) -> None:
    """Write what alerts changed; their alerts are to be written before."""
    await connection.execute(UPDATE_INCIDENTS, {"rows": as_json(incidents)})


async def upsert_alerts(
    connection: AsyncConnection, alerts: Sequence[AssignedAlert], *, now: datetime
) -> None:
    """Write the newest revision of each alert; an older one changes nothing."""
    rows = [_alert_row(one) for one in alerts]
    await connection.execute(PUT_ALERTS, {"now": now, "rows": as_json(rows)})


async def write_history(
    connection: AsyncConnection, incidents: Iterable[Incident], *, now: datetime
) -> None:
    """Tell what happened to ``incidents``, in the audit log and to open pages."""
    touched = list(incidents)
    lines = [
        {
            "incident": incident.id,
            "action": step.action,
            "from_state": step.from_state,
            "to_state": step.to_state,
            "reason": step.reason,
        }
        for incident in touched
        for step in incident.changes
    ]
    if lines:
        await connection.execute(ADD_AUDIT, {"now": now, "rows": as_json(lines)})
    await connection.execute(TELL_INCIDENTS, {"now": now, "ids": [i.id for i in touched]})


def _incident(row: RowMapping) -> Incident:
    return Incident(
        id=row["id"],
        key=row["key"],
        state=IncidentState(row["state"]),
        level=Level(row["level"]),
        score=row["score"],
        probability=row["probability"],
        decision=Decision(row["decision"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        lead_alert=row["lead_alert"],
        n_alerts=row["n_alerts"],
        review_due_at=row["review_due_at"],
        is_over=row["happening_over"],
    )


def _opening_row(opening: NewIncident) -> dict[str, object]:
    incident, lead, where = opening.incident, opening.lead, opening.location
    return {
        **{name: getattr(incident, name) for name in OPENING},
        "scenario": lead.scenario,
        "camera": lead.camera,
        "zone": lead.zone,
        "exercise": lead.drill,
        "node": opening.node,
        "area_code": opening.place.area_code,
        "lon": where.lon if where else None,
        "lat": where.lat if where else None,
    }


def _alert_row(one: AssignedAlert) -> dict[str, object]:
    return {
        **{name: getattr(one.data, name) for name in ALERT},
        "incident": one.incident,
        "how": one.outcome,
        "why": one.outcome.why,
        "node": one.node,
        "late": one.is_stale,
        "data": msgspec.Raw(one.content),
    }


def _lock_number(key: str) -> int:
    """A number for PostgreSQL's own locks; two keys that share one only wait for each other."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
