"""What must hold of a centre at every moment, checked in its database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# Each branch lists incidents that violate one promise; all are empty in a sound centre.
_VIOLATIONS = text("""
    SELECT 'open without responsible, deadline or next step' AS promise, i.id
    FROM incident i
    WHERE i.is_open AND (i.responsible_kind IS NULL OR i.due_at IS NULL OR i.next_step IS NULL
                         OR i.next_action_at IS NULL)
  UNION ALL
    SELECT 'closed with a due date', i.id FROM incident i
    WHERE NOT i.is_open AND i.due_at IS NOT NULL AND i.next_step IS DISTINCT FROM 'archive'
  UNION ALL
    SELECT 'order without responsible, deadline or next step', w.incident
    FROM work_order w
    WHERE w.is_open AND (w.responsible_kind IS NULL OR w.due_at IS NULL OR w.next_step IS NULL
                         OR w.next_action_at IS NULL)
  UNION ALL
    SELECT 'order and incident disagree', i.id
    FROM incident i JOIN work_order w ON w.incident = i.id AND w.is_open
    WHERE i.state <> w.state OR i.due_at <> w.due_at OR i.next_step <> w.next_step
       OR i.next_action_at <> w.next_action_at OR i.responsible_kind <> w.responsible_kind
       OR i.responsible_account IS DISTINCT FROM w.responsible_account
  UNION ALL
    SELECT 'in progress without an open order', i.id FROM incident i
    WHERE i.state IN ('dispatched', 'accepted', 'handling', 'feedback', 'verifying')
      AND NOT EXISTS (SELECT FROM work_order w WHERE w.incident = i.id AND w.is_open)
  UNION ALL
    SELECT 'open order of an incident that is not in progress', w.incident
    FROM work_order w JOIN incident i ON i.id = w.incident
    WHERE w.is_open AND i.state NOT IN (
        'dispatched', 'accepted', 'handling', 'feedback', 'verifying', 'suspended')
  UNION ALL
    SELECT 'order that nobody was notified of', w.incident FROM work_order w
    WHERE w.is_open AND NOT EXISTS (SELECT FROM notification n WHERE n.work_order = w.id)
  UNION ALL
    SELECT 'accepted without a person', i.id FROM incident i
    WHERE i.state IN ('accepted', 'handling') AND i.responsible_kind <> 'person'
  UNION ALL
    SELECT 'alerts counted wrongly', i.id FROM incident i
    WHERE i.is_open AND i.class = 'safety' AND i.n_alerts <> (
        SELECT count(*) FROM alert a JOIN incident m ON m.id = a.incident
        WHERE i.id IN (m.id, m.root))
  UNION ALL
    SELECT 'alerts of a part counted wrongly', i.id FROM incident i
    WHERE i.state = 'merged'
      AND i.n_alerts <> (SELECT count(*) FROM alert a WHERE a.incident = i.id)
  UNION ALL
    SELECT 'merged into what is merged itself', i.id
    FROM incident i JOIN incident r ON r.id = i.root WHERE r.state = 'merged'
""")
# A desk gets one notification for all that is overdue there in a minute. It stands for an incident
# only if the clock of that incident acted in that minute.
_OWN_CALL = """
    SELECT FROM notification n WHERE n.incident = i.id AND n.created_at >= {since}
  UNION ALL
    SELECT FROM audit_log l
    JOIN notification n ON n.created_at BETWEEN date_trunc('minute', l.at) AND l.at
    JOIN incident o ON o.id = n.incident
    WHERE l.incident = i.id AND l.actor = 'system' AND l.at >= {since}
      AND l.action IN ('remind', 'alert_street', 'alert_district', 'alert_emergency_contact')
      AND o.level = i.level AND o.area_code IS NOT DISTINCT FROM i.area_code
"""
# These hold once the clock engine has run: everything that was due has been done.
_SETTLED_VIOLATIONS = text(f"""
    SELECT 'due and not done' AS promise, i.id FROM incident i WHERE i.next_action_at <= :now
  UNION ALL
    SELECT 'overdue in silence', i.id FROM incident i
    WHERE i.is_open AND i.due_at <= :now AND i.state <> 'filed'
      AND i.next_step NOT IN ('archive', 'resume')
      AND (i.clock_step = 0 OR NOT EXISTS (
          {_OWN_CALL.format(since="i.due_at - interval '1 minute'")}))
  UNION ALL
    SELECT 'filed, and neither called nor asked for help', i.id FROM incident i
    WHERE i.state = 'filed'
      AND NOT EXISTS (SELECT FROM audit_log l WHERE l.incident = i.id
                      AND l.action IN ('nobody_on_duty', 'no_area'))
  UNION ALL
    SELECT 'live and likely, and nobody was called', i.id FROM incident i
    WHERE i.is_open AND i.state IN ('new', 'stored')
      AND (i.decision <> 'review' OR i.due_at <= :now)
      AND EXISTS (SELECT FROM alert a WHERE a.incident = i.id AND NOT a.late AND a.score >= 0.9
                  AND a.level IN ('major', 'critical'))
      AND NOT EXISTS ({_OWN_CALL.format(since="i.created_at")})
""")  # noqa: S608  # made of constants
_DUE = text("SELECT id FROM incident WHERE next_action_at <= :now")
_LAST_ENTRY = text("SELECT coalesce(max(seq), 0) FROM audit_log")
_CLOCK_STEPS = text("""
    SELECT incident, action FROM audit_log
    WHERE seq > :after AND actor = 'system' AND action IN (
        'dispatch', 'remind', 'escalate', 'alert_street', 'alert_district',
        'alert_emergency_contact', 'expire', 'archive', 'resume')
""")


@dataclass(frozen=True, slots=True)
class BeforeRun:
    """What was due before an engine ran, and the newest audit entry."""

    due: frozenset[UUID]
    last_entry: int


async def list_violations(
    engine: AsyncEngine, now: datetime, *, is_settled: bool
) -> list[tuple[str, UUID]]:
    """List the broken promises with their incidents.

    Args:
        is_settled: The clock engine has just run.
    """
    async with engine.connect() as connection:
        rows = [*await connection.execute(_VIOLATIONS)]
        if is_settled:
            rows += await connection.execute(_SETTLED_VIOLATIONS, {"now": now})
    return [(row.promise, row.id) for row in rows]


async def read_before_run(engine: AsyncEngine, now: datetime) -> BeforeRun:
    async with engine.connect() as connection:
        due = (await connection.execute(_DUE, {"now": now})).scalars()
        return BeforeRun(frozenset(due), (await connection.execute(_LAST_ENTRY)).scalar_one())


async def list_wrong_steps(engine: AsyncEngine, before: BeforeRun) -> list[str]:
    """List the clock steps since ``before`` that were early or done twice."""
    async with engine.connect() as connection:
        rows = await connection.execute(_CLOCK_STEPS, {"after": before.last_entry})
        steps: Sequence[tuple[UUID, str]] = [(row.incident, row.action) for row in rows]
    early = [f"early: {action} of {id_}" for id_, action in steps if id_ not in before.due]
    twice = [f"twice: {step[1]} of {step[0]}" for step in set(steps) if steps.count(step) > 1]
    return early + twice
