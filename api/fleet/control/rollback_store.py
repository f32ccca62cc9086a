"""Statements on what people and drift say of the model that a node has got."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.verdicts.reviewed_store import REVIEWED
from api.fleet.control.model_rollback import JudgedAlerts, ModelChange

COMPARED_DAYS = 60
"""How far back the verdicts on the models before count."""

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('gridwatch model rollback'))")
_NODES = text("SELECT DISTINCT node FROM node_config WHERE at >= :since ORDER BY node")
# Only cameras with scenarios that both have reported: elsewhere the share of true ones differs.
_JUDGED = text(f"""
    WITH judged AS (
        SELECT r.camera, r.scenario, r.value = 'true' AS is_true,
            split_part(r.model, '@', 1) = :model AS is_new
        FROM ({REVIEWED} AND i.node = :node AND i.created_at >= :since) r
        WHERE r.value IN ('true', 'false') AND r.model <> ''
          AND (split_part(r.model, '@', 1) = :model) = (r.opened_at >= :changed_at)
    ), comparable AS (
        SELECT camera, scenario FROM judged GROUP BY 1, 2
        HAVING bool_or(is_new) AND NOT bool_and(is_new)
    )
    SELECT count(*) FILTER (WHERE is_new AND is_true) AS true,
        count(*) FILTER (WHERE is_new AND NOT is_true) AS false,
        count(*) FILTER (WHERE NOT is_new AND is_true) AS true_before,
        count(*) FILTER (WHERE NOT is_new AND NOT is_true) AS false_before,
        (SELECT min(drifting_since) FROM camera_scenario
         WHERE node = :node AND split_part(model, '@', 1) = :model
           AND drifting_since >= :changed_at) AS drifting_since
    FROM judged JOIN comparable USING (camera, scenario)
""")


async def try_lock(connection: AsyncConnection) -> bool:
    """Lock for this transaction; return ``False`` if another process has."""
    return bool(await connection.scalar(_TRY_LOCK))


async def list_changed_nodes(connection: AsyncConnection, *, since: datetime) -> list[str]:
    """List the nodes that got a configuration since then."""
    return list((await connection.execute(_NODES, {"since": since})).scalars())


async def count_judged(connection: AsyncConnection, change: ModelChange) -> JudgedAlerts:
    """Count the verdicts on incidents of the new model and of those before."""
    params = {
        "node": change.node,
        "model": change.model,
        "changed_at": change.changed_at,
        "since": change.changed_at - timedelta(days=COMPARED_DAYS),
    }
    row = (await connection.execute(_JUDGED, params)).mappings().one()
    return JudgedAlerts(**row)
