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
    """Where the verdict comes from."""

    REVIEW = "review"
    ON_SITE = "on_site"
    VERIFY = "verify"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's judgement of an incident.

    Args:
        actor: Id of the account.
    """

    value: VerdictValue
    stage: VerdictStage
    actor: int
    reason: str = ""


_INSERT = text("""
    INSERT INTO verdict (incident, value, stage, reason, actor, at)
    VALUES (:incident, :value, :stage, :reason, :actor, :at)
""")


async def add_verdict(
    connection: AsyncConnection, incident: UUID, verdict: Verdict, *, at: datetime
) -> None:
    """Add a verdict to an incident."""
    row = {
        "incident": incident,
        "value": verdict.value.value,
        "stage": verdict.stage.value,
        "reason": verdict.reason,
        "actor": verdict.actor,
        "at": at,
    }
    await connection.execute(_INSERT, row)
