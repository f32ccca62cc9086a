"""Measure pushes and receipts beside strangers and open pages that use up all they can.

The centre runs with 1,024 file descriptors.
"""

import asyncio
import json
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from api import wiring
from api.imports.importer import import_file
from api.settings import CentralSettings
from gridwatch.benchmarks.central.attackers import STREAMS_PER_ACCOUNT, Attack, account_name
from gridwatch.benchmarks.central.push import RateFigures, open_push_bench
from gridwatch.benchmarks.central.push_town import CITY
from gridwatch.demo.town import PASSWORD, write_table
from gridwatch.errors import BenchError

DESCRIPTORS = 1024
RATE = 2.0
"""Alerts a second."""
COMMAND = (sys.executable, "-m", "gridwatch.benchmarks.central.attackers")
SETTLE_S = 5.0


class Figures(msgspec.Struct, frozen=True):
    """The output of ``gridwatch bench isolation``.

    Args:
        alone: Pushes without anybody else.
        attacked: Pushes beside all of ``attack``.
        unpushed: Alerts that were not pushed within 30 s.
        counts: What became of the strangers.
        broker: What the gate of the broker has refused.
    """

    alone: RateFigures
    attacked: RateFigures
    unpushed: int
    attack: Attack
    counts: dict[str, int]
    broker: dict[str, int]


async def measure_isolation(
    attack: Attack, *, seconds: float, now: Callable[[], datetime], report: Callable[[str], None]
) -> Figures:
    """Start a centre, and measure pushes alone and beside the attack.

    Raises:
        DemoError: The centre does not start, or ends.
    """

    async def add_accounts(folder: Path) -> None:
        await _import_accounts(folder, attack.streams, now())

    async with open_push_bench(now, report, prepare=add_accounts, started=_limit) as bench:
        places = bench.places
        await bench.warm_up()
        alone = await bench.measure([RATE], seconds, stuck=0)
        running = msgspec.structs.replace(
            attack, http_port=places.http_port, broker_port=places.broker_port
        )
        async with _attackers(running) as stop:
            report("the attack runs")
            await asyncio.sleep(SETTLE_S)
            attacked = await bench.measure([RATE], seconds, stuck=0)
            counts = await stop()
        gate = json.loads((places.folder / "central" / "broker" / "gate.json").read_bytes())
    key = f"{RATE:g}"
    return Figures(
        alone=alone.rates[key],
        attacked=attacked.rates[key],
        unpushed=alone.unpushed + attacked.unpushed,
        attack=running,
        counts=counts,
        broker=gate,
    )


def _limit(pid: int) -> None:
    """Limit the file descriptors of the centre before it has opened many."""
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))


async def _import_accounts(folder: Path, streams: int, now: datetime) -> None:
    """Import the accounts whose pages are open."""
    (folder / "pages").mkdir()
    file = write_table(
        folder / "pages" / "accounts.csv",
        ["name", "role", "area", "password", "language"],
        [
            [account_name(number), "operator", CITY, PASSWORD, "en"]
            for number in range(-(-streams // STREAMS_PER_ACCOUNT))
        ],
    )
    settings = CentralSettings.load(data=folder / "central")
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        await import_file(connection, file, now=now)


@asynccontextmanager
async def _attackers(attack: Attack) -> AsyncIterator[Callable[[], Awaitable[dict[str, int]]]]:
    """Run the attack; yields a function that ends it and returns its counts."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a process without pipes")
    stdin, stdout = process.stdin, process.stdout

    async def stop() -> dict[str, int]:
        stdin.close()
        return msgspec.json.decode(await stdout.readline(), type=dict[str, int])

    try:
        stdin.write(msgspec.json.encode(attack) + b"\n")
        if (await stdout.readline()).strip() != b"ready":
            raise BenchError("the attack did not start")
        yield stop
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
