"""Read reviewed incidents in columns; store calibrations and thresholds, which never change."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import TextClause, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.fitting.columns import ReviewedColumns, ScoredColumns
from api.accuracy.fitting.fit_scenario import FittedScenario
from api.accuracy.fitting.fit_thresholds import ChosenThresholds, Promise
from api.accuracy.fitting.scoring import CameraKey, Fit, FitKey
from api.accuracy.score import MIN_SCORE_DISTANCE, Thresholds, get_prior
from api.accuracy.verdicts.reviewed_store import COUNTED, IN_FORCE
from api.database.bulk import as_json

CAMERAS_PER_STATEMENT = 50
"""A statement may take a minute; this keeps it to seconds with 10,000 incidents of a camera."""

_SourceRow = tuple[CameraKey, datetime]
"""A camera, and since when its incidents count."""

_SOURCES = text("""
    SELECT scenario_rev, model, node, camera, first_at FROM camera_scenario
    WHERE scenario = :scenario ORDER BY scenario_rev, model, node, camera
""")
# One row for each camera. The camera-day decides which half an incident belongs to; the incident
# itself has its luck, which is independent of the draw for audits (another word is hashed).
_COLUMNS = text(f"""
    SELECT s.number, array_agg(i.score) AS scores, array_agg(
            CASE v.value WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE CAST('NaN' AS float8) END
        ) AS truths,
        array_agg(CAST(extract(epoch FROM i.created_at) AS float8)) AS opened,
        array_agg(get_byte(sha256(convert_to(
            i.node || i.camera || CAST(i.created_at AS date), 'UTF8')), 0) % 2 = 1) AS tests,
        array_agg(t.incident IS NOT NULL) AS audited,
        array_agg((256 * get_byte(sha256(uuid_send(i.id)), 0)
            + get_byte(sha256(uuid_send(i.id)), 1)) / CAST(65536 AS float8)) AS luck
    FROM json_to_recordset(CAST(:rows AS json)) AS s (
        number int, node text, camera text, first_at timestamptz)
    JOIN incident i ON (i.node, i.camera) = (s.node, s.camera) AND i.scenario = :scenario
        AND i.scenario_rev = :scenario_rev AND i.model = :model AND i.created_at >= s.first_at
    LEFT JOIN LATERAL ({IN_FORCE}) AS v ON true
    LEFT JOIN audit_task t ON t.incident = i.id AND t.round = 1 AND t.verdict IS NOT NULL
    WHERE {COUNTED} AND i.created_at > :since
    GROUP BY s.number
""")
_SCORES = text(f"""
    SELECT s.number, array_agg(i.score) AS scores
    FROM json_to_recordset(CAST(:rows AS json)) AS s (
        number int, node text, camera text, first_at timestamptz)
    JOIN incident i ON (i.node, i.camera) = (s.node, s.camera) AND i.scenario = :scenario
        AND i.scenario_rev = :scenario_rev AND i.model = :model AND i.created_at >= s.first_at
        AND i.created_at > :since
    WHERE {COUNTED} GROUP BY s.number
""")
# In force is the newest shipped version, of which each revision and model has its own fit.
_IN_FORCE = text("""
    SELECT DISTINCT ON (scenario) scenario, version, fitted_at, parameters FROM calibration
    WHERE is_shipped ORDER BY scenario, version DESC
""")
_THRESHOLDS = text("""
    SELECT DISTINCT ON (scenario) scenario, version, push, low FROM threshold
    ORDER BY scenario, version DESC
""")
_CHANGE_MARK = text("""
    SELECT (SELECT count(*) FROM calibration WHERE is_shipped), (SELECT count(*) FROM threshold)
""")
_INSERT_CALIBRATION = text("""
    INSERT INTO calibration (scenario, version, fitted_at, is_shipped, reason, n, parameters,
        evidence)
    VALUES (:scenario, :version, :now, :is_shipped, :reason, :n, CAST(:parameters AS jsonb),
        CAST(:evidence AS jsonb))
""")
_INSERT_THRESHOLD = text("""
    INSERT INTO threshold (scenario, version, chosen_at, push, low, target_precision, min_recall,
        n, evidence)
    VALUES (:scenario, :version, :now, :push, :low, :precision, :min_recall, :n,
        CAST(:evidence AS jsonb))
