"""Remind those who were asked to help with an order, then ask their desk.

The clock of the order itself goes on beside this, so two notices are enough.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from api.dispatch import help_store
from api.dispatch import store as dispatch_store
from api.dispatch.help_store import OpenRequest
from api.dispatch.model import PeopleOfArea
from api.incidents.clocks import PLANS
from api.incidents.lifecycle import IncidentState, OrderState
from api.incidents.unit_of_work import IncidentChange, record_changes
from api.notify.model import NotificationKind
from api.notify.store import NotificationBatch

MAX_BATCH = 64
IN_PROGRESS = frozenset({OrderState.ACCEPTED, OrderState.HANDLING})


async def remind_helpers(
    connection: AsyncConnection,
    *,
    emergency_contacts: Sequence[str],
    has_webhook: bool,
    now: datetime,
) -> int:
    """Give every reminder of a request for help that is due; return how many requests there were.

    An order on which nobody works any more needs no help.
    """
    requests = await help_store.take_due(connection, now=now, limit=MAX_BATCH)
    open_requests = [request for request in requests if request.state in IN_PROGRESS]
    codes = sorted({request.area_code for request in open_requests})
    people = await dispatch_store.find_people(
        connection, codes, emergency_contacts=emergency_contacts, now=now
    )
    for request in requests:
        is_last = request.n_reminders > 0 or request.state not in IN_PROGRESS
        await help_store.set_next(connection, request, None if is_last else now + pause(request))
    changes = [
        _change(request, people[request.area_code], has_webhook=has_webhook, now=now)
        for request in open_requests
    ]
    if changes:
        await record_changes(connection, changes)
    return len(requests)


def pause(request: OpenRequest) -> timedelta:
    """Return how long an answer may take: as long as to accept an order."""
    return PLANS[IncidentState.DISPATCHED].limits[request.level]


def _change(
    request: OpenRequest, people: PeopleOfArea, *, has_webhook: bool, now: datetime
) -> IncidentChange:
    is_first = request.n_reminders == 0
    return IncidentChange(
        incident=request.incident,
        action="remind_helpers" if is_first else "help_unanswered",
        at=now,
        from_state=request.state,
        order=request.order,
        notifications=NotificationBatch(
            key=f"{request.order}:help:{request.accounts[0]}:{request.n_reminders + 1}",
            incident=request.incident,
            order=request.order,
            kind=NotificationKind.HELP if is_first else NotificationKind.ESCALATION,
            required_state=request.state,
            accounts=request.accounts if is_first else _desk(people),
            has_webhook=has_webhook,
        ),
    )


def _desk(people: PeopleOfArea) -> tuple[int, ...]:
    return people.operators or people.supervisors or people.emergency_contacts
