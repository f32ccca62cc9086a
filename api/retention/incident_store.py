"""Delete ended incidents with everything that belongs to them."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

ALLOW_DELETION = text("SET LOCAL gridwatch.retention = 'on'")
"""Rows of ``verdict`` and ``audit_log`` are deleted only in a transaction that begins so."""

# What is merged goes with the incident that it was merged into. One statement, so that nothing
# refers to a deleted row at its end.
_DELETE = text("""
    WITH expired AS MATERIALIZED (
        SELECT i.id FROM incident i
        WHERE i.root IS NULL AND i.created_at < :before
          AND coalesce(i.state_since, i.created_at) < :before
          AND (NOT i.is_open AND i.state <> 'closed' OR i.state = 'stored' AND i.is_over)
          AND NOT is_held(i)
          AND NOT EXISTS (
              SELECT FROM incident c WHERE c.root = i.id
                AND (c.is_open OR coalesce(c.state_since, c.created_at) >= :before OR is_held(c)))
        ORDER BY i.created_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ), doomed AS MATERIALIZED (
        SELECT id FROM expired UNION SELECT c.id FROM incident c JOIN expired e ON c.root = e.id
    ), orders AS MATERIALIZED (
        SELECT w.id FROM work_order w JOIN doomed d ON w.incident = d.id
    ), helpers AS (DELETE FROM order_helper WHERE work_order IN (SELECT id FROM orders)
    ), notifications AS (DELETE FROM notification WHERE incident IN (SELECT id FROM doomed)
    ), reports AS (DELETE FROM field_report WHERE incident IN (SELECT id FROM doomed)
    ), records AS (DELETE FROM field_record WHERE incident IN (SELECT id FROM doomed)
    ), work AS (DELETE FROM work_order WHERE id IN (SELECT id FROM orders)
    ), tasks AS (DELETE FROM audit_task WHERE incident IN (SELECT id FROM doomed)
    ), verdicts AS (DELETE FROM verdict WHERE incident IN (SELECT id FROM doomed)
    ), opinions AS (DELETE FROM second_opinion WHERE incident IN (SELECT id FROM doomed)
    ), suggestions AS (
        DELETE FROM merge_suggestion
        WHERE incident IN (SELECT id FROM doomed) OR other IN (SELECT id FROM doomed)
    ), causes AS (
        UPDATE suppression SET incident = NULL WHERE incident IN (SELECT id FROM doomed)
    ), recurrences AS (
        UPDATE incident SET recurrence_of = NULL
        WHERE recurrence_of IN (SELECT id FROM doomed) AND id NOT IN (SELECT id FROM doomed)
    ), alerts AS (DELETE FROM alert WHERE incident IN (SELECT id FROM doomed)
    ), incidents AS (DELETE FROM incident WHERE id IN (SELECT id FROM doomed)
    )
    SELECT count(*) FROM expired
""")


async def delete_expired_incidents(
    connection: AsyncConnection, *, before: datetime, limit: int = 200
) -> int:
    """Delete incidents that ended before ``before`` and that no hold names.

    A closed incident is archived first, when the time for an appeal is over.

    Returns:
        Their number, without those merged into them; less than ``limit`` if none are left.
    """
    await connection.execute(ALLOW_DELETION)
    result = await connection.execute(_DELETE, {"before": before, "limit": limit})
    return int(result.scalar_one())
