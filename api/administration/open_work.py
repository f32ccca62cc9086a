"""Hand the open work orders of an account back: who is on duty is notified anew."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.accounts.model import Account, Role
from api.incidents.actions import dispatching
from api.incidents.actions.request import ActionRequest
from api.incidents.lifecycle import Action
from api.incidents.work_orders import queries as work_orders_queries

REASON = "account_deactivated"


async def hand_back_orders(
    connection: AsyncConnection, account: int, *, by: Account, now: datetime
) -> int:
    """Withdraw the orders that an account has accepted and not reported on.

    A report that waits for its verification stays: that is the work of somebody else.

    Args:
        by: Whoever deactivates the account; its role and area do not matter for this.

    Returns:
        The number of orders.
    """
    incidents = await work_orders_queries.list_incidents_held_by(connection, account)
    stand_in = replace(by, role=Role.SUPERVISOR, area_code="", sees_unplaced=True)
    for incident in incidents:
        request = ActionRequest(
            action=Action.RECALL, account=stand_in, at=now, version=None, reason=REASON
        )
        await dispatching.recall(connection, incident, request)
    return len(incidents)
