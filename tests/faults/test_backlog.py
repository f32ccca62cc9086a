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
from tests.faults.backlog import LIVE
from tests.faults.programs import Program, running

NODE = Node("demo", "market", "box-1")
KEY = bytes(range(32))
PASSWORD = "the centre's own"
ALERTS = int(os.environ.get("GRIDWATCH_BACKLOG", "4000"))
"""How many wait; a long run asks for 100,000."""
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


async def until_said(program: Program, words: str) -> None:
    async with asyncio.timeout(240):
        while words not in program.said:
            assert not program.has_ended, program.said
            await asyncio.sleep(0.1)


async def received(engine: AsyncEngine) -> list[Received]:
    """Give all that has arrived, in order."""
    async with engine.connect() as connection:
        rows = list(await connection.execute(RECEIVED))
    told = [(decode_alert(payload), at, at - decided) for payload, at, decided in rows]
    return [
        Received(
            level=message.data.level,
            change=message.change,
            alert=str(message.data.alert_id),
            is_live=message.data.camera == LIVE,
            at=at,
            took=took,
        )
        for message, at, took in told
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
    box_is = [str(folder / "box"), str(ALERTS), "--port", str(port), "--node", str(NODE)]
    command = ["-m", "tests.faults.backlog", *box_is, "--key", KEY.hex()]
    logins = {"central": PASSWORD, str(NODE): broker_password(KEY)}
    with running(command, folder / "box.log") as box:
        await until_said(box, "filled")
        with (
            mosquitto(folder, logins, port=port),
            running([*central, "--port", str(free_port())], folder / "c.log", environment),
        ):
            ended = await asyncio.to_thread(box.wait, 800)
    assert ended == 0, box.said

    told = await received(database)
    old, live = [one for one in told if not one.is_live], [one for one in told if one.is_live]
    report(old, live, box.said.splitlines()[-1])
    assert len(old) == ALERTS + ALERTS // 10, "none lost, none doubled"
    assert len({one.alert for one in told}) == ALERTS + len(live)
    assert in_order_of_importance(old)
    assert not_behind(live, lasted=old[-1].at - old[0].at)


def not_behind(live: list[Received], *, lasted: timedelta) -> bool:
    """Whether live alerts came while the backlog drained, and not after it."""
    took = sorted(one.took for one in live)
    return took[len(took) // 2] < lasted / 4 and took[-1] < lasted / 2 + timedelta(seconds=2)


def in_order_of_importance(old: list[Received]) -> bool:
    """Whether the worst came first, and of a level what opens; a few newest may be earlier."""
    kinds: dict[tuple[int, bool], list[int]] = {}
    for place, one in enumerate(old):
        kinds.setdefault((-one.level.rank, one.change == "updated"), []).append(place)
    means = [fmean(places) for _, places in sorted(kinds.items())]
    worst = kinds[-Level.CRITICAL.rank, False]
    return all(a < b for a, b in pairwise(means)) and worst[-1] < 2 * len(worst) + 200


def report(old: list[Received], live: list[Received], counted: str) -> None:
    """Say what was measured; ``pytest -s`` shows it."""
    lasted = (old[-1].at - old[0].at).total_seconds()
    took = sorted(one.took.total_seconds() for one in live)
    last = max(i for i, one in enumerate(old, 1) if one.level is Level.CRITICAL)
    sys.stdout.write(
        f"\n{len(old)} messages in {lasted:.1f} s, {len(old) / max(lasted, 1e-9):.0f} a second; "
        f"the last critical one was number {last}; {len(live)} live ones took "
        f"{took[len(took) // 2]:.2f} s, at most {took[-1]:.2f} s\n{counted}\n"
    )
