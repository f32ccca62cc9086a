"""What every channel promises: each message arrives once, and no failure delays another channel."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from api.notify.channels.http_request import open_http_client
from api.notify.channels.webhook import Webhook
from api.notify.fakes.fake_service import Behaviour
from api.notify.fakes.gateways import FakeWebhookReceiver
from api.notify.sender import MAX_ATTEMPTS
from tests.api.databases import rows
from tests.api.notify.channels.services import SECRET, Service, add_channel, open_service
from tests.api.notify.senders import running_sender, until_failed, until_states
from tests.api.town import Centre

KINDS = ("push", "sms", "webhook", "wecom", "dingtalk", "feishu")
TIMEOUT_S = 2.0
"""Long enough for a busy machine; the suite waits so long for a service that is silent."""
DUE_AT = "SELECT due_at FROM notification WHERE state = 'pending'"


@pytest.fixture(params=KINDS)
async def service(request: pytest.FixtureRequest, centre: Centre) -> AsyncIterator[Service]:
    """A channel that reaches east-1, or the group of the grid."""
    async with (
        open_http_client(timeout_s=TIMEOUT_S) as client,
        open_service(request.param, client) as opened,
    ):
        await opened.register(centre, "east-1")
        yield opened


@pytest.fixture
async def other(centre: Centre) -> AsyncIterator[FakeWebhookReceiver]:
    """The webhook of east-2, which works."""
    async with FakeWebhookReceiver(secret=SECRET) as fake:
        await add_channel(centre, "east-2", "webhook", f"{fake.url}/other")
        yield fake


@pytest.fixture
async def sender(
    centre: Centre, service: Service, other: FakeWebhookReceiver
) -> AsyncIterator[asyncio.Task[None]]:
    """A running sender."""
    assert other.url
    async with (
        open_http_client(timeout_s=TIMEOUT_S) as client,
        open_service("webhook", client) as w,
    ):
        channels = {"webhook": w.channel, service.kind: service.channel}
        async with running_sender(centre, channels) as task:
            yield task


async def dispatch(centre: Centre) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    centre.live.signal.send()


def says_what_happened(content: object) -> bool:
    written = str(content)
    return "crowd_gathering" in written and ("nine people" in written or "九" in written)


@pytest.mark.usefixtures("sender")
async def test_a_message_arrives_once_and_is_understood(centre: Centre, service: Service) -> None:
    await dispatch(centre)
    message = await service.fake.next()
    await until_states(centre, service.kind, expected(service, ("sent", 1)))

    assert says_what_happened(message.content)
    assert service.fake.mistakes == []
    assert service.fake.n_waiting == 0


@pytest.mark.slow
@pytest.mark.usefixtures("sender")
async def test_a_service_that_fails_is_tried_again_and_delays_nobody_else(
    centre: Centre, service: Service, other: FakeWebhookReceiver
) -> None:
    # A connection that is closed at once is tried again in the same attempt.
    service.fake.behave(Behaviour.DOWN, Behaviour.DOWN, Behaviour.BROKEN, Behaviour.SILENT)
    await dispatch(centre)
    assert (await other.next()).to == "east-2"
    for attempts in (1, 2, 3):
        await until_failed(centre, service.kind, attempts)
        centre.clock.advance(seconds=2**attempts)
        centre.live.signal.send()
    message = await service.fake.next()
    await until_states(centre, service.kind, expected(service, ("sent", 4)))

    assert says_what_happened(message.content)
    assert service.fake.n_waiting == 0


@pytest.mark.usefixtures("sender", "other")
async def test_a_refused_address_is_given_up_at_once(centre: Centre, service: Service) -> None:
    if service.kind == "webhook":
        pytest.skip("a webhook has no answer that refuses for good")
    service.fake.behave(then=Behaviour.REFUSE)
    await dispatch(centre)
    await until_states(centre, service.kind, [("failed", 1)])

    query = "SELECT count(*) FROM {} WHERE failed_at IS NOT NULL"
    table = "chat_robot" if service.is_robot else "channel"
    assert await rows(centre.engine, query.format(table)) == [(1,)]


@pytest.mark.usefixtures("sender", "other")
async def test_a_service_that_asks_to_wait_is_left_alone_for_so_long(
    centre: Centre, service: Service
) -> None:
    if service.kind == "webhook":
        pytest.skip("the webhook of another account runs on the same channel")
    service.fake.behave(Behaviour.LIMIT)
    await dispatch(centre)
    await until_failed(centre, service.kind, 1)
    [(due_at,)] = await rows(centre.engine, f"{DUE_AT} AND channel = '{service.kind}'")
    assert due_at - centre.clock() >= timedelta(seconds=7)
    centre.clock.at = due_at
    await until_states(centre, service.kind, [("sent", 2)])


@pytest.mark.usefixtures("sender", "other")
async def test_a_message_whose_answer_was_lost_is_sent_again_under_its_key(
    centre: Centre, service: Service
) -> None:
    if not service.has_key:
        pytest.skip("this kind of service does not tell repetitions")
    service.fake.behave(Behaviour.LOSE_ANSWER, Behaviour.LOSE_ANSWER)
    await dispatch(centre)
    keys = [(await service.fake.next()).key for _ in range(2)]
    await until_failed(centre, service.kind, 1)
    centre.clock.advance(seconds=2)
    centre.live.signal.send()
    keys.append((await service.fake.next()).key)

    assert len(set(keys)) == 1
    assert keys[0]


@pytest.mark.usefixtures("other")
async def test_of_two_senders_one_sends_and_one_that_was_killed_is_replaced(
    centre: Centre, service: Service
) -> None:
    service.fake.behave(Behaviour.SILENT)
    async with open_http_client() as client:
        webhook = Webhook(client, url=None, secret=SECRET)
        channels = {"webhook": webhook, service.kind: service.channel}
        async with running_sender(centre, channels) as killed:
            await dispatch(centre)
            await until_states(centre, service.kind, expected(service, ("pending", 1)))
            killed.cancel()
        async with running_sender(centre, channels), running_sender(centre, channels):
            centre.clock.advance(seconds=31)
            centre.live.signal.send()
            await service.fake.next()
            await until_states(centre, service.kind, expected(service, ("sent", 2)))

    assert service.fake.n_waiting == 0


@pytest.mark.usefixtures("sender", "other")
async def test_a_late_receipt_counts_although_the_channel_was_given_up(
    centre: Centre, service: Service
) -> None:
    if service.is_robot:
        pytest.skip("nobody confirms a message to a group")
    service.fake.behave(then=Behaviour.BROKEN)
    await dispatch(centre)
    for attempts in range(1, MAX_ATTEMPTS):
        await until_failed(centre, service.kind, attempts)
        centre.clock.advance(minutes=2)
    await until_states(centre, service.kind, expected(service, ("failed", MAX_ATTEMPTS)))
    worker = await centre.client_of("east-1")
    log = (await worker.get("/v1/accounts/east-1/notifications")).json()["items"]
    [sent] = [row for row in log if row["channel"] == service.kind]
    await worker.post(f"/v1/notifications/{sent['id']}/delivered")
    again = (await worker.get("/v1/accounts/east-1/notifications")).json()["items"]
    [row] = [row for row in again if row["channel"] == service.kind]

    assert row["state"] == "delivered"


def expected(service: Service, state: tuple[str, int]) -> list[tuple[str, int]]:
    """Return the states of a kind: beside its own message there may be that of east-2."""
    return sorted([state, ("sent", 1)]) if service.kind == "webhook" else [state]
