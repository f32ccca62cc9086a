"""Read the simulated centre: who was notified, what waits, how the day ended; declare overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.accuracy.reporting import alarm_store
from api.accuracy.reporting.alarm_load import Alarm
from api.incidents.clocks import ClockAction
from gridwatch.simulation.world.model import Camera

_INSERT_OVERLAP = text("""
    INSERT INTO camera_overlap (node, camera, other_node, other_camera)
    VALUES (:node, :camera, :other_node, :other_camera)
""")
_NEW_NOTIFICATIONS = text("""
    SELECT n.id, c.name AS account, n.work_order AS order, n.incident, n.kind
    FROM notification n JOIN account c ON c.id = n.account
    WHERE n.id > :after AND n.channel = 'app' AND n.state <> 'cancelled' ORDER BY n.id
""")
_WAITING_AREAS = text("""
    SELECT DISTINCT left(coalesce(area_code, ''), 9) FROM incident
    WHERE state IN ('new', 'feedback')
""")
_DUE = text("SELECT id FROM incident WHERE next_action_at <= :now")
_LAST_AUDIT_ENTRY = text("SELECT coalesce(max(seq), 0) FROM audit_log")
_CLOCK_STEPS = text("""
    SELECT incident FROM audit_log
    WHERE seq > :after AND actor = 'system' AND action = ANY (CAST(:actions AS text[]))
""")
_INCIDENTS = text("""
    SELECT i.id, i.key, i.root, i.recurrence_of, i.state, i.level, i.created_at, i.n_alerts,
        left(coalesce(i.area_code, ''), 9) AS street, i.probability,
        i.auto_filed_at IS NOT NULL AS is_pushed,
        (SELECT min(l.at) FROM audit_log l
         WHERE l.incident = i.id AND l.action IN ('accept', 'confirm', 'reject')) AS answered_at,
        EXISTS (SELECT FROM notification n WHERE n.incident = i.id) AS is_called,
        i.class = 'equipment' AS is_equipment, i.is_open,
        i.next_action_at < :stranded_since AS is_late,
        i.is_open AND i.due_at < :stranded_since AND i.next_step <> 'archive'
          AND (i.clock_step = 0 OR NOT EXISTS (
              SELECT FROM notification n JOIN incident o ON o.id = n.incident
              WHERE n.created_at > i.due_at - interval '1 minute'
                AND (o.id = i.id OR (o.area_code IS NOT DISTINCT FROM i.area_code
                                     AND o.level = i.level)))) AS is_silent
    FROM incident i ORDER BY i.created_at, i.id
""")
_ALERTS = text("""
    SELECT alert_id, rev, incident, camera, scenario, how, opened_at, observed_at, received_at
    FROM alert ORDER BY opened_at, alert_id
""")
_INBOX = text("SELECT alert_id, rev FROM inbox")
_COUNT_VERIFICATIONS = text("SELECT count(*) FROM audit_log WHERE to_state = 'feedback'")
_COUNT_NOTIFICATIONS = text("SELECT count(*) FROM notification WHERE channel = 'app'")
_REPEATED_STEPS = text("""
    SELECT incident, action, at FROM audit_log
    WHERE actor = 'system' AND action = ANY (CAST(:actions AS text[]))
    GROUP BY incident, work_order, action, at HAVING count(*) > 1 ORDER BY at, incident
""")
_ENTRIES = text("""
    SELECT incident, at, actor, action, coalesce(to_state, '') AS to_state, reason
    FROM audit_log WHERE incident IS NOT NULL ORDER BY seq
