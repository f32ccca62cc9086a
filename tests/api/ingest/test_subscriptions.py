"""While a node is loud, the broker delivers only what the other nodes publish."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.broker.client import BrokerAddress
from api.fleet.report_handler import ReportHandler
from api.ingest.batch import Ingest
from api.ingest.subscriber import Subscriber
from api.ingest.subscriptions import NAMES_FOR, SESSION_FILTERS, session_filters
from api.quarantine.budget import BURST, RefusalBudget
from pipeline.wire import Node
from pipeline.wire.signature import broker_password
from tests.api.alerts import ALERT_NODE, KEY, NOON, alert_message, enroll
from tests.api.databases import scalar
from tests.api.nodes import connected_node
from tests.brokers import RunningBroker, iotcore, mosquitto

LOUD, QUIET, QUIET_KEY = ALERT_NODE, Node("demo", "market", "box-2"), bytes(32)
NODES = [str(LOUD), str(QUIET)]
PASSWORD = "the centre's own"
COUNT_ALERTS = "SELECT count(*) FROM alert"


class Centre:
    """A subscriber whose clock and budget the test moves."""

    def __init__(self, engine: AsyncEngine, port: int) -> None:
        self.time = NOON
        self.budget = RefusalBudget()
        self.subscriber = Subscriber(
            BrokerAddress(host="127.0.0.1", port=port, password=PASSWORD),
            ingest=Ingest(engine, self.budget),
            fleet=ReportHandler(engine, self.budget),
            budget=self.budget,
            now=lambda: self.time,
        )

    def make_loud(self, node: Node) -> None:
        for _ in range(BURST + 1):
            self.budget.take(str(node), now=self.time)

    async def until_subscribed_to(self, nodes: list[str] | None) -> None:
        wanted = [session_filters(number, nodes) for number in range(len(SESSION_FILTERS))]
        await until(lambda: self.subscriber.filters == wanted)


@pytest.fixture(params=[mosquitto, iotcore], ids=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    keys = {LOUD: KEY, QUIET: QUIET_KEY}
    logins = {str(node): broker_password(key) for node, key in keys.items()}
    with request.param(tmp_path, {"central": PASSWORD, **logins}) as running:
        yield running


@pytest.fixture
async def centre(database: AsyncEngine, broker: RunningBroker) -> AsyncIterator[Centre]:
    await enroll(database)
    await enroll(database, QUIET, QUIET_KEY)
    centre = Centre(database, broker.port)
    task = asyncio.create_task(centre.subscriber.run())
    await centre.until_subscribed_to(None)
    yield centre
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110  # it changes in another task
            await asyncio.sleep(0.01)


async def test_a_loud_node_is_not_delivered_and_the_others_are(
    database: AsyncEngine, broker: RunningBroker, centre: Centre
) -> None:
    centre.make_loud(LOUD)
    await centre.until_subscribed_to([str(QUIET)])

    with (
        connected_node(broker.port, LOUD) as loud,
        connected_node(broker.port, QUIET, QUIET_KEY) as quiet,
    ):
        loud.publish(*[alert_message(f"loud-{n}", seq=n) for n in range(1, 100)])
        quiet.publish(alert_message("quiet", node=QUIET, seq=1))
        receipt = await asyncio.to_thread(quiet.next_receipt)

    assert receipt.acked_seq == 1
    assert await scalar(database, COUNT_ALERTS) == 1


@pytest.mark.slow
async def test_a_node_is_heard_again_when_its_budget_has_recovered(
    broker: RunningBroker, centre: Centre
) -> None:
    centre.make_loud(LOUD)
    await centre.until_subscribed_to([str(QUIET)])
    centre.time += timedelta(minutes=1)
    await centre.until_subscribed_to(NODES)

    with connected_node(broker.port, LOUD) as node:
        node.publish(alert_message(seq=1))
        receipt = await asyncio.to_thread(node.next_receipt)
    centre.time += NAMES_FOR
    await centre.until_subscribed_to(None)

    assert receipt.acked_seq == 1


@pytest.mark.slow
async def test_what_was_published_before_the_change_is_stored(
    database: AsyncEngine, broker: RunningBroker, centre: Centre
) -> None:
    acked = 0
    with connected_node(broker.port, QUIET, QUIET_KEY) as quiet:
        for n in range(1, 501):
            if n == 250:
                centre.make_loud(LOUD)
            quiet.publish(alert_message(f"{n}", node=QUIET, seq=n))
        await centre.until_subscribed_to([str(QUIET)])
        while acked < 500:
            acked = (await asyncio.to_thread(quiet.next_receipt)).acked_seq

    assert await scalar(database, COUNT_ALERTS) == 500


def test_each_named_node_has_a_group_of_its_own() -> None:
    assert session_filters(0, ["demo/market/box-2"]) == {
        "$share/ingest.demo.market.box-2/gw/v1/demo/market/box-2/up/alert/#"
    }
    assert session_filters(1, ["demo/market/box-2"]) == frozenset()
    assert "gw/v1/demo/market/box-2/up/health" in session_filters(2, ["demo/market/box-2"])
