"""Merged incidents in the database."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.score import Decision
from api.incidents.clocks import Clock
from api.incidents.lifecycle import IncidentState
from api.incidents.merging.plan import MergePlan, MergeSide
from api.incidents.store import to_clock
from pipeline.signal import Level

# Rows are locked by a statement of its own: one that waits for the lock would not see the order
# that whoever held it has just dispatched.
_LOCK = text("""
    SELECT id FROM incident WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
""")
_SIDES = text("""
    SELECT i.*, w.id AS order_id, w.area_code AS order_area
    FROM incident i LEFT JOIN work_order w ON w.incident = i.id AND w.is_open
    WHERE i.id = ANY (CAST(:ids AS uuid[])) ORDER BY i.id
""")
_LIST_CHILDREN = text("""
    SELECT id FROM incident
    WHERE root = :root AND merge_reason ->> 'reason' = :reason AND NOT merge_reason ? 'via'
    ORDER BY id
""")
_GET_ROOT = text("SELECT root FROM incident WHERE id = :id")
# Children of the child follow it, and count for the root from now on; a split takes them along.
_SET_ROOT = text("""
    UPDATE incident SET root = :root, n_alerts = CASE WHEN id = :child AND class = 'safety'
            THEN (SELECT count(*) FROM alert WHERE incident = :child) ELSE n_alerts END,
        merge_reason = CASE WHEN id = :child
            THEN CAST(:reason AS jsonb)
            ELSE merge_reason || jsonb_build_object('via', CAST(:child AS uuid)) END
    WHERE id = :child OR root = :child
""")
_TAKE_OVER = text("""
    UPDATE incident AS r SET level = :level, decision = :decision,
        n_alerts = r.n_alerts + c.n_alerts, first_at = least(r.first_at, c.first_at),
        last_at = greatest(r.last_at, c.last_at), is_over = r.is_over AND c.is_over,
        score = greatest(r.score, c.score), probability = greatest(r.probability, c.probability),
        lead_alert = CASE WHEN leads THEN c.lead_alert ELSE r.lead_alert END,
        scenario = CASE WHEN leads THEN c.scenario ELSE r.scenario END
    FROM (SELECT c.*, (array_position(CAST(:levels AS text[]), c.level), c.score)
                 > (array_position(CAST(:levels AS text[]), old.level), old.score) AS leads
          FROM incident AS c, incident AS old WHERE c.id = :child AND old.id = :root) AS c
    WHERE r.id = :root
""")
_RESTORE = text("""
    UPDATE incident AS c SET root = NULL, merge_reason = '{}', state = :state,
        version = c.version + 1, closed_at = NULL, state_since = :now, clock_step = 0,
        responsible_kind = 'desk', responsible_account = NULL, responsible_area = c.area_code,
        next_step = :next_step, due_at = :due_at, next_action_at = :next_action_at,
        takes_alerts = c.takes_alerts AND NOT EXISTS (
            SELECT FROM incident AS other
            WHERE other.key = c.key AND other.is_open AND other.takes_alerts)
    WHERE c.id = :child
""")
_RETURN_CHILDREN = text("""
    UPDATE incident SET root = CAST(:child AS uuid), merge_reason = merge_reason - 'via'
    WHERE root = :root AND CAST(merge_reason ->> 'via' AS uuid) = :child
""")
# The root keeps its level, and what it has been through; its numbers are those of what is left.
_RECOUNT = text("""
    WITH alerts AS (
        SELECT a.* FROM alert a WHERE a.incident = :root
            OR a.incident IN (SELECT id FROM incident WHERE root = :root)
    ), lead AS (SELECT alert_id, scenario FROM alerts ORDER BY score DESC, alert_id LIMIT 1)
    UPDATE incident SET n_alerts = (SELECT count(*) FROM alerts),
        is_over = NOT EXISTS (SELECT FROM alerts WHERE closed_at IS NULL),
        lead_alert = CASE WHEN lead_alert IN (SELECT alert_id FROM alerts) THEN lead_alert
            ELSE coalesce((SELECT alert_id FROM lead), lead_alert) END,
        scenario = CASE WHEN lead_alert IN (SELECT alert_id FROM alerts) THEN scenario
            ELSE coalesce((SELECT scenario FROM lead), scenario) END
    WHERE id = :root
""")


async def lock_sides(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, MergeSide]:
    """Lock incidents in ascending order of their ids; return those that exist."""
    params = {"ids": sorted(set(ids))}
    await connection.execute(_LOCK, params)
    rows = await connection.execute(_SIDES, params)
    return {row["id"]: _side(row) for row in rows.mappings()}


async def list_children(connection: AsyncConnection, root: UUID, *, reason: str) -> list[UUID]:
    """List the incidents that were merged into another for a reason, without locking them."""
    params = {"root": root, "reason": reason}
    return list((await connection.execute(_LIST_CHILDREN, params)).scalars())


async def get_root(connection: AsyncConnection, incident: UUID) -> UUID | None:
    """Return the incident that stands for a merged one, without locking it."""
    root: UUID | None = (await connection.execute(_GET_ROOT, {"id": incident})).scalar()
    return root


async def set_root(
    connection: AsyncConnection, plan: MergePlan, *, reason: dict[str, object]
) -> None:
    """Let the root stand for the child and its children; both take over from each other."""
    ids = {"child": plan.child.id, "root": plan.root.id}
    await connection.execute(
        _TAKE_OVER,
        {
            **ids,
            "level": plan.level.value,
            "decision": plan.decision.value,
            "levels": [level.value for level in Level],
        },
    )
    await connection.execute(_SET_ROOT, {**ids, "reason": msgspec.json.encode(reason).decode()})


async def restore(
    connection: AsyncConnection,
    child: MergeSide,
    state: IncidentState,
    *,
    clock: Clock,
    now: datetime,
) -> None:
    """Take a child off its root, with its own children; count the alerts that each has left."""
    params = {
        "child": child.id,
        "state": state.value,
        "now": now,
        "next_step": clock.next_step.value,
        "due_at": clock.due_at,
        "next_action_at": clock.next_action_at,
    }
    await connection.execute(_RESTORE, params)
    await connection.execute(_RETURN_CHILDREN, {"child": child.id, "root": child.root})
    for incident in (child.root, child.id):
        await connection.execute(_RECOUNT, {"root": incident})


def _side(row: RowMapping) -> MergeSide:
    names = ("id", "key", "version", "area_code", "root", "order_area", "n_alerts")
    return MergeSide(
        **{name: row[name] for name in names},
        state=IncidentState(row["state"]),
        level=Level(row["level"]),
        decision=Decision(row["decision"]),
        clock=to_clock(row) if row["next_step"] is not None else None,
        order=row["order_id"],
        first_at=row["first_at"],
        last_at=row["last_at"],
    )
