"""Statements that load the facts of the fleet and keep its alarms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import Account
from api.database.bulk import as_json
from api.fleet.area_scope import HAS_CAMERA_IN_AREA, IN_AREA, area_of
from api.fleet.health_rules import (
    EVIDENCE_MISSING_AFTER,
    Alarm,
    AlarmKind,
    CameraFacts,
    FleetFacts,
    MissingEvidence,
    NodeFacts,
    ScoreDrift,
    SequenceGap,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
"""Evidence of older incidents is not waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRecord:
    """One alarm, open or ended, with the display names of its node and camera."""

    kind: str
    node: str
    camera: str
    since: datetime
    ended_at: datetime | None
    detail: dict[str, object]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm that opened or ended."""

    kind: str
    node: str
    camera: str
    has_begun: bool


_NODES = text("""
    SELECT n.name, n.state, n.state_at, n.skew_s, h.received_at AS health_at,
        CAST(h.report ->> 'outbox_oldest_s' AS float8) AS outbox_oldest_s,
        w.rev AS desired_rev, w.at AS desired_at, r.seen_rev, r.outcome
    FROM node n
    LEFT JOIN node_health h ON h.node = n.name
    LEFT JOIN node_reported r ON r.node = n.name
    LEFT JOIN LATERAL (SELECT c.rev, c.at FROM node_config c WHERE c.node = n.name
                       ORDER BY c.rev DESC LIMIT 1) w ON true
    ORDER BY n.name
""")
_CAMERAS = text("""
    SELECT c.node, c.name, c.state, c.reported_at, c.first_at, c.drill_passed_at,
        v.health ->> 'blind_cause' AS blind_cause,
        CAST(v.health ->> 'unexplained_share' AS float8) AS unexplained_share,
        CAST(v.health ->> 'moving_objects' AS int) AS moving_objects
    FROM camera c
    LEFT JOIN node_health h ON h.node = c.node
    CROSS JOIN LATERAL (SELECT h.report -> 'cameras' -> c.name AS health) v
    WHERE c.reported_at IS NOT NULL AND c.first_at IS NOT NULL ORDER BY c.node, c.name
""")
_GAPS = text("""
    SELECT node, boot_id, acked_seq, also, hole_since AS since FROM boot
    WHERE hole_since IS NOT NULL AND given_up_at IS NULL ORDER BY node, boot_id
""")
_INCIDENT_COUNTS = text("""
    SELECT node, camera, count(*) AS n FROM incident
    WHERE created_at > :since AND NOT exercise AND class = 'safety'
    GROUP BY node, camera HAVING count(*) > 1
    ORDER BY node, camera
""")
_REFUSED_COUNTS = text("""
    SELECT c.node, sum(c.refused)::bigint AS refused, sum(c.dropped)::bigint AS dropped
    FROM refused_count c JOIN node n ON n.name = c.node
    WHERE c.since > :since GROUP BY c.node ORDER BY c.node
""")
# LIMIT 1 makes the planner look each file up: it expects 100 files of an alert, and would read the
# whole table.
_MISSING_EVIDENCE = text("""
    SELECT i.node, count(*) AS files, min(i.created_at) AS since
    FROM incident i
    JOIN node n ON n.name = i.node
    JOIN alert a ON a.alert_id = i.lead_alert
    CROSS JOIN LATERAL jsonb_array_elements(a.data -> 'evidence') AS e
    LEFT JOIN LATERAL (
        SELECT v.sha256 FROM evidence v WHERE v.sha256 = e ->> 'sha256' LIMIT 1
    ) AS stored ON true
    WHERE i.created_at > :since AND i.created_at <= :until AND e ->> 'status' <> 'shed'
      AND stored.sha256 IS NULL
    GROUP BY i.node ORDER BY i.node
""")
_DRIFTS = text("""
    SELECT node, camera, array_agg(DISTINCT scenario) AS scenarios, min(drifting_since) AS since
    FROM camera_scenario WHERE drifting_since IS NOT NULL GROUP BY node, camera ORDER BY 1, 2
""")
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('gridwatch fleet alarms'))")
_SYNC = text("""
    WITH current AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS t (
            kind text, node text, camera text, since timestamptz, detail jsonb)
    ), ended AS (
        UPDATE fleet_alarm a SET ended_at = :now
        WHERE a.ended_at IS NULL AND a.kind <> ALL (CAST(:unevaluated AS text[]))
          AND NOT EXISTS (SELECT FROM current t
                          WHERE t.kind = a.kind AND t.node = a.node AND t.camera = a.camera)
        RETURNING a.kind, a.node, a.camera
    ), begun AS (
        INSERT INTO fleet_alarm (kind, node, camera, since, detail)
        SELECT kind, node, camera, since, detail FROM current
        ON CONFLICT (node, camera, kind) WHERE ended_at IS NULL
            DO UPDATE SET detail = excluded.detail
            WHERE fleet_alarm.detail IS DISTINCT FROM excluded.detail
        RETURNING kind, node, camera, xmax = 0 AS is_new
    )
    SELECT kind, node, camera, true AS has_begun FROM begun WHERE is_new
    UNION ALL SELECT kind, node, camera, false FROM ended
    ORDER BY node, camera, kind
