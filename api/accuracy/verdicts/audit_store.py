"""Store the audits: which verdicts are asked for, and which were given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.store import Account
from api.accuracy.sampling import queue_position
from api.accuracy.store import VerdictValue
from api.accuracy.verdicts.model import AuditRound, AuditTask
from api.accuracy.verdicts.reviewed_store import COUNTED
from api.database.bulk import as_json
from pipeline.wire import AlertData

# One who is queued keeps the higher probability: an incident is drawn by one number.
_INSERT = text("""
    INSERT INTO audit_task (incident, round, inclusion_probability, position, created_at)
    SELECT incident, round, inclusion_probability, position, :now
    FROM json_to_recordset(CAST(:rows AS json)) AS t (
        incident uuid, round smallint, inclusion_probability float8, position float8)
    ON CONFLICT (incident, round) DO UPDATE SET
        inclusion_probability = excluded.inclusion_probability, position = excluded.position
    WHERE audit_task.verdict IS NULL
      AND audit_task.inclusion_probability < excluded.inclusion_probability
""")
_WAITING = f"""
    FROM audit_task t JOIN incident i ON i.id = t.incident
    WHERE t.verdict IS NULL AND t.created_at <= :until AND t.created_at > :since AND {COUNTED}
      AND ((:sees_unplaced AND i.area_code IS NULL)
           OR (i.area_code >= :area AND i.area_code < :area || ':'))
      AND NOT EXISTS (SELECT FROM verdict v WHERE v.incident = i.id AND v.actor = :account
          AND v.stage <> 'audit')
      AND NOT EXISTS (SELECT FROM audit_task o JOIN verdict v ON v.id = o.verdict
                      WHERE o.incident = i.id AND v.actor = :account)
"""
# Each auditor starts at another place of the queue.
_NEXT = text(f"""
    SELECT i.id, t.round, i.scenario, i.node, i.camera, i.zone, i.area_code,
        display_names(i.node, i.camera, i.zone) AS names, i.created_at, l.data AS lead,
        ARRAY(SELECT e.sha256 FROM evidence e WHERE e.sha256 IN (
            SELECT p ->> 'sha256' FROM jsonb_array_elements(l.data -> 'evidence') AS p))
            AS available
    FROM (SELECT t.incident, t.round, t.position {_WAITING}
          ORDER BY t.position < :start, t.position LIMIT 1) AS t
    JOIN incident i ON i.id = t.incident LEFT JOIN alert l ON l.alert_id = i.lead_alert
""")
_COUNT = text(f"SELECT count(*) {_WAITING}")
_LOCK = text(f"""
    SELECT t.incident, t.round, t.inclusion_probability {_WAITING} AND t.incident = :incident
    ORDER BY t.round LIMIT 1 FOR UPDATE OF t
""")
_OWN = text("""
    SELECT EXISTS (SELECT FROM audit_task t JOIN verdict v ON v.id = t.verdict
                   WHERE t.incident = :incident AND v.actor = :account)
""")
_GIVEN = text("""
    SELECT t.round, v.value FROM audit_task t JOIN verdict v ON v.id = t.verdict
    WHERE t.incident = :incident ORDER BY t.round
""")
# The newest answer of an account, as long as no other rater has followed.
_LOCK_ANSWER = text("""
    SELECT t.incident, t.round, t.inclusion_probability
    FROM audit_task t JOIN verdict v ON v.id = t.verdict
    WHERE t.incident = :incident AND v.actor = :account AND v.at > :since
      AND NOT EXISTS (SELECT FROM audit_task n WHERE n.incident = t.incident
                      AND n.round > t.round AND n.verdict IS NOT NULL)
    FOR UPDATE OF t
""")
_REOPEN = text("""
    UPDATE audit_task SET verdict = NULL WHERE incident = :incident AND round = :round
""")
_DELETE_LATER = text("""
    DELETE FROM audit_task WHERE incident = :incident AND round > :round AND verdict IS NULL
""")
_ANSWER = text("""
    UPDATE audit_task SET verdict = :verdict WHERE incident = :incident AND round = :round
