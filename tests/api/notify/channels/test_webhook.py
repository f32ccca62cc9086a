"""Webhook notifications are signed, tried again, and not delayed by a dead address."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import text

from api.notify.address_windows import MAX_PER_ADDRESS
from api.notify.channels.http_request import TIMEOUT_S, open_http_client
from api.notify.channels.webhook import Webhook
from api.notify.sender import MAX_ATTEMPTS, NotificationSender, retry_delay
from pipeline.wire import Location
from tests.api.notify.notifications import notify_through_webhook, webhook_states
from tests.api.town import EAST, Centre

pytestmark = pytest.mark.slow

SECRET = "a secret"
PATIENCE_S = 10


@dataclass
class Gateway:
    """A gateway on a real port, which answers with each status in turn, then 200."""

    address: str = ""
    statuses: list[int] = field(default_factory=list)
    got: asyncio.Queue[tuple[dict[str, str], bytes]] = field(default_factory=asyncio.Queue)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.splitlines()[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(
            f"HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()
        await self.got.put((headers, body))

    async def next(self) -> tuple[dict[str, str], bytes]:
        async with asyncio.timeout(PATIENCE_S):
            return await self.got.get()


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    built = Gateway()
    server = await asyncio.start_server(built.answer, "127.0.0.1", 0)
    built.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/call"
    yield built
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def run_sender(centre: Centre, gateway: Gateway) -> AsyncIterator[None]:
    """Run a sender, as one process of a centre does."""
    async with open_http_client() as client:
        built = NotificationSender(
            centre.engine,
            centre.live.signal,
            {"webhook": Webhook(client, url=gateway.address, secret=SECRET)},
            now=centre.clock,
            title_of=centre.services.title_of,
        )
        running = asyncio.create_task(built.run())
        yield
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.fixture
async def sender(centre: Centre, gateway: Gateway) -> AsyncIterator[None]:
    """A running sender, and a clock engine that also notifies everybody through the webhook."""
    notify_through_webhook(centre)
    async with run_sender(centre, gateway):
        yield


@pytest.fixture
async def silent_address() -> AsyncIterator[str]:
    """The address of a server that accepts connections and never answers."""
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for writer in writers:
        writer.close()
    server.close()


@pytest.fixture
async def garbage_address() -> AsyncIterator[str]:
    """The address of a server that answers with bytes that are no text."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 5\0\xff0 \0\xed\xa0\x80\r\n\0: \0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def add_channels(centre: Centre, addresses: list[str]) -> None:
    """Put as many more workers on duty in the east, each with a webhook of their own."""
    query = text("""
        WITH worker AS (
            INSERT INTO account (name, role, area_code, password_hash)
            SELECT 'dead-' || n, 'worker', :area, '' FROM generate_series(1, :n) AS t (n)
            RETURNING id, name
        ), shifts AS (
            INSERT INTO shift (account, area, during)
            SELECT w.id, a.id, tstzrange(:now, :until)
            FROM worker w JOIN area a ON a.code = :area
        )
        INSERT INTO channel (account, kind, address)
        SELECT w.id, 'webhook', (CAST(:addresses AS text[]))[CAST(substr(name, 6) AS int)]
        FROM worker w
    """)
    now = centre.clock()
    params = {"now": now, "until": now + timedelta(hours=1), "area": EAST}
    params |= {"n": len(addresses), "addresses": addresses}
    async with centre.engine.begin() as connection:
        await connection.execute(query, params)


async def raise_apart(centre: Centre, n: int) -> None:
    """Raise up to 64 alerts, more than 100 m from each other, so that none are merged."""
    for number in range(n):
        row, column = divmod(number, 8)
        place = Location(lon=104.0005 + column * 0.0012, lat=30.6005 + row * 0.0012)
        await centre.raise_alert(f"burst-{number}", camera=f"camera-{number}", location=place)


async def until(centre: Centre, expected: list[tuple[str, int]]) -> None:
    """Wait until the notifications have these states and attempts."""
    async with asyncio.timeout(PATIENCE_S):
        while await webhook_states(centre) != expected:  # noqa: ASYNC110  # another process's rows
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("sender")
async def test_a_notification_is_signed_and_says_what_happened(
    centre: Centre, gateway: Gateway
) -> None:
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    headers, body = await gateway.next()

    signed = headers["x-gridwatch-timestamp"].encode() + b"." + body
    signature = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    body_sent = json.loads(body)
    assert headers["x-gridwatch-signature"] == f"sha256={signature}"
    assert body_sent["account"] in {"east-1", "east-2"}
    assert body_sent["because"]["en"] == "nine people stand together"
    assert headers["idempotency-key"].endswith(":webhook")
    await until(centre, [("sent", 1), ("sent", 1)])


@pytest.mark.usefixtures("sender")
async def test_a_refused_notification_is_sent_again_with_the_same_key(
    centre: Centre, gateway: Gateway
) -> None:
    gateway.statuses = [500, 500]
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    first = {(await gateway.next())[0]["idempotency-key"] for _ in range(2)}
    await until(centre, [("pending", 1), ("pending", 1)])
    centre.clock.advance(seconds=2)
    again = {(await gateway.next())[0]["idempotency-key"] for _ in range(2)}

    assert first == again
    await until(centre, [("sent", 2), ("sent", 2)])


