"""Measure how long good nodes wait for their receipts beside one that sends nothing but faults.

Quiet and loud are measured in one run on one real centre.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api import wiring
from api.fleet.store import enroll_node
from api.settings import CentralSettings
from gridwatch.benchmarks.central.alert_generator import node_key
from gridwatch.benchmarks.central.flood_node import Flood, FloodResult
from gridwatch.benchmarks.central.steady_nodes import (
    SteadyNodes,
    after,
    connect_steady_nodes,
)
from gridwatch.demo.centre_client import free_port
from gridwatch.demo.processes import ChildProcess
from gridwatch.errors import BenchError
from pipeline.wire import Node

GOOD_NODES = [Node("bench", "good", f"box-{n}") for n in range(50)]
BAD_NODE = Node("bench", "bad", "box-1")
RATE = 25.0
"""Alerts of the good nodes a second: each sends one every two seconds."""
WARM_UP_S, QUIET_S = 10.0, 60.0
RECEIPT_TIMEOUT_S = 60.0
ALARM_TIMEOUT_S = 30.0
READY_CHECKS = 120
FLOOD_COMMAND = (sys.executable, "-m", "gridwatch.benchmarks.central.flood_node")
COUNT_STORED = text("SELECT count(*) FROM inbox WHERE starts_with(node, 'bench/good/')")
COUNT_REFUSED = text("SELECT coalesce(sum(refused), 0) FROM refused_count")
IS_NAMED = text("""
    SELECT EXISTS (SELECT FROM fleet_alarm WHERE kind = 'invalid_messages' AND node = :node)
""")


Begin = Callable[[], Coroutine[Any, Any, FloodResult]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The output of ``gridwatch bench flood``.

    Args:
        good_p99_ms_quiet: 99th percentile from publishing to the receipt, of the good nodes'
            alerts, while the bad node is silent.
        good_p99_ms_loud: The same while it sends.
        lost: Alerts of good nodes that are not stored.
        quarantined: Messages that the centre refused; the quarantine keeps the newest of them.
        bad_node_named: Whether the fleet page names the bad node.
    """

    messages: int
    good_p99_ms_quiet: float
    good_p99_ms_loud: float
    ratio: float
    lost: int
    quarantined: int
    bad_node_named: bool
    good_alerts: int
    messages_per_s: float
    disconnections: int


@dataclass(frozen=True, slots=True)
class _Bench:
    engine: AsyncEngine
    nodes: SteadyNodes
    centre: ChildProcess
    broker_port: int


async def measure_flood(
    messages: int, *, seed: int, now: Callable[[], datetime], report: Callable[[str], None]
) -> Figures:
    """Start a centre, and measure the good nodes beside a silent and a loud bad node.

    Raises:
        DemoError: The centre does not start, or ends.
    """
    async with _run_bench(now) as bench:
        flood = Flood(bench.broker_port, str(BAD_NODE), node_key(BAD_NODE), messages, seed, now())
        async with _flood_process(flood) as (process, begin):
            await bench.nodes.publish(RATE, until=after(WARM_UP_S))
            quiet = await bench.nodes.publish(RATE, until=after(QUIET_S))
            report(f"quiet: p99 {_p99_ms(bench.nodes, quiet):.1f} ms")
            result = asyncio.create_task(begin())
            loud = await bench.nodes.publish(RATE, until=result.done)
            bench.centre.check()
            flooded = await result
            report(f"loud: {flooded}, exit {process.returncode}")
        await bench.nodes.wait_for_receipts(RECEIPT_TIMEOUT_S)
        return await _summarize(bench, flooded, quiet=quiet, loud=loud)


async def _summarize(
    bench: _Bench, flooded: FloodResult, *, quiet: tuple[float, float], loud: tuple[float, float]
) -> Figures:
    is_named = await _is_named(bench.engine)
    async with bench.engine.connect() as connection:
        stored = await connection.scalar(COUNT_STORED)
        refused = await connection.scalar(COUNT_REFUSED)
    quiet_ms, loud_ms = _p99_ms(bench.nodes, quiet), _p99_ms(bench.nodes, loud)
    return Figures(
        messages=flooded.published,
        good_p99_ms_quiet=round(quiet_ms, 1),
        good_p99_ms_loud=round(loud_ms, 1),
        ratio=round(loud_ms / quiet_ms, 2),
        lost=bench.nodes.published - int(stored or 0),
        quarantined=int(refused or 0),
        bad_node_named=is_named,
        good_alerts=bench.nodes.published,
        messages_per_s=round(flooded.published / flooded.seconds, 1),
        disconnections=flooded.disconnections,
    )


def _p99_ms(nodes: SteadyNodes, period: tuple[float, float]) -> float:
    waits = nodes.waits_s(*period, never_s=RECEIPT_TIMEOUT_S)
    return float(np.percentile(waits, 99)) * 1000


async def _is_named(engine: AsyncEngine) -> bool:
    """Wait for the next evaluation of the health rules."""
    for _ in range(int(ALARM_TIMEOUT_S)):
        async with engine.connect() as connection:
            if await connection.scalar(IS_NAMED, {"node": str(BAD_NODE)}):
                return True
        await asyncio.sleep(1)
    return False


@asynccontextmanager
async def _run_bench(now: Callable[[], datetime]) -> AsyncIterator[_Bench]:
    with tempfile.TemporaryDirectory(prefix="gridwatch-bench-") as name:
        folder, port, broker_port = Path(name), free_port(), free_port()
        settings = CentralSettings.load(data=folder / "central")
        async with wiring.open_database(settings) as engine:
            async with engine.begin() as connection:
                for node in (*GOOD_NODES, BAD_NODE):
                    await enroll_node(connection, node, node_key(node), now=now())
            options = ["--data", settings.data, "--port", port, "--broker-port", broker_port]
            command = ["central", "run", *map(str, options)]
            centre = ChildProcess(
                "the centre", command, log=folder / "central.log", run=str(uuid4())
            )
            try:
                await _wait_until_healthy(centre, f"http://127.0.0.1:{port}/v1/health")
                with connect_steady_nodes(GOOD_NODES, broker_port, now=now) as nodes:
                    yield _Bench(engine, nodes, centre, broker_port)
            finally:
                await asyncio.to_thread(centre.stop)


async def _wait_until_healthy(centre: ChildProcess, url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(READY_CHECKS):
            centre.check()
            with suppress(httpx.TransportError):
                if (await client.get(url)).is_success:
                    return
            await asyncio.sleep(0.5)
    raise BenchError(f"the centre is not ready; end of its log:\n{centre.log_tail()}")


@asynccontextmanager
async def _flood_process(
    flood: Flood,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, Begin]]:
    """Start the bad node; the second value makes it begin and waits for its result."""
    process = await asyncio.create_subprocess_exec(
        *FLOOD_COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a process without pipes")
    reader, writer = process.stdout, process.stdin
    writer.write(msgspec.json.encode(flood) + b"\n")
    await reader.readline()

    async def begin() -> FloodResult:
        writer.write(b"go\n")
        answer = await reader.readline()
        await process.wait()
        return msgspec.json.decode(answer, type=FloodResult)

    try:
        yield process, begin
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
