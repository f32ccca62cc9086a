"""Measure the time from publishing an alert to the push that it causes, on a real centre.

Every alert opens an incident of its own; arrivals are random (Poisson). The same rates are
measured again beside many incidents that nobody can be called for.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import numpy as np

from api import wiring
from api.fleet.store import enroll_node
from api.imports.importer import import_file
from api.settings import CentralSettings
from gridwatch.benchmarks.central.alert_generator import NODES, node_key
from gridwatch.benchmarks.central.paced_nodes import PacedNodes, connect_nodes
from gridwatch.benchmarks.central.push_receiver import PushReceiver, receive_pushes
from gridwatch.benchmarks.central.push_town import write_town
from gridwatch.benchmarks.edge.process_metrics import cpu_s
from gridwatch.demo.centre_client import CentreClient, free_port
from gridwatch.demo.processes import ChildProcess
from gridwatch.errors import BenchError

PUSH_TIMEOUT_S = 30.0
"""An alert without a push after this time counts as unpushed."""
STORE_TIMEOUT_S = 120.0
WARM_UP = (10.0, 2.0)
"""Alerts a second, and seconds, before the first rate."""


class RateFigures(msgspec.Struct, frozen=True):
    """The figures of one rate.

    Args:
        p50_ms: Median time from publishing to the request that the webhook receives.
        p99_ms: The 99th percentile of it.
        centre_cpu_ms: CPU time of the centre's process per alert, without PostgreSQL and broker.
    """

    alerts: int
    p50_ms: float | None
    p99_ms: float | None
    centre_cpu_ms: float


class Figures(msgspec.Struct, frozen=True, omit_defaults=True):
    """The output of ``gridwatch bench push``.

    Args:
        rates: Figures by alerts a second.
        unpushed: Alerts that were not pushed within ``PUSH_TIMEOUT_S``.
        stuck: Open incidents that nobody can be called for.
        beside_stuck: The same figures beside such incidents.
    """

    rates: dict[str, RateFigures]
    unpushed: int
    stuck: int = 0
    beside_stuck: "Figures | None" = None


@dataclass(frozen=True, slots=True)
class CentrePlaces:
    """Folder and ports of the centre that a benchmark runs."""

    folder: Path
    http_port: int
    broker_port: int


async def prepare_nothing(_: Path) -> None:
    """Leave the folder of the town as it is."""


def leave_process(_: int) -> None:
    """Leave the process of the centre as it is."""


class PushBench:
    """A running centre with its nodes and its webhook.

    Attributes:
        places: Where the centre is.
    """

    def __init__(
        self,
        *,
        centre: ChildProcess,
        client: CentreClient,
        nodes: PacedNodes,
        pushes: PushReceiver,
        report: Callable[[str], None],
        places: CentrePlaces,
    ) -> None:
        self.places = places
        self._centre = centre
        self._client = client
        self._nodes = nodes
        self._pushes = pushes
        self._report = report

    async def warm_up(self) -> None:
        """Publish some alerts that are not counted."""
        await self._wait_for_pushes(await self._nodes.publish_poisson(*WARM_UP))

    async def measure(self, rates: Sequence[float], seconds: float, *, stuck: int) -> Figures:
        """Measure one rate after the other beside ``stuck`` incidents."""
        figures: dict[str, RateFigures] = {}
        unpushed = 0
        for rate in rates:
            used_s = cpu_s(self._centre.pid)
            sent = await self._nodes.publish_poisson(rate, seconds)
            waits = await self._wait_for_pushes(sent)
            used_s = cpu_s(self._centre.pid) - used_s
            figures[f"{rate:g}"] = _summarize(waits, len(sent), used_s)
            unpushed += len(sent) - len(waits)
            self._report(f"{rate:g}/s beside {stuck} stuck: {figures[f'{rate:g}']}")
        return Figures(figures, unpushed, stuck)

    async def open_stuck(self, incidents: int) -> None:
        """Open incidents that nobody can be called for, and wait until all are stored.

        Raises:
            BenchError: They are not stored in time.
        """
        stored = (await asyncio.to_thread(self._client.figures)).stored
        await self._nodes.publish_stuck(incidents)
        async with _timeout(STORE_TIMEOUT_S, "the stuck incidents were not stored"):
            while (await asyncio.to_thread(self._client.figures)).stored < stored + incidents:
                self._centre.check()
                await asyncio.sleep(0.5)

    async def _wait_for_pushes(self, sent: dict[str, float]) -> list[float]:
        """Wait for the pushes of all alerts; return the seconds that each took."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PUSH_TIMEOUT_S
        arrived = self._pushes.arrived
        while sent.keys() - arrived.keys() and loop.time() < end:
            self._centre.check()
            await asyncio.sleep(0.1)
        return [arrived[name] - at for name, at in sent.items() if name in arrived]


