"""Statements on second opinions: whom to ask about, what was said, and how often it was right."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.second_opinion.model import Opinion, OpinionValue
from api.accuracy.second_opinion.rates import ErrorRates
from api.accuracy.verdicts.reviewed_store import COUNTED
from pipeline.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DueIncident:
    """An incident to ask about, with its snapshot, which is stored and redacted."""

    id: UUID
    scenario: str
    message: Text
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOpinion:
    """An opinion on an incident.

    Args:
        value: ``None`` if the verifier gave no usable answer.
        error: Why there is none; else empty.
        probability: Of the incident, without the opinion.
    """

    scenario: str
    verifier: str
    value: OpinionValue | None
    explanation: Text
    error: str
    probability: float
    asked_at: datetime


_DUE = text(f"""
    SELECT i.id, i.scenario, a.data -> 'because' AS message, s.sha256, e.media_type
    FROM incident i
    JOIN alert a ON a.alert_id = i.lead_alert
    CROSS JOIN LATERAL (SELECT x ->> 'sha256' AS sha256
                        FROM jsonb_array_elements(a.data -> 'evidence') x
                        WHERE x ->> 'kind' = 'snapshot' AND (x ->> 'redacted')::boolean LIMIT 1) s
    JOIN evidence e ON e.sha256 = s.sha256
    WHERE {COUNTED} AND i.created_at >= :since
      AND NOT EXISTS (SELECT FROM second_opinion o WHERE o.incident = i.id)
    ORDER BY i.decision = 'review' DESC, i.created_at DESC, i.id LIMIT 1
""")
_INSERT = text("""
    INSERT INTO second_opinion (incident, verifier, value, explanation, error, asked_at)
    VALUES (:incident, :verifier, :value, CAST(:explanation AS jsonb), :error, :asked_at)
    ON CONFLICT (incident) DO NOTHING
""")
_GET = text("""
    SELECT i.scenario, o.verifier, o.value, o.explanation, o.error, i.probability, o.asked_at
    FROM second_opinion o JOIN incident i ON i.id = o.incident WHERE o.incident = :incident
""")
# A person on site, or an auditor, who judges blind: an operator at the desk has read the opinion.
_RATES = text("""
    SELECT o.verifier, i.scenario, v.value AS verdict, o.value, count(*) AS n
    FROM second_opinion o
    JOIN incident i ON i.id = o.incident
    CROSS JOIN LATERAL (
        SELECT value FROM verdict
        WHERE incident = o.incident AND (stage = 'on_site' OR is_blind)
        ORDER BY stage = 'on_site' DESC, at DESC, id DESC LIMIT 1) v
    WHERE o.value IS NOT NULL AND v.value IN ('true', 'false')
      AND (CAST(:scenario AS text) IS NULL OR i.scenario = :scenario)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2
""")


async def find_due_incident(connection: AsyncConnection, *, since: datetime) -> DueIncident | None:
    """Return the incident to ask about next: one that waits for an operator first, newest first.

    Args:
        since: Incidents opened before are not asked about.
    """
    row = (await connection.execute(_DUE, {"since": since})).mappings().first()
    if row is None:
        return None
    return DueIncident(**{**row, "message": msgspec.convert(row["message"], Text)})


async def insert_opinion(
    connection: AsyncConnection,
    incident: UUID,
    verifier: str,
    opinion: Opinion | None,
    *,
    error: str = "",
    asked_at: datetime,
) -> None:
    """Store an opinion, or why there is none; an incident has at most one."""
    explanation = opinion.explanation if opinion else Text(zh="", en="")
    row = {
        "incident": incident,
        "verifier": verifier,
        "value": opinion.value.value if opinion else None,
        "explanation": msgspec.json.encode(explanation).decode(),
        "error": error,
        "asked_at": asked_at,
    }
    await connection.execute(_INSERT, row)


async def get_opinion(connection: AsyncConnection, incident: UUID) -> StoredOpinion | None:
    """Return the opinion on an incident."""
    row = (await connection.execute(_GET, {"incident": incident})).mappings().first()
    if row is None:
        return None
    return StoredOpinion(
        **{
            **row,
            "value": OpinionValue(row["value"]) if row["value"] else None,
            "explanation": msgspec.convert(row["explanation"], Text),
        }
    )


async def count_opinions(
    connection: AsyncConnection, *, scenario: str | None = None
) -> dict[tuple[str, str], ErrorRates]:
    """Count the opinions on judged incidents, by verifier and scenario.

    Verdicts on site and blind ones of auditors; others than true and false do not count.
    """
    rows = (await connection.execute(_RATES, {"scenario": scenario})).all()
    counts: dict[tuple[str, str], dict[str, dict[OpinionValue, int]]] = {}
    for verifier, of_scenario, verdict, value, n in rows:
        of_verdict = counts.setdefault((verifier, of_scenario), {"true": {}, "false": {}})
        of_verdict[verdict][OpinionValue(value)] = n
    return {
        key: ErrorRates(of_true=each["true"], of_false=each["false"])
        for key, each in counts.items()
    }
