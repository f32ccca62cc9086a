"""Alerts arrive exactly once although each program is killed in turn."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.engine import create_engine
from api.embedded.postgres import EmbeddedPostgres
from pipeline.wire import Node
from pipeline.wire.signature import broker_password
from tests.api.alerts import enroll
from tests.brokers import free_port, iotcore, mosquitto
from tests.faults.programs import Program, run_program

NODE = Node("demo", "market", "box-1")
KEY = bytes(range(32))
PASSWORD = "the centre's own"
COUNTS = text("""
    SELECT (SELECT count(*) FROM inbox), (SELECT count(DISTINCT (boot_id, seq)) FROM inbox),
           (SELECT count(*) FROM alert), (SELECT coalesce(sum(n_alerts), 0) FROM incident),
           (SELECT count(*) FROM quarantine)
""")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gridwatch-test-") as made:
        yield Path(made)


async def count_stored(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM inbox"))).scalar_one())


async def wait_for_commit_beyond(engine: AsyncEngine, n_alerts: int) -> None:
    """Return right after a commit, most likely before its receipts are sent."""
    async with asyncio.timeout(120):
        last = await count_stored(engine)
        while (now := await count_stored(engine)) < n_alerts or now == last:
            last = now
            await asyncio.sleep(0.001)


async def wait_until_ended(program: Program, within_s: float) -> int:
    return await asyncio.to_thread(program.wait, within_s)


def flood_command(folder: Path, alerts: int, port: int) -> list[str]:
    options = [str(folder / "node"), str(alerts), "--port", str(port), "--node", str(NODE)]
    return ["-m", "tests.faults.flood_node", *options, "--key", KEY.hex(), "--patience", "0.5"]


async def count_rows(engine: AsyncEngine) -> tuple[int, ...]:
    async with engine.connect() as connection:
        return tuple(int(n) for n in (await connection.execute(COUNTS)).one())


@pytest.mark.slow
@pytest.mark.parametrize("kind", [mosquitto, iotcore], ids=["mosquitto", "iotcore"])
async def test_killing_centre_node_and_broker_loses_no_alert(
    kind: type, folder: Path, database: AsyncEngine, database_url: str
) -> None:
    alerts, logins = 5_000, {"central": PASSWORD, str(NODE): broker_password(KEY)}
    await enroll(database, NODE, KEY)
    with kind(folder, logins) as broker:
        environment = {
            "GRIDWATCH_DATABASE_URL": database_url,
            "GRIDWATCH_BROKER_URL": f"mqtt://127.0.0.1:{broker.port}",
            "GRIDWATCH_BROKER_PASSWORD": PASSWORD,
        }
        central = ["-m", "gridwatch", "central", "run", "--data", str(folder / "central")]
        with (
            run_program(
                [*central, "--port", str(free_port())], folder / "c.log", environment
            ) as centre,
            run_program(flood_command(folder, alerts, broker.port), folder / "node.log") as node,
        ):
            for round_, victim in enumerate([centre, node, broker, centre, node, broker, centre]):
                await wait_for_commit_beyond(database, 500 * (round_ + 1))
                victim.kill()
                victim.start_again()
            ended = await wait_until_ended(node, 200)

            assert ended == 0, node.output
            assert centre.stop() == 0, centre.output

    assert await count_rows(database) == (alerts, alerts, alerts, alerts, 0)


@pytest.mark.slow
async def test_killing_the_centre_with_its_embedded_broker_and_database_loses_no_alert(
    folder: Path,
) -> None:
    alerts, port = 2_000, free_port()
    arguments = ["-m", "gridwatch", "central", "run", "--data", str(folder / "central")]
    arguments += ["--port", str(free_port()), "--broker-port", str(port)]
    with EmbeddedPostgres(folder / "central" / "postgres") as server:
        engine = create_engine(server.url)
        with run_program(
            ["-m", "gridwatch", "central", "migrate", *arguments[4:6]], folder / "m.log"
        ) as migration:
            assert await wait_until_ended(migration, 60) == 0, migration.output
        await enroll(engine, NODE, KEY)
        with (
            run_program(arguments, folder / "c.log") as centre,
            run_program(flood_command(folder, alerts, port), folder / "node.log") as node,
        ):
            for round_ in range(3):
                await wait_for_commit_beyond(engine, 400 * (round_ + 1))
                centre.kill()
                centre.start_again()
            ended = await wait_until_ended(node, 120)

            assert ended == 0, node.output
            assert centre.stop() == 0, centre.output
        counts = await count_rows(engine)
        await engine.dispose()

    assert counts == (alerts, alerts, alerts, alerts, 0)
