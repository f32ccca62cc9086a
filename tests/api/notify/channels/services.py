"""A channel of each kind with the shipped fake of its service, for the contract suite."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import aiohttp
from sqlalchemy import text

from api.notify.channels.chat_robots import DIALECTS, ChatRobot
from api.notify.channels.port import Channel
from api.notify.channels.sms import Sms, SmsGateway
from api.notify.channels.web_push import WebPush
from api.notify.channels.webhook import Webhook
from api.notify.fakes.fake_service import FakeService
from api.notify.fakes.gateways import FakeSmsGateway, FakeWebhookReceiver
from api.notify.fakes.push_service import FakePushService
from api.notify.fakes.robots import FakeDingtalkRobot, FakeFeishuRobot, FakeWecomRobot
from api.notify.model import RobotKind
from tests.api.town import GRID, Centre

SECRET = "a secret"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Service:
    """A channel with the fake of its service.

    Args:
        kind: ``ChannelKind`` or ``RobotKind``.
        has_key: Whether the service tells repetitions by a key.
        register: Registers the fake for an account, or for a group.
    """

    kind: str
    fake: FakeService
    channel: Channel
    has_key: bool
    register: Callable[[Centre, str], Awaitable[None]]

    @property
    def is_robot(self) -> bool:
        """Whether it reaches a group instead of a person."""
        return self.kind in list(RobotKind)


async def execute(centre: Centre, query: str, **params: object) -> None:
    async with centre.engine.begin() as connection:
        await connection.execute(text(query), params)


async def add_channel(
    centre: Centre, name: str, kind: str, address: str = "", *, position: int = 1
) -> None:
    """Give an account a channel."""
    await execute(
        centre,
        """
        INSERT INTO channel (account, kind, address, position)
        SELECT id, :kind, :address, :position FROM account WHERE name = :name
        """,
        name=name,
        kind=kind,
        address=address,
        position=position,
    )


async def add_browser(centre: Centre, name: str, fake: FakePushService) -> dict[str, Any]:
    """Subscribe a browser of an account, and return its subscription."""
    page = await centre.client_of(name)
    key = (await page.get("/v1/push/public-key")).json()["key"]
    subscription = fake.subscribe(name, public_key=key)
    object.__setattr__(centre.services, "push_services", (fake.url,))
    answer = await page.post("/v1/me/push-subscriptions", json=subscription)
    assert answer.status_code == 201, answer.text
    return subscription


async def add_robot(
    centre: Centre, kind: str, address: str, secret: str = "", *, level: str = "minor"
) -> None:
    """Add a robot of the grid's group."""
    await execute(
        centre,
        """
        INSERT INTO chat_robot (name, area_code, kind, address, secret, min_level)
        VALUES (:kind, :area, :kind, :address, :secret, :level)
        """,
        kind=kind,
        address=address,
        secret=secret,
        area=GRID,
        level=level,
    )


@asynccontextmanager
async def open_service(kind: str, client: aiohttp.ClientSession) -> AsyncIterator[Service]:
    """Run the fake of a kind."""
    opened = {"webhook": _open_webhook, "push": _open_push, "sms": _open_sms}
    if kind in opened:
        async with opened[kind](client) as service:
            yield service
        return
    robots = {"wecom": FakeWecomRobot, "dingtalk": FakeDingtalkRobot, "feishu": FakeFeishuRobot}
    async with robots[kind]() as fake:

        async def register(centre: Centre, _: str) -> None:
            await add_robot(centre, kind, fake.address, getattr(fake, "secret", ""))

        robot = ChatRobot(client, DIALECTS[RobotKind(kind)], time_zone=UTC)
        yield Service(kind, fake, robot, False, register)


@asynccontextmanager
async def _open_webhook(client: aiohttp.ClientSession) -> AsyncIterator[Service]:
    async with FakeWebhookReceiver(secret=SECRET) as fake:
        channel = Webhook(client, url=None, secret=SECRET)
        yield Service("webhook", fake, channel, True, _with_address("webhook", f"{fake.url}/hook"))


@asynccontextmanager
async def _open_push(client: aiohttp.ClientSession) -> AsyncIterator[Service]:
    async with FakePushService() as fake:

        async def register(centre: Centre, name: str) -> None:
            await add_browser(centre, name, fake)

        yield Service("push", fake, WebPush(client, contact=""), False, register)


@asynccontextmanager
async def _open_sms(client: aiohttp.ClientSession) -> AsyncIterator[Service]:
    async with FakeSmsGateway() as fake:
        gateway = SmsGateway(
            url=f"{fake.url}/send",
            headers={"Content-Type": FORM},
            body=f"apikey={fake.api_key}&mobile={{phone}}&text={{text}}&uid={{key}}",
            accepted=r'"code": 0\b',
        )
        channel = Sms(client, gateway, time_zone=UTC)
        yield Service("sms", fake, channel, True, _with_address("sms", "+8613800000000"))


def _with_address(kind: str, address: str) -> Callable[[Centre, str], Awaitable[None]]:
    async def register(centre: Centre, name: str) -> None:
        await add_channel(centre, name, kind, address)

    return register