@pytest.mark.usefixtures("sender")
async def test_a_dead_address_does_not_delay_the_others(centre: Centre, gateway: Gateway) -> None:
    async with centre.engine.begin() as connection:
        await connection.execute(
            text("""
                INSERT INTO channel SELECT id, 'webhook', 'http://127.0.0.1:9/dead'
                FROM account WHERE name = 'east-1'
            """)
        )
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    _, body = await gateway.next()

    assert json.loads(body)["account"] == "east-2"
    await until(centre, [("pending", 1), ("sent", 1)])


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:99999/x", "http://[::1/x", "ftp://host", "http://", "http://a:b:c"],
)
async def test_an_address_that_cannot_be_used_fails_its_own_notification_only(
    centre: Centre, gateway: Gateway, address: str
) -> None:
    async with centre.engine.begin() as connection:
        await connection.execute(
            text("""
                INSERT INTO channel SELECT id, 'webhook', :address
                FROM account WHERE name = 'east-1'
            """),
            {"address": address},
        )
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    _, body = await gateway.next()

    assert json.loads(body)["account"] == "east-2"
    await until(centre, [("failed", 1), ("sent", 1)])
    async with centre.engine.connect() as connection:
        error = await connection.scalar(
            text("SELECT error FROM notification WHERE state = 'failed'")
        )
    assert error.startswith("the address cannot be used")


@pytest.mark.usefixtures("sender")
async def test_many_dead_addresses_do_not_delay_the_others(
    centre: Centre, gateway: Gateway, silent_address: str
) -> None:
    await add_channels(centre, [f"{silent_address}/{n}" for n in range(40)])
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    began = asyncio.get_running_loop().time()
    accounts = {json.loads((await gateway.next())[1])["account"] for _ in range(2)}

    assert accounts == {"east-1", "east-2"}
    assert asyncio.get_running_loop().time() - began < TIMEOUT_S


@pytest.mark.usefixtures("sender")
async def test_an_address_that_answers_fast_receives_a_burst(
    centre: Centre, gateway: Gateway
) -> None:
    n = MAX_PER_ADDRESS * 2
    for number in range(n):
        await centre.raise_alert(f"burst-{number}", zone=f"zone-{number}")
    await centre.clock_engine.process_due()
    keys = {(await gateway.next())[0]["idempotency-key"] for _ in range(2 * n)}

    assert len(keys) == 2 * n
    await until(centre, [("sent", 1)] * 2 * n)


@pytest.mark.usefixtures("sender")
async def test_two_senders_send_each_notification_once(centre: Centre, gateway: Gateway) -> None:
    n = 40
    await raise_apart(centre, n)
    async with run_sender(centre, gateway):
        await centre.clock_engine.process_due()
        keys = [(await gateway.next())[0]["idempotency-key"] for _ in range(2 * n)]
        await until(centre, [("sent", 1)] * 2 * n)

    assert len(set(keys)) == 2 * n
    assert gateway.got.empty()


@pytest.mark.usefixtures("sender")
async def test_a_redirect_is_not_followed(centre: Centre, gateway: Gateway) -> None:
    gateway.statuses = [307, 307]
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    await gateway.next()
    await gateway.next()

    await until(centre, [("pending", 1), ("pending", 1)])
    assert gateway.got.empty()


@pytest.mark.usefixtures("sender")
async def test_an_unreadable_message_is_notified_of_without_it(
    centre: Centre, gateway: Gateway
) -> None:
    await centre.raise_alert()
    async with centre.engine.begin() as connection:
        broken = text("UPDATE alert SET data = jsonb_set(data, '{because}', '5')")
        await connection.execute(broken)
    await centre.clock_engine.process_due()
    _, body = await gateway.next()

    assert json.loads(body)["because"] == {"zh": "", "en": ""}


@pytest.mark.usefixtures("sender")
async def test_an_answer_that_the_database_cannot_hold_fails_only_its_own_notification(
    centre: Centre, gateway: Gateway, garbage_address: str
) -> None:
    await add_channels(centre, [garbage_address])
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    accounts = {json.loads((await gateway.next())[1])["account"] for _ in range(2)}

    assert accounts == {"east-1", "east-2"}
    await until(centre, [("pending", 1), ("sent", 1), ("sent", 1)])


async def test_accepting_cancels_the_webhook_notifications(
    centre: Centre, gateway: Gateway
) -> None:
    notify_through_webhook(centre)
    await centre.raise_alert()
    await centre.clock_engine.process_due()
    worker = await centre.client_of("east-1")
    [order] = (await worker.get("/v1/orders", params={"mine": True})).json()["items"]
    await worker.post(f"/v1/orders/{order['id']}/accept", json={"version": 1})

    assert await webhook_states(centre) == [("cancelled", 0), ("cancelled", 0)]
    assert gateway.got.empty()


def test_attempts_are_spaced_and_end() -> None:
    pauses = [retry_delay(attempts) for attempts in range(1, MAX_ATTEMPTS + 1)]

    assert pauses[-1] is None
    assert pauses[:-1] == sorted(pause for pause in pauses if pause is not None)
