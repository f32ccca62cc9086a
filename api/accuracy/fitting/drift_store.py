"""Store how far the scores of each source were followed, and which sources have changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import Account
from api.accuracy.drift import SLOPES
from api.accuracy.verdicts.model import AlertConfiguration
from api.accuracy.verdicts.reviewed_store import COUNTED
from api.database.bulk import as_json

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('gridwatch drift'))")
_UNFOLLOWED = text(f"""
    SELECT s.node, s.camera, s.scenario, s.scenario_rev, s.model, s.first_at, d.scores,
        d.statistics, coalesce(d.followed_until, s.first_at) AS followed_until, n.ids, n.new_scores
    FROM camera_scenario s
    LEFT JOIN drift_state d USING (node, camera, scenario, scenario_rev, model)
    CROSS JOIN LATERAL (
        SELECT array_agg(i.id ORDER BY i.created_at, i.id) AS ids,
            array_agg(i.score ORDER BY i.created_at, i.id) AS new_scores
        FROM incident i
        WHERE (i.node, i.camera) = (s.node, s.camera) AND i.scenario = s.scenario
          AND i.scenario_rev = s.scenario_rev AND i.model = s.model AND {COUNTED}
          AND i.created_at >= s.first_at AND i.created_at <= :until
          AND (d.followed_until IS NULL OR i.created_at > d.followed_until)) AS n
    WHERE s.drifting_since IS NULL AND n.ids IS NOT NULL
    ORDER BY 1, 2, 3, 4, 5 LIMIT :limit
""")
_UPDATE = text("""
    INSERT INTO drift_state (node, camera, scenario, scenario_rev, model, scores, statistics,
        evidence, followed_until)
    SELECT node, camera, scenario, scenario_rev, model, scores, statistics, evidence, :until
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        node text, camera text, scenario text, scenario_rev bigint, model text, scores float8[],
        statistics float8[], evidence float8)
    ON CONFLICT (node, camera, scenario, scenario_rev, model) DO UPDATE SET
        scores = excluded.scores, statistics = excluded.statistics,
        evidence = excluded.evidence, followed_until = excluded.followed_until
""")
_MARK = text("""
    UPDATE camera_scenario s SET drifting_since = :now
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        node text, camera text, scenario text, scenario_rev bigint, model text)
    WHERE (s.node, s.camera, s.scenario, s.scenario_rev, s.model)
        = (t.node, t.camera, t.scenario, t.scenario_rev, t.model)
""")
_LIST = text("""
    SELECT s.node, s.camera, s.scenario, s.scenario_rev, s.model, s.first_at, s.trusted_at,
        s.drifting_since, d.evidence, coalesce(cardinality(d.scores), 0) AS n, c.area_code,
        display_names(s.node, s.camera, '') AS names
    FROM camera_scenario s
    LEFT JOIN drift_state d USING (node, camera, scenario, scenario_rev, model)
    LEFT JOIN camera c ON (c.node, c.name) = (s.node, s.camera)
    WHERE (c.area_code LIKE :below OR (:sees_unplaced AND c.area_code IS NULL))
    ORDER BY s.drifting_since IS NULL, d.evidence DESC NULLS LAST, 1, 2, 3, 4, 5 LIMIT :limit
""")
_RESTART = text("""
    DELETE FROM camera_scenario WHERE (node, camera) = (:node, :camera)
      AND (CAST(:scenario AS text) IS NULL OR scenario = :scenario)
    RETURNING scenario
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedSource:
    """A source with the state of its detector.

    Args:
        followed_until: When the newest incident that was followed was opened, or a bit later.
        new: Incidents that were not followed yet, with their highest scores, oldest first.
        scores: All scores so far, ascending.
        evidence: As a share of the limit; 1 or more is an alarm.
    """

    configuration: AlertConfiguration
    first_at: datetime
    followed_until: datetime
    new: Sequence[tuple[UUID, float]] = ()
    scores: Sequence[float] = ()
    statistics: Sequence[float] = field(default_factory=lambda: (0.0,) * len(SLOPES))
    evidence: float = 0.0
    is_drifting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """A camera with one scenario, revision and model, as a page shows it.

    Args:
        trusted_at: Since when its alerts may ring a phone; ``None`` if operators see them first.
        n: Incidents that were followed.
        names: Display names of node and camera.
    """

    node: str
    camera: str
    scenario: str
    scenario_rev: int
    model: str
    first_at: datetime
    trusted_at: datetime | None
    drifting_since: datetime | None
    evidence: float | None
    n: int
    area_code: str | None
    names: dict[str, str]


async def try_lock(connection: AsyncConnection) -> bool:
    """Lock the states for this transaction; return ``False`` if another process has."""
    return bool(await connection.scalar(_TRY_LOCK))


async def list_unfollowed(
    connection: AsyncConnection, *, until: datetime, limit: int
) -> list[FollowedSource]:
    """List sources with incidents that were not followed yet.

    Args:
        until: Later incidents are left out.
    """
    rows = await connection.execute(_UNFOLLOWED, {"until": until, "limit": limit})
    return [
        FollowedSource(
            configuration=AlertConfiguration(*row[:5]),
            first_at=row.first_at,
            followed_until=row.followed_until,
            new=list(zip(row.ids, row.new_scores, strict=True)),
            scores=row.scores or (),
            statistics=row.statistics or (0.0,) * len(SLOPES),
        )
        for row in rows
    ]


async def update_states(
    connection: AsyncConnection, sources: Sequence[FollowedSource], *, until: datetime
) -> None:
    """Store the states of sources whose incidents were followed up to a time."""
    rows = [
        {
            **source.configuration._asdict(),
            "scores": source.scores,
            "statistics": source.statistics,
            "evidence": source.evidence,
        }
        for source in sources
    ]
    await connection.execute(_UPDATE, {"rows": as_json(rows), "until": until})


async def mark_drifting(
    connection: AsyncConnection, sources: Sequence[FollowedSource], *, now: datetime
) -> None:
    """Store that the scores of sources have changed."""
    rows = [source.configuration._asdict() for source in sources]
    await connection.execute(_MARK, {"rows": as_json(rows), "now": now})


async def list_sources(
    connection: AsyncConnection, account: Account | None = None, *, limit: int
) -> list[SourceStatus]:
    """List the sources, those that have changed first; of an account, those in its area."""
    params = {
        "below": f"{account.area_code if account else ''}%",
        "sees_unplaced": account is None or account.sees_unplaced,
        "limit": limit,
    }
    rows = (await connection.execute(_LIST, params)).mappings()
    return [SourceStatus(**row) for row in rows]


async def restart_camera(
    connection: AsyncConnection, node: str, camera: str, scenario: str | None
) -> list[str]:
    """Start a camera anew, as after a move: its verdicts so far fit nothing any more.

    Args:
        scenario: ``None`` for all scenarios of the camera.

    Returns:
        The scenarios that were started anew.
    """
    params = {"node": node, "camera": camera, "scenario": scenario}
    return sorted({row.scenario for row in await connection.execute(_RESTART, params)})