async def measure_push(
    rates: Sequence[float],
    *,
    seconds: float,
    stuck: int,
    now: Callable[[], datetime],
    report: Callable[[str], None],
) -> Figures:
    """Start a centre and measure every rate, alone and beside ``stuck`` incidents.

    Raises:
        BenchError: The stuck incidents are not stored in time.
        DemoError: The centre does not start, or ends.
    """
    async with open_push_bench(now, report) as bench:
        await bench.warm_up()
        alone = await bench.measure(rates, seconds, stuck=0)
        if not stuck:
            return alone
        await bench.open_stuck(stuck)
        beside = await bench.measure(rates, seconds, stuck=stuck)
    return msgspec.structs.replace(alone, beside_stuck=beside)


@asynccontextmanager
async def open_push_bench(
    now: Callable[[], datetime],
    report: Callable[[str], None],
    *,
    prepare: Callable[[Path], Awaitable[None]] = prepare_nothing,
    started: Callable[[int], None] = leave_process,
) -> AsyncIterator[PushBench]:
    """Start a centre in a temporary folder, its webhook and its nodes.

    Args:
        prepare: Called with the folder before the centre starts, its town imported.
        started: Called with the process id of the centre as soon as it runs.
    """
    with tempfile.TemporaryDirectory(prefix="gridwatch-bench-") as name:
        folder, port, broker_port = Path(name), free_port(), free_port()
        await _import_town(folder, now())
        await prepare(folder)
        async with receive_pushes() as pushes:
            centre = _start_centre(folder, port, broker_port, webhook=pushes.url)
            started(centre.pid)
            client = CentreClient(f"http://127.0.0.1:{port}")
            try:
                await asyncio.to_thread(client.wait_until_ready, centre)
                with connect_nodes(broker_port, now=now) as nodes:
                    yield PushBench(
                        centre=centre,
                        client=client,
                        nodes=nodes,
                        pushes=pushes,
                        report=report,
                        places=CentrePlaces(folder, port, broker_port),
                    )
            finally:
                client.close()
                await asyncio.to_thread(centre.stop)


async def _import_town(folder: Path, now: datetime) -> None:
    """Import the town and enroll the nodes, before the centre starts."""
    settings = CentralSettings.load(data=folder / "central")
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        for file in write_town(folder / "town", now=now):
            await import_file(connection, file, now=now)
        for node in NODES:
            await enroll_node(connection, node, node_key(node), now=now)


def _start_centre(folder: Path, port: int, broker_port: int, *, webhook: str) -> ChildProcess:
    options = ["--data", folder / "central", "--port", port, "--broker-port", broker_port]
    return ChildProcess(
        "the centre",
        ["central", "run", *map(str, options)],
        log=folder / "central.log",
        run=uuid4().hex,
        variables={"GRIDWATCH_WEBHOOK_URL": webhook, "GRIDWATCH_FIRST_LOOK": "false"},
    )


@asynccontextmanager
async def _timeout(seconds: float, failed: str) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise BenchError(f"{failed} within {seconds:.0f} s") from None


def _summarize(waits_s: Sequence[float], alerts: int, used_s: float) -> RateFigures:
    cpu_ms = round(used_s * 1000 / max(alerts, 1), 1)
    if not waits_s:
        return RateFigures(alerts, None, None, cpu_ms)
    p50, p99 = np.percentile(waits_s, [50, 99]) * 1000
    return RateFigures(alerts, round(float(p50), 1), round(float(p99), 1), cpu_ms)
