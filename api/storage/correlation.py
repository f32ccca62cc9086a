"""Alerts and the incidents they belong to, as the correlation reads and writes them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.score import Decision
from api.correlate import Incident, Outcome, Place
from api.loop import State
from api.storage.inbox import columns
from pipeline.signal import Level
from pipeline.wire import AlertData, Location

CameraKey = tuple[str, str]
"""Node and camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An alert that is stored already.

    Args:
        incident: Where it belongs; open or not.
    """

    rev: int
    level: Level
    incident: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An alert and what became of it."""

    data: AlertData
    json: str
    node: str
    incident: UUID
    outcome: Outcome
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A new incident, and what is known of its place."""

    incident: Incident
    lead: AlertData
    node: str
    place: Place

    @property
    def location(self) -> Location | None:
        """Where it happens: as the box says, else as the register says."""
        if self.lead.location is not None:
            return self.lead.location
        if self.place.lon is None or self.place.lat is None:
            return None
        return Location(lon=self.place.lon, lat=self.place.lat)


CAMERAS = text("""
    SELECT node, name, site_group, area_code, lon, lat FROM camera
    WHERE (node, name) IN (SELECT * FROM unnest(CAST(:node AS text[]), CAST(:name AS text[])))
""")

KNOWN = text("""
    SELECT alert_id, rev, level, incident FROM alert
    WHERE alert_id = ANY (CAST(:ids AS uuid[]))
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
    FROM unnest(
        CAST(:key AS text[]), CAST(:state AS text[]), CAST(:scenario AS text[]),
        CAST(:level AS text[]), CAST(:score AS float8[]), CAST(:probability AS float8[]),
        CAST(:decision AS text[]), CAST(:node AS text[]), CAST(:camera AS text[]),
        CAST(:zone AS text[]), CAST(:area_code AS text[]), CAST(:lon AS float8[]),
        CAST(:lat AS float8[]), CAST(:lead_alert AS uuid[]), CAST(:n_alerts AS bigint[]),
        CAST(:first_at AS timestamptz[]), CAST(:last_at AS timestamptz[]),
        CAST(:is_over AS boolean[]), CAST(:review_due_at AS timestamptz[]),
        CAST(:exercise AS boolean[])
    ) AS t (key, state, scenario, level, score, probability, decision, node, camera, zone,
            area_code, lon, lat, lead_alert, n_alerts, first_at, last_at, is_over, review_due_at,
            exercise)
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
    FROM unnest(
        CAST(:id AS uuid[]), CAST(:state AS text[]), CAST(:level AS text[]),
        CAST(:score AS float8[]), CAST(:probability AS float8[]), CAST(:decision AS text[]),
        CAST(:lead_alert AS uuid[]), CAST(:n_alerts AS bigint[]),
        CAST(:first_at AS timestamptz[]), CAST(:last_at AS timestamptz[]),
        CAST(:review_due_at AS timestamptz[])
    ) AS t (id, state, level, score, probability, decision, lead_alert, n_alerts, first_at,
            last_at, review_due_at)
    WHERE i.id = t.id
""")

PUT_ALERTS = text("""
    INSERT INTO alert (
        alert_id, rev, incident, how, why, node, camera, scenario, zone, level, score, opened_at,
        observed_at, closed_at, received_at, late, data
    )
    SELECT alert_id, rev, incident, how, why, node, camera, scenario, zone, level, score,
        opened_at, observed_at, closed_at, :now, late, CAST(data AS jsonb)
    FROM unnest(
        CAST(:alert_id AS uuid[]), CAST(:rev AS bigint[]), CAST(:incident AS uuid[]),
        CAST(:how AS text[]), CAST(:why AS text[]), CAST(:node AS text[]),
        CAST(:camera AS text[]), CAST(:scenario AS text[]), CAST(:zone AS text[]),
        CAST(:level AS text[]), CAST(:score AS float8[]), CAST(:opened_at AS timestamptz[]),
        CAST(:observed_at AS timestamptz[]), CAST(:closed_at AS timestamptz[]),
        CAST(:late AS boolean[]), CAST(:data AS text[])
    ) AS t (alert_id, rev, incident, how, why, node, camera, scenario, zone, level, score,
            opened_at, observed_at, closed_at, late, data)
    ON CONFLICT (alert_id) DO UPDATE SET
        rev = excluded.rev, incident = excluded.incident, level = excluded.level,
        score = excluded.score, observed_at = excluded.observed_at,
        closed_at = excluded.closed_at, received_at = excluded.received_at, data = excluded.data
    WHERE alert.rev < excluded.rev
""")

ADD_AUDIT = text("""
    INSERT INTO audit_log (at, actor, action, incident, from_state, to_state, reason)
    SELECT :now, 'system', action, incident, from_state, to_state, reason
    FROM unnest(
        CAST(:action AS text[]), CAST(:incident AS uuid[]), CAST(:from_state AS text[]),
        CAST(:to_state AS text[]), CAST(:reason AS text[])
    ) AS t (action, incident, from_state, to_state, reason)
