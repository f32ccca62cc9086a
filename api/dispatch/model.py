"""Values of the clock engine: incidents whose clock is due, who can be asked, and what follows."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from api.dispatch.escalation import EndedOrder
from api.incidents.clocks import Clock, ClockAction
from api.incidents.lifecycle import IncidentState
from api.notify.model import NotificationKind
from api.roster.on_duty import EscalationLevel
from pipeline.signal import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """The open order of an incident.

    Args:
        rounds: How often it has been escalated.
        handler: The account that has accepted it; ``None`` while nobody has.
    """

    id: UUID
    area_code: str
    escalation_level: int
    rounds: int
    handler: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueIncident:
    """An incident whose clock is due; its row is locked.

    Args:
        area_code: ``None`` if it lies outside all areas.
        previous_state: Where it resumes if it is suspended.
        maintainer: Whom the node of an incident about equipment names, to be notified first.
        ended_orders: Its returned orders, oldest first.
        declined_by: Accounts that have returned one, or that one was recalled from.
    """

    id: UUID
    state: IncidentState
    level: Level
    version: int
    area_code: str | None
    clock: Clock
    order: OpenOrder | None = None
    previous_state: IncidentState | None = None
    maintainer: int | None = None
    ended_orders: tuple[EndedOrder, ...] = ()
    declined_by: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOfArea:
    """Everybody who can be asked about an area.

    Args:
        levels: Who is on duty, from the micro-grid upwards; empty for an unknown area.
        operators: Accounts of the desks of the area.
        supervisors: Accounts of its supervisors.
        emergency_contacts: The accounts of the settings, else the administrators.
    """

    levels: tuple[EscalationLevel, ...] = ()
    operators: tuple[int, ...] = ()
    supervisors: tuple[int, ...] = ()
    emergency_contacts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStep:
    """What the clock engine does with one incident.

    Args:
        action: Goes to the audit log.
        state: New state; ``None`` leaves it.
        clock: New clock; ``None`` only for a state without one.
        escalation_level: With ``DISPATCH`` and ``ESCALATE``, the level that is notified.
        accounts: Who is notified.
        notification_key: An account gets one notification per key and channel; empty if nobody
            is to be notified.
        is_recorded: Whether the step goes to the audit log.
    """

    incident: DueIncident
    action: ClockAction | str
    clock: Clock | None
    state: IncidentState | None = None
    escalation_level: int | None = None
    kind: NotificationKind = NotificationKind.REMINDER
    accounts: tuple[int, ...] = ()
    notification_key: str = ""
    is_recorded: bool = True
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenCount:
    """The open incidents of one state and class.

    Args:
        overdue: Those whose responsible party has missed its deadline.
        oldest_since: When the one that has been longest in the state entered it.
    """

    n: int
    overdue: int
    oldest_since: datetime
