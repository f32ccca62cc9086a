"""Your own notifications, and the receipts that your devices send for them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request

from api.accounts.dependencies import COOKIE, Context, current_account
from api.errors import ForbiddenError, NotFoundError
from api.notify import receipt_store, secret_store
from api.notify import store as notify_store
from api.notify.schemas import Notification
from api.web.dependencies import RequestTime, Transaction
from api.web.problems import problem_responses
from api.web.schemas import Page

router = APIRouter(prefix="/v1/notifications", tags=["notifications"])

RECEIPT_ANSWERS = problem_responses(401, 403, 404, 422)


@router.get("", responses=problem_responses(401, 422))
async def list_notifications(
    visit: Context,
    is_open: Annotated[
        bool, Query(alias="open", description="Only those whose order still waits for you")
    ] = False,
) -> Page[Notification]:
    """List your notifications, newest first."""
    records = await notify_store.list_notifications(
        visit.connection, visit.account.id, is_open=is_open
    )
    return Page(items=[Notification.model_validate(record) for record in records])


async def recipient(
    request: Request,
    connection: Transaction,
    now: RequestTime,
    notification: UUID,
    *,
    receipt: Annotated[
        str | None,
        Header(
            alias="X-Gridwatch-Receipt",
            max_length=100,
            description="`receipt` of the message; needs no login",
        ),
    ] = None,
    token: Annotated[
        str | None, Query(max_length=100, deprecated=True, description="Former place of it")
    ] = None,
) -> int | None:
    """Return the account that sends a receipt; ``None`` if a token stands for it.

    Raises:
        NotLoggedInError: There is neither a token nor a session.
        ForbiddenError: The token is that of another notification.
    """
    token = token if receipt is None else receipt
    if token is None:
        return (await current_account(request, connection, now, request.cookies.get(COOKIE))).id
    keys = await secret_store.get_keys(connection)
    if not keys.is_receipt_token(notification, token):
        raise ForbiddenError("bad_receipt_token")
    return None


Recipient = Annotated[int | None, Depends(recipient)]


@router.post("/{notification}/delivered", status_code=204, responses=RECEIPT_ANSWERS)
async def delivered(
    connection: Transaction, now: RequestTime, account: Recipient, notification: UUID
) -> None:
    """Confirm that a notification has reached its recipient; repeating it is no error."""
    if not await receipt_store.record_receipt(
        connection, notification, account, is_read=False, now=now
    ):
        raise NotFoundError("no_such_notification")


@router.post("/{notification}/read", status_code=204, responses=RECEIPT_ANSWERS)
async def read(
    connection: Transaction, now: RequestTime, account: Recipient, notification: UUID
) -> None:
    """Confirm that the recipient has opened a notification; repeating it is no error."""
    if not await receipt_store.record_receipt(
        connection, notification, account, is_read=True, now=now
    ):
        raise NotFoundError("no_such_notification")