""")

TELL_INCIDENTS = text("""
    INSERT INTO event_log (at, topic, object, area_code)
    SELECT :now, 'incident', CAST(id AS text), area_code FROM incident
    WHERE id = ANY (CAST(:ids AS uuid[]))
""")


async def places(
    connection: AsyncConnection, cameras: Iterable[CameraKey]
) -> dict[CameraKey, Place]:
    """Look up where cameras stand; one that nobody has registered is left out."""
    keys = sorted(set(cameras))
    given = {"node": [key[0] for key in keys], "name": [key[1] for key in keys]}
    return {
        (row.node, row.name): Place(
            site_group=row.site_group, area_code=row.area_code, lon=row.lon, lat=row.lat
        )
        for row in await connection.execute(CAMERAS, given)
    }


async def known_alerts(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, Known]:
    """Look up the alerts that are stored already."""
    rows = await connection.execute(KNOWN, {"ids": list(ids)})
    return {
        row.alert_id: Known(rev=row.rev, level=Level(row.level), incident=row.incident)
        for row in rows
    }


async def claim(connection: AsyncConnection, keys: Iterable[str]) -> dict[str, Incident]:
    """Take ``keys`` for this transaction, and read their open incidents."""
    ordered = sorted(set(keys))
    numbers = sorted({_lock_number(key) for key in ordered})
    await connection.execute(LOCK_KEYS, {"numbers": numbers})
    rows = await connection.execute(OPEN_INCIDENTS, {"keys": ordered})
    return {row["key"]: _incident(row) for row in rows.mappings()}


async def open_incidents(
    connection: AsyncConnection, openings: Sequence[Opening], *, now: datetime, cool_down: timedelta
) -> dict[str, UUID]:
    """Write new incidents.

    Returns:
        Their ids by key; one that somebody else opened meanwhile is left out.
    """
    given = {"now": now, "cooled_down_at": now - cool_down} | _opening_columns(openings)
    return {row.key: row.id for row in await connection.execute(OPEN_INCIDENT, given)}


async def update_incidents(connection: AsyncConnection, incidents: Sequence[Incident]) -> None:
    """Write what alerts changed; their alerts are to be written before."""
    names = ("id", "state", "level", "score", "probability", "decision", "lead_alert")
    given = columns(incidents, (*names, "n_alerts", "first_at", "last_at", "review_due_at"))
    await connection.execute(UPDATE_INCIDENTS, given)


async def put_alerts(
    connection: AsyncConnection, placed: Sequence[Placed], *, now: datetime
) -> None:
    """Write the newest revision of each alert; an older one changes nothing."""
    names = ("alert_id", "rev", "camera", "scenario", "zone", "level", "score")
    times = ("opened_at", "observed_at", "closed_at")
    given = columns([one.data for one in placed], (*names, *times))
    given |= columns(placed, ("node", "incident", "late"))
    given |= {"how": [p.outcome for p in placed], "why": [p.outcome.why for p in placed]}
    await connection.execute(PUT_ALERTS, {"now": now, "data": [p.json for p in placed]} | given)


async def write_history(
    connection: AsyncConnection, incidents: Iterable[Incident], *, now: datetime
) -> None:
    """Tell what happened to ``incidents``, in the audit log and to open pages."""
    touched = list(incidents)
    steps = [(incident.id, step) for incident in touched for step in incident.steps]
    if steps:
        given: Mapping[str, object] = {
            "now": now,
            "incident": [id_ for id_, _ in steps],
            "action": [step.action for _, step in steps],
            "from_state": [step.before for _, step in steps],
            "to_state": [step.after for _, step in steps],
            "reason": [step.reason for _, step in steps],
        }
        await connection.execute(ADD_AUDIT, given)
    await connection.execute(TELL_INCIDENTS, {"now": now, "ids": [i.id for i in touched]})


def _incident(row: RowMapping) -> Incident:
    return Incident(
        id=row["id"],
        key=row["key"],
        state=State(row["state"]),
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


def _opening_columns(openings: Sequence[Opening]) -> dict[str, list[object]]:
    incidents = [opening.incident for opening in openings]
    leads = [opening.lead for opening in openings]
    where = [opening.location for opening in openings]
    names = ("key", "state", "level", "score", "probability", "decision", "lead_alert", "n_alerts")
    given = columns(incidents, (*names, "first_at", "last_at", "is_over", "review_due_at"))
    given |= columns(leads, ("scenario", "camera", "zone", "exercise"))
    given |= {
        "node": [o.node for o in openings],
        "area_code": [o.place.area_code for o in openings],
    }
    given |= {"lon": [w.lon if w else None for w in where]}
    return given | {"lat": [w.lat if w else None for w in where]}


def _lock_number(key: str) -> int:
    """A number for PostgreSQL's own locks; two keys that share one only wait for each other."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
