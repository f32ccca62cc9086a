"""Store and read the result of the last complete check of the audit log."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SAVE = text("""
    INSERT INTO audit_check AS c (checked_at, entries, n_findings, found_at)
    SELECT at, :entries, n, CASE WHEN n > 0 THEN at END
    FROM (SELECT CAST(:now AS timestamptz) AS at, CAST(:n_findings AS bigint) AS n) AS result
    ON CONFLICT (is_one) DO UPDATE SET checked_at = excluded.checked_at,
        entries = excluded.entries, n_findings = excluded.n_findings,
        found_at = CASE WHEN excluded.n_findings > 0
                        THEN coalesce(c.found_at, excluded.found_at) END
""")
_GET = text("SELECT checked_at, entries, n_findings, found_at FROM audit_check")


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """The result of a check.

    Args:
        found_at: Since when there have been findings; ``None`` if there are none.
    """

    checked_at: datetime
    entries: int
    n_findings: int
    found_at: datetime | None


async def save_check(
    connection: AsyncConnection, *, entries: int, n_findings: int, now: datetime
) -> None:
    """Replace the result; the time of the first finding stays as long as there are any."""
    params = {"now": now, "entries": entries, "n_findings": n_findings}
    await connection.execute(_SAVE, params)


async def get_check(connection: AsyncConnection) -> AuditCheck | None:
    """Return the result; ``None`` before the first check."""
    row = (await connection.execute(_GET)).first()
    return AuditCheck(*row) if row else None