""")

AUDIT_AFTER = timedelta(minutes=10)
"""So long an incident may still change, and its clip is on the way."""
AUDIT_WITHIN = timedelta(days=30)
"""Clips are deleted after a while."""
_GOLDEN_RATIO = 0.618034


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditItem:
    """An incident that waits for a verdict, without score, decision and earlier verdicts.

    Args:
        names: Display names of ``node``, ``camera`` and ``zone``.
        lead: The alert that stands for it; ``None`` if it is no longer stored.
        available: Checksums of its evidence that have arrived.
    """

    id: UUID
    round: AuditRound
    scenario: str
    node: str
    camera: str
    zone: str
    area_code: str | None
    names: dict[str, str]
    created_at: datetime
    lead: AlertData | None
    available: frozenset[str]


async def insert_tasks(
    connection: AsyncConnection, tasks: Sequence[AuditTask], *, now: datetime
) -> None:
    """Ask for verdicts."""
    rows = [
        {
            "incident": task.incident,
            "round": task.round,
            "inclusion_probability": task.inclusion_probability,
            "position": queue_position(
                task.incident, task.inclusion_probability, purpose=purpose_of(task.round)
            ),
        }
        for task in tasks
    ]
    await connection.execute(_INSERT, {"rows": as_json(rows), "now": now})


async def get_next(
    connection: AsyncConnection, account: Account, *, now: datetime
) -> AuditItem | None:
    """Return what an account is to judge next; ``None`` if nothing waits for it.

    Nobody judges an incident twice, or one that they have reviewed at the desk or on site.
    """
    params = {**_params(account, now), "start": account.id * _GOLDEN_RATIO % 1}
    row = (await connection.execute(_NEXT, params)).mappings().first()
    if row is None:
        return None
    lead = msgspec.convert(row["lead"], AlertData) if row["lead"] is not None else None
    audit_round, available = AuditRound(row["round"]), frozenset(row["available"])
    return AuditItem(**{**row, "lead": lead, "round": audit_round, "available": available})


async def count_waiting(connection: AsyncConnection, account: Account, *, now: datetime) -> int:
    """Return how many incidents wait for a verdict of an account."""
    n: int = (await connection.execute(_COUNT, _params(account, now))).scalar_one()
    return n


async def lock_task(
    connection: AsyncConnection, incident: UUID, account: Account, *, now: datetime
) -> AuditTask | None:
    """Lock the round of an incident that an account may answer; ``None`` if there is none."""
    params = {**_params(account, now), "incident": incident}
    row = (await connection.execute(_LOCK, params)).first()
    return None if row is None else _to_task(row)


async def has_judged(connection: AsyncConnection, incident: UUID, account: Account) -> bool:
    """Return whether an account has judged an incident in its audit."""
    params = {"incident": incident, "account": account.id}
    return bool((await connection.execute(_OWN, params)).scalar_one())


async def list_given(connection: AsyncConnection, incident: UUID) -> dict[AuditRound, VerdictValue]:
    """Return the verdicts of the rounds that were answered."""
    rows = await connection.execute(_GIVEN, {"incident": incident})
    return {AuditRound(row.round): VerdictValue(row.value) for row in rows}


async def set_answer(connection: AsyncConnection, task: AuditTask, verdict: UUID) -> None:
    """Store which verdict answers a round."""
    params = {"incident": task.incident, "round": task.round, "verdict": verdict}
    await connection.execute(_ANSWER, params)


async def lock_answer(
    connection: AsyncConnection, incident: UUID, account: Account, *, since: datetime
) -> AuditTask | None:
    """Lock the round that an account has answered; ``None`` if another rater has followed.

    Args:
        since: An earlier answer stands.
    """
    params = {"incident": incident, "account": account.id, "since": since}
    row = (await connection.execute(_LOCK_ANSWER, params)).first()
    return None if row is None else _to_task(row)


async def reopen(connection: AsyncConnection, task: AuditTask) -> None:
    """Ask for the verdict of a round again, and no longer for what followed from it."""
    params = {"incident": task.incident, "round": task.round}
    await connection.execute(_DELETE_LATER, params)
    await connection.execute(_REOPEN, params)


def purpose_of(audit_round: AuditRound) -> str:
    """Return the name of the draw of a round: each has random numbers of its own."""
    return "audit" if audit_round is AuditRound.FIRST else f"audit-{audit_round}"


def _to_task(row: Row[Any]) -> AuditTask:
    return AuditTask(
        incident=row.incident,
        round=AuditRound(row.round),
        inclusion_probability=row.inclusion_probability,
    )


def _params(account: Account, now: datetime) -> dict[str, object]:
    return {
        "account": account.id,
        "area": account.area_code,
        "sees_unplaced": account.sees_unplaced,
        "since": now - AUDIT_WITHIN,
        "until": now - AUDIT_AFTER,
    }
