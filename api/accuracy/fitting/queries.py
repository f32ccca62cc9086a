"""Read calibrations and thresholds for the pages and commands."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.fitting.fit_scenario import Comparison, ReliabilityBin, ShipReason
from api.accuracy.fitting.fit_thresholds import ThresholdReason
from api.accuracy.score import get_thresholds

_CALIBRATIONS = text("""
    SELECT scenario, version, fitted_at, is_shipped, reason, n, evidence,
        is_shipped AND version = max(version) FILTER (WHERE is_shipped)
            OVER (PARTITION BY scenario) AS is_in_force
    FROM calibration WHERE CAST(:scenario AS text) IS NULL OR scenario = :scenario
    ORDER BY scenario, version DESC
""")
_THRESHOLDS = text("""
    SELECT s.scenario, t.version, t.chosen_at, t.push, t.low, t.target_precision, t.min_recall,
        t.n, t.evidence ->> 'reason' AS reason, c.checked_at
    FROM (SELECT DISTINCT scenario FROM camera_scenario) AS s
    LEFT JOIN LATERAL (
        SELECT * FROM threshold t WHERE t.scenario = s.scenario
        ORDER BY version DESC LIMIT 1) AS t ON true
    LEFT JOIN calibration_check c ON c.scenario = s.scenario
    ORDER BY s.scenario
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRecord:
    """One version of the calibration of a scenario.

    Args:
        is_in_force: It is the newest shipped one.
        n: Verdicts that it was fitted to.
        comparison: With the one in force before, on the newest week.
        reliability: On that week.
    """

    scenario: str
    version: int
    fitted_at: datetime
    is_in_force: bool
    is_shipped: bool
    reason: ShipReason
    n: int
    comparison: Comparison
    reliability: list[ReliabilityBin]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRecord:
    """The thresholds in force of a scenario that has alerts.

    Args:
        version: ``None`` for the default.
        checked_at: When they were last tested, whether they moved or not.
    """

    scenario: str
    version: int | None
    push: float
    low: float
    target_precision: float | None
    min_recall: float | None
    n: int
    reason: ThresholdReason | None
    chosen_at: datetime | None
    checked_at: datetime | None


class _Evidence(msgspec.Struct, frozen=True):
    comparison: Comparison
    reliability: list[ReliabilityBin]


async def list_calibrations(
    connection: AsyncConnection, *, scenario: str | None, limit: int
) -> list[CalibrationRecord]:
    """List the versions of calibrations, by scenario and the newest first.

    Args:
        scenario: ``None`` lists the newest versions and those in force of all scenarios.
    """
    records: list[CalibrationRecord] = []
    newest: set[str] = set()
    for row in await connection.execute(_CALIBRATIONS, {"scenario": scenario}):
        is_wanted = scenario is not None or row.is_in_force or row.scenario not in newest
        newest.add(row.scenario)
        if is_wanted and len(records) < limit:
            evidence = msgspec.convert(row.evidence, _Evidence)
            records.append(
                CalibrationRecord(
                    scenario=row.scenario,
                    version=row.version,
                    fitted_at=row.fitted_at,
                    is_in_force=row.is_in_force,
                    is_shipped=row.is_shipped,
                    reason=ShipReason(row.reason),
                    n=row.n,
                    comparison=evidence.comparison,
                    reliability=evidence.reliability,
                )
            )
    return records


async def list_thresholds(connection: AsyncConnection) -> list[ThresholdRecord]:
    """List the thresholds in force of all scenarios with alerts, by scenario."""
    records = []
    for row in await connection.execute(_THRESHOLDS):
        default = get_thresholds(row.scenario)
        is_default = row.version is None
        records.append(
            ThresholdRecord(
                scenario=row.scenario,
                version=row.version,
                push=default.push if is_default else row.push,
                low=default.low if is_default else row.low,
                target_precision=row.target_precision,
                min_recall=row.min_recall,
                n=row.n or 0,
                reason=ThresholdReason(row.reason) if row.reason else None,
                chosen_at=row.chosen_at,
                checked_at=row.checked_at,
            )
        )
    return records
