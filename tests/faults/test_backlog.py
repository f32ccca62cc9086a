"""After a day without a broker, the highest levels and live alerts are delivered first."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from pipeline.signal import Level
from pipeline.wire import Node, decode_alert
from pipeline.wire.signature import broker_password
from tests.api.alerts import enroll
from tests.brokers import free_port, mosquitto
from tests.faults.backlog_node import LIVE_CAMERA
from tests.faults.programs import Program, run_program

NODE = Node("demo", "market", "box-1")
KEY = bytes(range(32))
PASSWORD = "the centre's own"
ALERTS = int(os.environ.get("GRIDWATCH_BACKLOG", "4000"))
"""Number of waiting alerts; set it to 100,000 for a long run."""
RECEIVED = text("SELECT payload, received_at, decided_at FROM inbox ORDER BY received_at, seq")


@dataclass(frozen=True, slots=True)
class Received:
    """One message at the centre."""

    level: Level
    change: str
    alert: str
    is_live: bool
    at: datetime
    took: timedelta


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gridwatch-test-") as made:
        yield Path(made)


async def wait_for_output(program: Program, words: str) -> None:
    async with asyncio.timeout(240):
        while words not in program.output:
            assert not program.has_ended, program.output
            await asyncio.sleep(0.1)


async def read_inbox(engine: AsyncEngine) -> list[Received]:
    """Return all messages in the order of their arrival."""
    async with engine.connect() as connection:
        rows = list(await connection.execute(RECEIVED))
    messages = [(decode_alert(payload), at, at - decided) for payload, at, decided in rows]
    return [
        Received(
            level=message.data.level,
            change=message.change,
            alert=str(message.data.alert_id),
            is_live=message.data.camera == LIVE_CAMERA,
            at=at,
            took=took,
        )
        for message, at, took in messages
    ]


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_a_backlog_drains_the_highest_level_first_and_live_alerts_at_once(
    folder: Path, database: AsyncEngine, database_url: str
) -> None:
    port = free_port()
    await enroll(database, NODE, KEY)
    environment = {
        "GRIDWATCH_DATABASE_URL": database_url,
        "GRIDWATCH_BROKER_URL": f"mqtt://127.0.0.1:{port}",
        "GRIDWATCH_BROKER_PASSWORD": PASSWORD,
    }
    central = ["-m", "gridwatch", "central", "run", "--data", str(folder / "central")]
    options = [str(folder / "node"), str(ALERTS), "--port", str(port), "--node", str(NODE)]
    command = ["-m", "tests.faults.backlog_node", *options, "--key", KEY.hex()]
    logins = {"central": PASSWORD, str(NODE): broker_password(KEY)}
    with run_program(command, folder / "node.log") as node:
        await wait_for_output(node, "filled")
        with (
            mosquitto(folder, logins, port=port),
            run_program([*central, "--port", str(free_port())], folder / "c.log", environment),
        ):
            ended = await asyncio.to_thread(node.wait, 800)
    assert ended == 0, node.output

    messages = await read_inbox(database)
    old = [message for message in messages if not message.is_live]
    live = [message for message in messages if message.is_live]
    report(old, live, node.output.splitlines()[-1])
    assert len(old) == ALERTS + ALERTS // 10, "no message is lost or doubled"
    assert len({message.alert for message in messages}) == ALERTS + len(live)
    assert is_ordered_by_level(old)
    assert is_interleaved(live, lasted=old[-1].at - old[0].at)


def is_interleaved(live: list[Received], *, lasted: timedelta) -> bool:
    """Return whether live alerts arrived while the backlog drained, and not after it."""
    took = sorted(message.took for message in live)
    return took[len(took) // 2] < lasted / 4 and took[-1] < lasted / 2 + timedelta(seconds=2)


def is_ordered_by_level(old: list[Received]) -> bool:
    """Return whether higher levels arrived first, and openings before updates of a level.

    A few of the newest alerts may arrive earlier.
    """
    positions_by_kind: dict[tuple[int, bool], list[int]] = {}
    for position, message in enumerate(old):
        positions_by_kind.setdefault((-message.level.rank, message.change == "updated"), []).append(
            position
        )
    means = [fmean(positions) for _, positions in sorted(positions_by_kind.items())]
    critical = positions_by_kind[-Level.CRITICAL.rank, False]
    return all(a < b for a, b in pairwise(means)) and critical[-1] < 2 * len(critical) + 200


def report(old: list[Received], live: list[Received], counts: str) -> None:
    """Print the measurements; ``pytest -s`` shows them."""
    lasted = (old[-1].at - old[0].at).total_seconds()
    took = sorted(message.took.total_seconds() for message in live)
    last = max(i for i, message in enumerate(old, 1) if message.level is Level.CRITICAL)
    sys.stdout.write(
        f"\n{len(old)} messages in {lasted:.1f} s, {len(old) / max(lasted, 1e-9):.0f} a second; "
        f"the last critical one was number {last}; {len(live)} live ones took "
        f"{took[len(took) // 2]:.2f} s, at most {took[-1]:.2f} s\n{counts}\n"
    )