""")

ACTIONS = {"actions": [action.value for action in ClockAction]}
"""What the clock engine does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotification:
    """A notification in the app of an account; ``order`` is ``None`` if there is none yet."""

    id: UUID
    account: str
    order: UUID | None
    incident: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOutcome:
    """What became of an incident.

    Args:
        root: The incident that it was merged into.
        probability: That it is true, as the centre saw it.
        is_pushed: A worker was called before anybody had looked.
        answered_at: When a person first accepted, confirmed or rejected it.
        is_called: Somebody was notified.
        is_equipment: It is about a node, a camera or the roster.
        is_late: The clock engine should have acted and has not.
        is_silent: Its due time has passed and nobody was reminded.
    """

    id: UUID
    key: str
    root: UUID | None
    recurrence_of: UUID | None
    state: str
    level: str
    created_at: datetime
    n_alerts: int
    street: str
    probability: float
    is_pushed: bool
    answered_at: datetime | None
    is_called: bool
    is_equipment: bool
    is_open: bool
    is_late: bool
    is_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlert:
    """An alert in its newest revision."""

    alert_id: UUID
    rev: int
    incident: UUID
    camera: str
    scenario: str
    how: str
    opened_at: datetime
    observed_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a person or the centre did with an incident."""

    incident: UUID
    at: datetime
    actor: str
    action: str
    to_state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedStep:
    """A step of a clock that was done twice."""

    incident: UUID
    action: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOutcome:
    """Everything that the judge reads of the centre at the end of the day.

    Args:
        revisions: Alert id and revision of each stored message.
        desk_alarms: What asked an operator to decide or to help.
        entries: What was done with all incidents, in order.
    """

    incidents: Sequence[IncidentOutcome]
    alerts: Sequence[StoredAlert]
    revisions: frozenset[tuple[UUID, int]]
    desk_alarms: Sequence[Alarm]
    n_verifications: int
    n_notifications: int
    repeated_steps: Sequence[RepeatedStep]
    entries: Sequence[Entry]


async def insert_overlap(connection: AsyncConnection, first: Camera, second: Camera) -> None:
    """Declare that the views of two cameras overlap."""
    (node, camera), (other_node, other_camera) = sorted(
        (str(camera.node), camera.name) for camera in (first, second)
    )
    pair = {"node": node, "camera": camera, "other_node": other_node, "other_camera": other_camera}
    await connection.execute(_INSERT_OVERLAP, pair)


async def list_new_notifications(connection: AsyncConnection, after: UUID) -> list[NewNotification]:
    """List the notifications inserted after the one with the id ``after``, oldest first."""
    rows = await connection.execute(_NEW_NOTIFICATIONS, {"after": after})
    return [NewNotification(**row) for row in rows.mappings()]


async def list_waiting_streets(connection: AsyncConnection) -> set[str]:
    """List the streets in which an incident awaits an operator."""
    return set((await connection.execute(_WAITING_AREAS)).scalars())


async def list_due(connection: AsyncConnection, now: datetime) -> set[UUID]:
    """List the incidents that wait for a step of the centre."""
    return set((await connection.execute(_DUE, {"now": now})).scalars())


async def get_last_audit_entry(connection: AsyncConnection) -> int:
    """Return the number of the newest audit entry."""
    number: int = (await connection.execute(_LAST_AUDIT_ENTRY)).scalar_one()
    return number


async def list_clock_steps(connection: AsyncConnection, after: int) -> list[UUID]:
    """List the incidents of which a clock acted after an audit entry, one for each step."""
    params = {"after": after, **ACTIONS}
    return list((await connection.execute(_CLOCK_STEPS, params)).scalars())


async def read_outcome(
    connection: AsyncConnection, *, starts_at: datetime, now: datetime, stranded_since: datetime
) -> DayOutcome:
    """Read how the day ended.

    Args:
        now: The end of the day.
        stranded_since: What was due before and has not been reminded of is stranded.
    """
    incidents = await connection.execute(_INCIDENTS, {"stranded_since": stranded_since})
    alerts = await connection.execute(_ALERTS)
    steps = await connection.execute(_REPEATED_STEPS, ACTIONS)
    asked = await alarm_store.list_alarms(connection, since=starts_at, until=now, within="")
    entries = await connection.execute(_ENTRIES)
    return DayOutcome(
        incidents=[IncidentOutcome(**row) for row in incidents.mappings()],
        alerts=[StoredAlert(**row) for row in alerts.mappings()],
        revisions=frozenset((row.alert_id, row.rev) for row in await connection.execute(_INBOX)),
        desk_alarms=asked.alarms,
        n_verifications=(await connection.execute(_COUNT_VERIFICATIONS)).scalar_one(),
        n_notifications=(await connection.execute(_COUNT_NOTIFICATIONS)).scalar_one(),
        repeated_steps=[RepeatedStep(**row) for row in steps.mappings()],
        entries=[Entry(**row) for row in entries.mappings()],
    )
