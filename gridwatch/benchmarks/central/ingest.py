"""Measure how many alerts a second the centre stores, deduplicates and acknowledges.

A bare subscriber on the same broker counts the same messages; the rounds take turns, and the
medians are compared.
"""

import asyncio
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.broker.client import BrokerAddress
from api.database.engine import create_engine, migrate
from api.embedded.broker import EmbeddedBroker
from api.embedded.broker_supervisor import list_broker_logins
from api.embedded.postgres import EmbeddedPostgres
from api.fleet.report_handler import ReportHandler
from api.fleet.store import enroll_node
from api.ingest.batch import Ingest
from api.ingest.subscriber import Subscriber
from gridwatch.benchmarks.central.alert_generator import NODES, AlertGenerator, node_key
from gridwatch.benchmarks.central.baseline_subscriber import count_messages
from gridwatch.benchmarks.central.load_generator import Load, LoadResult, NodeLoad

LOAD_COMMAND = (sys.executable, "-m", "gridwatch.benchmarks.central.load_generator")

COUNT_STORED = text("""
    SELECT (SELECT count(*) FROM inbox) AS messages, (SELECT count(*) FROM alert) AS alerts,
           (SELECT coalesce(sum(n_alerts), 0) FROM incident WHERE root IS NULL) AS counted
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The output of ``gridwatch bench ingest``."""

    alerts_per_s: float
    bare_subscriber_per_s: float
    ratio: float
    lost: int
    doubled: int
    alerts: int
    rounds: int
    resent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Bench:
    engine: AsyncEngine
    broker: EmbeddedBroker
    now: Callable[[], datetime]

    @property
    def address(self) -> BrokerAddress:
        """The address of the broker."""
        broker = self.broker
        return BrokerAddress(host="127.0.0.1", port=broker.inner_port, password=broker.password)


async def measure_ingest(
    *,
    alerts: int,
    seconds: float | None,
    now: Callable[[], datetime],
    report: Callable[[str], None],
) -> Figures:
    """Run rounds of ``alerts`` messages: three, or until ``seconds`` have passed."""
    async with _bench(now) as bench:
        fabric, began = AlertGenerator(now()), now()
        ours: list[float] = []
        bare: list[float] = []
        resent = 0
        while len(ours) < 3 or (seconds and now() - began < timedelta(seconds=seconds)):
            batches = fabric.batches(alerts)
            bare.append(_message_count(batches) / await _run_baseline(bench, batches))
            answer = await _run_ingest(bench, batches)
            ours.append(_message_count(batches) / answer.seconds)
            resent += answer.resent
            report(f"round {len(ours)}: {ours[-1]:,.0f}/s, bare subscriber {bare[-1]:,.0f}/s")
        async with bench.engine.connect() as connection:
            tally = (await connection.execute(COUNT_STORED)).one()
    return Figures(
        alerts_per_s=round(median(ours), 1),
        bare_subscriber_per_s=round(median(bare), 1),
        ratio=round(median(o / b for o, b in zip(ours, bare, strict=True)), 3),
        lost=fabric.messages - tally.messages,
        doubled=int(tally.counted) - fabric.alerts,
        alerts=fabric.messages,
        rounds=len(ours),
        resent=resent,
        seconds=round((now() - began).total_seconds(), 1),
    )


@asynccontextmanager
async def _bench(now: Callable[[], datetime]) -> AsyncIterator[_Bench]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridwatch-bench-")))
        server = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
        engine = create_engine(server.url)
        stack.push_async_callback(engine.dispose)
        await migrate(engine)
        async with engine.begin() as connection:
            for node in NODES:
                await enroll_node(connection, node, node_key(node), now=now())
        broker = EmbeddedBroker(
            folder / "broker",
            host="127.0.0.1",
            port=_free_port(),
            logins=await list_broker_logins(engine),
        )
        yield _Bench(engine, stack.enter_context(broker), now)


async def _run_ingest(bench: _Bench, batches: Sequence[NodeLoad]) -> LoadResult:
    """Run the real subscriber until the nodes have every receipt."""
    subscriber = Subscriber(
        bench.address,
        ingest=Ingest(bench.engine),
        fleet=ReportHandler(bench.engine),
        now=bench.now,
    )
    running = asyncio.create_task(subscriber.run())
    while not subscriber.is_up:  # noqa: ASYNC110  # set by its task
        await asyncio.sleep(0.01)
    try:
        return await _run_load(Load(bench.broker.port, list(batches), is_receipted=True))
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _run_baseline(bench: _Bench, batches: Sequence[NodeLoad]) -> float:
    """Count the messages in this process with the same MQTT library; return the seconds."""
    async with count_messages(bench.address, _message_count(batches)) as counter:
        await _run_load(Load(bench.broker.port, list(batches), is_receipted=False))
        return await counter.seconds()


async def _run_load(load: Load) -> LoadResult:
    process = await asyncio.create_subprocess_exec(
        *LOAD_COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**26
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a process without pipes")
    process.stdin.write(msgspec.json.encode(load) + b"\n")
    await process.stdout.readline()
    process.stdin.write(b"go\n")
    await process.stdin.drain()
    answer = msgspec.json.decode(await process.stdout.readline(), type=LoadResult)
    await process.wait()
    return answer


def _message_count(batches: Sequence[NodeLoad]) -> int:
    """Return the number of messages, repeats included."""
    return sum(len(batch.payloads) for batch in batches)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
