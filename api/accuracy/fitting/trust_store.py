"""Trust the alerts of a camera, scenario, revision and model once people have judged enough.

A camera that was turned starts anew, as one that was moved on the map: somebody has confirmed an
alert of ``camera_tamper`` that measured a shift of the picture.

A source is trusted when ``MIN_JUDGED`` of its incidents have been judged true, false or benign, or
when its first alert is ``MIN_AGE`` ago and any has: a quiet camera is not held back for years.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.verdicts.reviewed_store import COUNTED, IN_FORCE

MIN_JUDGED = 10
LOOKED_AT = 200
"""Newest incidents of a source among which the judged ones are counted, every minute."""
MIN_AGE = timedelta(days=14)
"""As long as every incident of a new source is audited (``sampling.NEW_CAMERA``)."""

TURNED_SCENARIO = "camera_tamper"
MIN_SHIFT_SHARE = 0.03
"""Of the picture, from which a camera was turned and not only covered or blurred."""
TURNED_WITHIN = timedelta(days=7)
"""An alert that is confirmed later starts no camera anew."""

_RESTART_TURNED = text(f"""
    DELETE FROM camera_scenario s USING incident i
        JOIN alert a ON a.alert_id = i.lead_alert
        CROSS JOIN LATERAL ({IN_FORCE}) AS v
    WHERE i.scenario = :scenario AND i.created_at > :since AND {COUNTED} AND v.value = 'true'
      AND CAST(a.data #>> '{{measures,shift_share}}' AS float8) >= :min_shift
      AND (s.node, s.camera) = (i.node, i.camera) AND s.scenario <> i.scenario
      AND s.first_at < i.created_at
    RETURNING s.node, s.camera, s.scenario
""")
_TRUST = text(f"""
    WITH judged AS (
        SELECT s.node, s.camera, s.scenario, s.scenario_rev, s.model, s.first_at, j.n
        FROM camera_scenario s CROSS JOIN LATERAL (
            SELECT count(*) AS n FROM (
                SELECT FROM (
                    SELECT i.* FROM incident i
                    WHERE (i.node, i.camera) = (s.node, s.camera) AND i.scenario = s.scenario
                      AND i.scenario_rev = s.scenario_rev AND i.model = s.model
                      AND i.created_at >= s.first_at AND {COUNTED}
                    ORDER BY i.created_at DESC LIMIT :looked_at) AS i
                CROSS JOIN LATERAL ({IN_FORCE}) AS v
                WHERE v.value IN ('true', 'false', 'benign')
                LIMIT :enough) AS judged_incident) AS j
        WHERE s.trusted_at IS NULL)
    UPDATE camera_scenario s SET trusted_at = :now FROM judged j
    WHERE (s.node, s.camera, s.scenario, s.scenario_rev, s.model)
        = (j.node, j.camera, j.scenario, j.scenario_rev, j.model)
      AND (j.n >= :enough OR (j.n > 0 AND j.first_at <= :old_before))
    RETURNING s.node, s.camera, s.scenario
""")


async def trust_sources(connection: AsyncConnection, *, now: datetime) -> int:
    """Trust the sources of which enough incidents were judged; return how many there were."""
    params = {"now": now, "enough": MIN_JUDGED, "old_before": now - MIN_AGE, "looked_at": LOOKED_AT}
    return len((await connection.execute(_TRUST, params)).all())


async def restart_turned_cameras(
    connection: AsyncConnection, *, now: datetime
) -> list[tuple[str, str]]:
    """Start the cameras anew that were turned; return their nodes and names."""
    params = {
        "scenario": TURNED_SCENARIO,
        "since": now - TURNED_WITHIN,
        "min_shift": MIN_SHIFT_SHARE,
    }
    rows = await connection.execute(_RESTART_TURNED, params)
    return sorted({(row.node, row.camera) for row in rows})