""")
_LIST_OPEN = text(f"""
    SELECT kind, node, camera, since, ended_at, detail, display_names(node, camera, '') AS names
    FROM fleet_alarm a
    WHERE ended_at IS NULL AND CASE
        WHEN camera = '' THEN {HAS_CAMERA_IN_AREA.format(node="a.node")}
        ELSE coalesce((SELECT {IN_AREA} FROM camera c WHERE (c.node, c.name) = (a.node, a.camera)),
                      :sees_unplaced) END
    ORDER BY since, node, camera, kind LIMIT :limit
""")
_GAPS_OF_NODE = text("""
    SELECT boot_id, acked_seq, also, node, hole_since AS since FROM boot
    WHERE node = :node AND hole_since IS NOT NULL AND given_up_at IS NULL ORDER BY hole_since
""")
_MARK_LOST = text("""
    UPDATE boot SET given_up_at = :now, given_up_by = :by
    WHERE node = :node AND boot_id = :boot_id AND hole_since IS NOT NULL AND given_up_at IS NULL
    RETURNING acked_seq, also
""")


async def load_facts(connection: AsyncConnection, *, now: datetime) -> FleetFacts:
    """Return what is known of all nodes and cameras."""
    nodes = (await connection.execute(_NODES)).mappings()
    cameras = (await connection.execute(_CAMERAS)).mappings()
    counts = await connection.execute(_INCIDENT_COUNTS, {"since": now - HOUR})
    refused = await connection.execute(_REFUSED_COUNTS, {"since": now - HOUR})
    return FleetFacts(
        nodes=tuple(NodeFacts(**row) for row in nodes),
        cameras=tuple(CameraFacts(**row) for row in cameras),
        gaps=await _load_gaps(connection),
        incident_counts=tuple((row.node, row.camera, row.n) for row in counts),
        refused_counts=tuple((row.node, row.refused, row.dropped) for row in refused),
        missing_evidence=await _load_missing_evidence(connection, now),
        drifts=tuple(
            ScoreDrift(
                node=row.node, camera=row.camera, scenarios=tuple(row.scenarios), since=row.since
            )
            for row in await connection.execute(_DRIFTS)
        ),
    )


async def _load_missing_evidence(
    connection: AsyncConnection, now: datetime
) -> tuple[MissingEvidence, ...]:
    params = {"since": now - DAY, "until": now - EVIDENCE_MISSING_AFTER}
    rows = (await connection.execute(_MISSING_EVIDENCE, params)).mappings()
    return tuple(MissingEvidence(**row) for row in rows)


async def try_lock_alarms(connection: AsyncConnection) -> bool:
    """Lock the alarms for this transaction; return ``False`` if another process has."""
    return bool(await connection.scalar(_TRY_LOCK))


async def sync_alarms(
    connection: AsyncConnection,
    alarms: Sequence[Alarm],
    *,
    unevaluated: Iterable[AlarmKind],
    now: datetime,
) -> list[AlarmChange]:
    """Open new alarms, end those that no longer apply, and return both.

    Args:
        alarms: Every alarm that should be open.
        unevaluated: Rules that could not be evaluated; their open alarms stay open.
    """
    parameters = {
        "now": now,
        "rows": as_json(alarms),
        "unevaluated": [str(kind) for kind in unevaluated],
    }
    rows = (await connection.execute(_SYNC, parameters)).mappings()
    return [AlarmChange(**row) for row in rows]


async def list_open_alarms(
    connection: AsyncConnection, account: Account | None = None, *, limit: int = 1000
) -> list[AlarmRecord]:
    """Return the open alarms, oldest first; of an account, those in its area."""
    rows = (await connection.execute(_LIST_OPEN, {"limit": limit, **area_of(account)})).mappings()
    return [AlarmRecord(**row) for row in rows]


async def list_sequence_gaps(connection: AsyncConnection, node: str) -> tuple[SequenceGap, ...]:
    """Return the sequence gaps of a node that are not marked as lost."""
    return await _load_gaps(connection, node)


async def mark_gap_lost(
    connection: AsyncConnection, node: str, boot_id: str, *, by: str, now: datetime
) -> bool:
    """Mark the missing alerts of a boot as lost; return ``False`` if it has no open gap."""
    parameters = {"node": node, "boot_id": boot_id, "by": by, "now": now}
    return (await connection.execute(_MARK_LOST, parameters)).first() is not None


async def _load_gaps(
    connection: AsyncConnection, node: str | None = None
) -> tuple[SequenceGap, ...]:
    query = (_GAPS, {}) if node is None else (_GAPS_OF_NODE, {"node": node})
    rows = (await connection.execute(*query)).mappings()
    return tuple(SequenceGap(**{**row, "also": tuple(row["also"])}) for row in rows)