""")
_NEXT_VERSION = {
    table: text(f"SELECT coalesce(max(version), 0) + 1 FROM {table} WHERE scenario = :scenario")
    for table in ("calibration", "threshold")
}
_DUE = text("""
    SELECT DISTINCT s.scenario FROM camera_scenario s
    LEFT JOIN calibration_check c ON c.scenario = s.scenario
    WHERE c.checked_at IS NULL OR c.checked_at < :before ORDER BY s.scenario
""")
_CHECKED = text("""
    INSERT INTO calibration_check (scenario, checked_at) VALUES (:scenario, :now)
    ON CONFLICT (scenario) DO UPDATE SET checked_at = excluded.checked_at
""")
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('gridwatch retrain'))")


class StoredFit(msgspec.Struct, frozen=True):
    """A fit as it is stored in ``calibration.parameters``.

    Args:
        shifts: Node, camera and shift in logits.
    """

    scenario_rev: int
    model: str
    slope: float
    intercept: float
    spread: float
    shifts: list[tuple[str, str, float]]


async def try_lock(connection: AsyncConnection) -> bool:
    """Lock the fits for this transaction; return ``False`` if another process has."""
    return bool(await connection.scalar(_TRY_LOCK))


async def list_due(connection: AsyncConnection, *, before: datetime) -> list[str]:
    """List the scenarios that have alerts and were last checked before a time, or never."""
    return list((await connection.execute(_DUE, {"before": before})).scalars())


async def mark_checked(connection: AsyncConnection, scenario: str, *, now: datetime) -> None:
    """Store that a scenario was fitted and its thresholds were tested, whatever came of it."""
    await connection.execute(_CHECKED, {"scenario": scenario, "now": now})


async def list_groups(
    connection: AsyncConnection, scenario: str, *, since: datetime
) -> list[ReviewedColumns]:
    """Read the incidents of a scenario since a time, by revision and model.

    Incidents from before a camera was moved are left out, and so are revisions and models of which
    nothing was judged true or false.
    """
    groups = []
    for key, cameras in (await _list_sources(connection, scenario)).items():
        rows = await _read(connection, _COLUMNS, key, cameras, since=since)
        if rows and (group := _reviewed(key, cameras, rows)).is_judged.any():
            groups.append(group)
    return groups


async def list_recent(
    connection: AsyncConnection, scenario: str, *, since: datetime
) -> list[ScoredColumns]:
    """Read all incidents of a scenario since a time, judged or not, by revision and model."""
    groups = []
    for key, cameras in (await _list_sources(connection, scenario)).items():
        rows = await _read(connection, _SCORES, key, cameras, since=since)
        if rows:
            groups.append(ScoredColumns(**_scored(key, cameras, rows)))
    return groups


async def get_in_force(
    connection: AsyncConnection,
) -> tuple[dict[FitKey, Fit], dict[str, tuple[int, Thresholds]]]:
    """Return the fits in force, and of each scenario the version and thresholds in force."""
    fits = {
        FitKey(row.scenario, stored.scenario_rev, stored.model): Fit(
            version=row.version,
            fitted_at=row.fitted_at,
            slope=stored.slope,
            intercept=stored.intercept,
            shifts={CameraKey(node, camera): shift for node, camera, shift in stored.shifts},
        )
        for row in await connection.execute(_IN_FORCE)
        for stored in msgspec.convert(row.parameters, list[StoredFit])
    }
    thresholds = {
        row.scenario: (row.version, Thresholds(push=row.push, low=row.low))
        for row in await connection.execute(_THRESHOLDS)
    }
    return fits, thresholds


async def get_change_mark(connection: AsyncConnection) -> tuple[int, int]:
    """Return a mark that differs whenever other fits or thresholds are in force."""
    row = (await connection.execute(_CHANGE_MARK)).one()
    return row[0], row[1]


async def next_version(connection: AsyncConnection, table: str, scenario: str) -> int:
    """Return the next version of a scenario in ``calibration`` or ``threshold``."""
    return int(await connection.scalar(_NEXT_VERSION[table], {"scenario": scenario}) or 1)


async def insert_calibration(
    connection: AsyncConnection,
    scenario: str,
    fitted: FittedScenario,
    *,
    version: int,
    now: datetime,
) -> None:
    """Store a calibration, shipped or not."""
    parameters = [
        StoredFit(
            scenario_rev=key.scenario_rev,
            model=key.model,
            slope=fit.slope,
            intercept=fit.intercept,
            spread=fitted.spreads[key],
            shifts=[(*camera, shift) for camera, shift in fit.shifts.items()],
        )
        for key, fit in fitted.fits.items()
    ]
    evidence = {"comparison": fitted.comparison, "reliability": fitted.reliability}
    row = {
        "scenario": scenario,
        "version": version,
        "now": now,
        "is_shipped": fitted.is_shipped,
        "reason": fitted.reason,
        "n": fitted.n,
        "parameters": msgspec.json.encode(parameters).decode(),
        "evidence": msgspec.json.encode(evidence).decode(),
    }
    await connection.execute(_INSERT_CALIBRATION, row)


async def insert_thresholds(
    connection: AsyncConnection,
    scenario: str,
    chosen: ChosenThresholds,
    promise: Promise,
    *,
    now: datetime,
) -> int:
    """Store thresholds and return their version."""
    version = await next_version(connection, "threshold", scenario)
    evidence = {
        "reason": chosen.reason,
        "delta": promise.delta,
        "options": [msgspec.to_builtins(option) for option in chosen.options],
    }
    row = {
        "scenario": scenario,
        "version": version,
        "now": now,
        "push": chosen.thresholds.push,
        "low": chosen.thresholds.low,
        "precision": promise.precision,
        "min_recall": promise.min_recall,
        "n": chosen.n,
        "evidence": msgspec.json.encode(evidence).decode(),
    }
    await connection.execute(_INSERT_THRESHOLD, row)
    return version


async def _list_sources(
    connection: AsyncConnection, scenario: str
) -> dict[FitKey, list[_SourceRow]]:
    """Return the cameras of each revision and model, and since when they count."""
    sources: dict[FitKey, list[_SourceRow]] = {}
    for row in await connection.execute(_SOURCES, {"scenario": scenario}):
        key = FitKey(scenario, row.scenario_rev, row.model)
        sources.setdefault(key, []).append((CameraKey(row.node, row.camera), row.first_at))
    return sources


async def _read(
    connection: AsyncConnection,
    statement: TextClause,
    key: FitKey,
    cameras: Sequence[_SourceRow],
    **params: object,
) -> list[RowMapping]:
    """Read one row of arrays for each camera, some cameras at a time."""
    rows = [
        {"number": number, "node": camera.node, "camera": camera.camera, "first_at": first_at}
        for number, (camera, first_at) in enumerate(cameras)
    ]
    found: list[RowMapping] = []
    for start in range(0, len(rows), CAMERAS_PER_STATEMENT):
        chunk = as_json(rows[start : start + CAMERAS_PER_STATEMENT])
        result = await connection.execute(statement, {"rows": chunk, **key._asdict(), **params})
        found += result.mappings().all()
    return found


def _scored(
    key: FitKey, cameras: Sequence[_SourceRow], rows: Sequence[RowMapping]
) -> dict[str, Any]:
    scores = _column(rows, "scores", float)
    clipped = np.clip(scores, MIN_SCORE_DISTANCE, 1 - MIN_SCORE_DISTANCE)
    usual = get_prior(key.scenario).usual_score
    numbers = np.array([row["number"] for row in rows], dtype=np.int64)
    return {
        "key": key,
        "cameras": [camera for camera, _ in cameras],
        "z": np.log(clipped / (1 - clipped)) - math.log(usual / (1 - usual)),
        "numbers": np.repeat(numbers, [len(row["scores"]) for row in rows]),
    }


def _reviewed(
    key: FitKey, cameras: Sequence[_SourceRow], rows: Sequence[RowMapping]
) -> ReviewedColumns:
    return ReviewedColumns(
        **_scored(key, cameras, rows),
        truths=_column(rows, "truths", float),
        opened=_column(rows, "opened", float),
        tests=_column(rows, "tests", bool),
        audited=_column(rows, "audited", bool),
        luck=_column(rows, "luck", float),
    )


def _column(rows: Sequence[RowMapping], name: str, kind: type) -> NDArray[Any]:
    return np.concatenate([np.asarray(row[name], dtype=kind) for row in rows])
