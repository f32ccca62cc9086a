"""Store verdicts on incidents. Verdicts are only added, never changed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class VerdictValue(StrEnum):
    """The judgement of a person on an incident; stored and shown under this name."""

    TRUE = "true"
    FALSE = "false"
    BENIGN = "benign"
    """It is there, and it is harmless or permitted."""
    UNSURE = "unsure"
    DUPLICATE = "duplicate"
    NOT_FOUND_ON_SITE = "not_found_on_site"
    WITHDRAWN = "withdrawn"
    """The reviewer has taken the verdict before it back."""


class VerdictStage(StrEnum):
    """In which step of the work the verdict was given; it decides about the source."""

    REVIEW = "review"
    ON_SITE = "on_site"
    VERIFY = "verify"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's judgement of an incident.

    Args:
        actor: Id of the account.
        is_blind: It was given without sight of the score, the decision and earlier verdicts.
        inclusion_probability: With which it was asked for; ``None`` if nobody drew.
    """

    value: VerdictValue
    stage: VerdictStage
    actor: int
    reason: str = ""
    is_blind: bool = False
    inclusion_probability: float | None = None


_INSERT = text("""
    INSERT INTO verdict (incident, value, stage, reason, actor, at, is_blind, inclusion_probability)
    VALUES (:incident, :value, :stage, :reason, :actor, :at, :is_blind, :inclusion_probability)
    RETURNING id
""")


async def add_verdict(
    connection: AsyncConnection, incident: UUID, verdict: Verdict, *, at: datetime
) -> UUID:
    """Add a verdict to an incident; return its id."""
    row = {
        "incident": incident,
        "value": verdict.value.value,
        "stage": verdict.stage.value,
        "reason": verdict.reason,
        "actor": verdict.actor,
        "at": at,
        "is_blind": verdict.is_blind,
        "inclusion_probability": verdict.inclusion_probability,
    }
    verdict_id: UUID = (await connection.execute(_INSERT, row)).scalar_one()
    return verdict_id
