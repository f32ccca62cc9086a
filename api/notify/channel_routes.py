"""The channels of a person: read and set them, register devices, test them, read their log."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from api.accounts import store as accounts_store
from api.accounts.dependencies import Context, RequestContext
from api.accounts.store import Account, Role
from api.address import is_allowed_webhook, is_known_push_service
from api.errors import (
    ForbiddenError,
    NotFoundError,
    TooManyAttemptsError,
    UnprocessableError,
)
from api.notify import channel_store, log_store, receipt_store, secret_store
from api.notify.keys import confirmation_code
from api.notify.log_store import LoggedNotification as LogRecord
from api.notify.model import ChannelKind, PersonalChannel
from api.notify.model import QuietHours as StoredQuietHours
from api.notify.schemas import (
    AccountName,
    Channel,
    Channels,
    ChannelsRequest,
    Confirmation,
    Device,
    LoggedNotification,
    PushPublicKey,
    PushSubscription,
    QuietHours,
    TestRequest,
)
from api.web import pagination
from api.web.dependencies import IdempotencyKey
from api.web.problems import problem_responses
from api.web.schemas import Page

router = APIRouter(prefix="/v1", tags=["notifications"])

Name = Annotated[AccountName, Path()]
MAX_TESTS_PER_HOUR = 20
ANSWERS = problem_responses(401, 403, 404, 422)


class LogParams(BaseModel):
    """A page of a log."""

    cursor: pagination.Cursor = None
    limit: pagination.Limit = 50


@router.get("/push/public-key", responses=problem_responses(401))
async def read_push_public_key(visit: Context) -> PushPublicKey:
    """Return the key with which a browser subscribes to Web Push of this centre."""
    keys = await secret_store.get_keys(visit.connection)
    return PushPublicKey(key=keys.vapid_public_key())


@router.get("/me/channels", responses=problem_responses(401))
async def read_my_channels(visit: Context) -> Channels:
    """Return how you are reached, in order, and your quiet hours."""
    return await _present(visit, visit.account)


@router.put("/me/channels", responses=problem_responses(401, 403, 422))
async def set_my_channels(visit: Context, body: ChannelsRequest) -> Channels:
    """Set your channels in the order in which they are tried, and your quiet hours."""
    return await _set(visit, visit.account, body)


@router.post("/me/push-subscriptions", status_code=201, responses=problem_responses(401, 422))
async def add_push_subscription(visit: Context, body: PushSubscription) -> Device:
    """Register this browser for Web Push; the same endpoint stays one device."""
    if not is_known_push_service(body.endpoint, visit.services.push_services):
        raise UnprocessableError(
            "unknown_push_service", "the host is not listed in GRIDWATCH_PUSH_SERVICES"
        )
    subscription = {
        "endpoint": body.endpoint,
        "p256dh": body.keys.p256dh,
        "auth": body.keys.auth,
        "device": body.device,
    }
    device = await channel_store.insert_device(
        visit.connection, visit.account.id, subscription, now=visit.now
    )
    channels = await _channels_of(visit, visit.account)
    [stored] = [d for channel in channels for d in channel.devices if d.id == device]
    return Device.model_validate(stored)


@router.delete(
    "/me/push-subscriptions/{device}", status_code=204, responses=problem_responses(401, 404, 422)
)
async def delete_push_subscription(visit: Context, device: UUID) -> None:
    """Forget a device of yours."""
    if not await channel_store.delete_device(visit.connection, visit.account.id, device):
        raise NotFoundError("no_such_device")


@router.get("/accounts/{account}/channels", responses=ANSWERS)
async def read_channels(visit: Context, account: Name) -> Channels:
    """Return how a person of your area is reached."""
    return await _present(visit, await _person(visit, account))


@router.put("/accounts/{account}/channels", responses=ANSWERS)
async def set_channels(visit: Context, account: Name, body: ChannelsRequest) -> Channels:
    """Set the channels of a person of your area."""
    return await _set(visit, await _person(visit, account), body)


@router.get("/accounts/{account}/notifications", responses=ANSWERS)
async def list_log(
    visit: Context, account: Name, page: Annotated[LogParams, Query()]
) -> Page[LoggedNotification]:
    """List what was sent to a person on every channel, with its receipts, newest first."""
    person = await _person(visit, account)
    records = await log_store.list_notifications_of(
        visit.connection,
        person.id,
        before=pagination.decode_cursor(page.cursor),
        limit=page.limit,
    )
    positions = [(record.created_at, record.id) for record in records]
    return Page(items=_present_log(records), next=pagination.next_cursor(positions, page.limit))


@router.post(
    "/accounts/{account}/test-notification",
    status_code=201,
    responses=problem_responses(401, 403, 404, 422, 429),
)
async def send_test_notification(
    visit: Context, account: Name, body: TestRequest, key: IdempotencyKey = None
) -> Page[LoggedNotification]:
    """Send a test message to a person on each channel; a receipt makes the channel tested."""
    person = await _person(visit, account)
    since = visit.now - timedelta(hours=1)
    if await log_store.count_tests(visit.connection, person.id, since=since) >= MAX_TESTS_PER_HOUR:
        raise TooManyAttemptsError(3600)
    event = f"test:{visit.account.scoped_key(key) or visit.now.isoformat()}"
    await log_store.insert_test(
        visit.connection,
        person.id,
        event,
        channel=body.channel,
        has_webhook=visit.services.has_webhook,
        now=visit.now,
    )
    records = await log_store.list_test(visit.connection, person.id, event, since=since)
    if not records:
        raise UnprocessableError("no_such_channel", "the person has no such channel, or it is off")
    return Page(items=_present_log(records))


@router.post(
    "/accounts/{account}/test-notification/{notification}/confirm",
    status_code=204,
    responses=ANSWERS,
)
async def confirm_test_notification(
    visit: Context, account: Name, notification: UUID, body: Confirmation
) -> None:
    """Confirm a test message by the four digits in it, where no receipt comes back by itself."""
    person = await _person(visit, account)
    if not await log_store.is_test_of(visit.connection, notification, person.id):
        raise NotFoundError("no_such_notification")
    if body.code != confirmation_code(notification):
        raise UnprocessableError("wrong_code", "these are not the digits of this message")
    await receipt_store.record_receipt(
        visit.connection, notification, person.id, is_read=True, now=visit.now
    )


async def _person(visit: RequestContext, name: str) -> Account:
    """Return an account that the requester may see: their own, or one of their desk's area.

    Raises:
        NotFoundError: There is none of this name, or it is not visible to this account.
    """
    found = await accounts_store.get_account_by_name(visit.connection, name)
    if found is None:
        raise NotFoundError("no_such_account")
    person = found[0]
    if person.id != visit.account.id and not visit.account.is_desk_of(person.area_code):
        raise NotFoundError("no_such_account")
    return person


async def _channels_of(visit: RequestContext, person: Account) -> list[PersonalChannel]:
    return (await channel_store.list_channels(visit.connection, [person.id]))[person.id]


async def _set(visit: RequestContext, person: Account, body: ChannelsRequest) -> Channels:
    """Store the channels of a person.

    Raises:
        ForbiddenError: A webhook gets another address, and the requester is no administrator.
        UnprocessableError: The centre sends no webhooks to this address.
    """
    addresses = {c.kind: c.address for c in await _channels_of(visit, person)}
    for channel in body.channels:
        is_new = channel.address != addresses.get(channel.kind, "")
        is_webhook = channel.kind is ChannelKind.WEBHOOK
        if is_webhook and is_new and visit.account.role is not Role.ADMIN:
            raise ForbiddenError("webhook_set_by_admin")
        if is_webhook and is_new and channel.address:
            _check_webhook(visit, channel.address)
    wanted = [
        PersonalChannel(kind=c.kind, address=c.address, is_enabled=c.enabled) for c in body.channels
    ]
    await channel_store.set_channels(visit.connection, person.id, wanted)
    quiet = body.quiet_hours
    stored = StoredQuietHours(**quiet.model_dump()) if quiet else None
    await channel_store.set_quiet_hours(visit.connection, person.id, stored)
    return await _present(visit, person)


def _check_webhook(visit: RequestContext, address: str) -> None:
    if not is_allowed_webhook(address, visit.services.webhook_hosts):
        raise UnprocessableError(
            "webhook_host", "no webhook goes there: see GRIDWATCH_WEBHOOK_HOSTS"
        )


async def _present(visit: RequestContext, person: Account) -> Channels:
    quiet = await channel_store.get_quiet_hours(visit.connection, person.id)
    channels = await _channels_of(visit, person)
    return Channels(
        account=person.name,
        channels=[
            Channel.model_validate(
                {
                    "kind": channel.kind,
                    "address": channel.address,
                    "enabled": channel.is_enabled,
                    "tested_at": channel.tested_at,
                    "failed_at": channel.failed_at,
                    "devices": channel.devices,
                }
            )
            for channel in channels
        ],
        quiet_hours=QuietHours.model_validate(quiet) if quiet else None,
    )


def _present_log(records: Sequence[LogRecord]) -> list[LoggedNotification]:
    return [LoggedNotification.model_validate(record) for record in records]
