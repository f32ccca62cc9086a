"""Ten thousand alerts while each program is killed in turn: none lost, none doubled."""

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
from tests.faults.programs import Program, running

NODE = Node("demo", "market", "box-1")
KEY = bytes(range(32))
PASSWORD = "the centre's own"
TALLY = text("""
    SELECT (SELECT count(*) FROM inbox), (SELECT count(DISTINCT (boot_id, seq)) FROM inbox),
           (SELECT count(*) FROM alert), (SELECT coalesce(sum(n_alerts), 0) FROM incident),
           (SELECT count(*) FROM quarantine)
""")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gridwatch-test-") as made:
        yield Path(made)


async def stored(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM inbox"))).scalar_one())


async def until_commit_beyond(engine: AsyncEngine, enough: int) -> None:
    """Return right behind a commit, when most likely its receipts are not out yet."""
    async with asyncio.timeout(120):
        last = await stored(engine)
        while (now := await stored(engine)) < enough or now == last:
            last = now
            await asyncio.sleep(0.001)


async def until_ended(program: Program, within_s: float) -> int:
    return await asyncio.to_thread(program.wait, within_s)


def flood(folder: Path, alerts: int, port: int) -> list[str]:
    options = [str(folder / "box"), str(alerts), "--port", str(port), "--node", str(NODE)]
    return ["-m", "tests.faults.flood", *options, "--key", KEY.hex(), "--patience", "0.5"]


async def tally(engine: AsyncEngine) -> tuple[int, ...]:
    async with engine.connect() as connection:
        return tuple(int(n) for n in (await connection.execute(TALLY)).one())


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
            running(
                [*central, "--port", str(free_port())], folder / "c.log", environment
            ) as centre,
            running(flood(folder, alerts, broker.port), folder / "box.log") as box,
        ):
            for round_, victim in enumerate([centre, box, broker, centre, box, broker, centre]):
                await until_commit_beyond(database, 500 * (round_ + 1))
                victim.kill()
                victim.start_again()
            ended = await until_ended(box, 200)

            assert ended == 0, box.said
            assert centre.stop() == 0, centre.said

    assert await tally(database) == (alerts, alerts, alerts, alerts, 0)


@pytest.mark.slow
async def test_killing_the_centre_with_its_embedded_broker_and_database_loses_no_alert(
    folder: Path,
) -> None:
    alerts, port = 2_000, free_port()
    arguments = ["-m", "gridwatch", "central", "run", "--data", str(folder / "central")]
    arguments += ["--port", str(free_port()), "--broker-port", str(port)]
    with EmbeddedPostgres(folder / "central" / "postgres") as server:
        engine = create_engine(server.url)
        with running(
            ["-m", "gridwatch", "central", "migrate", *arguments[4:6]], folder / "m.log"
        ) as m:
            assert await until_ended(m, 60) == 0, m.said
        await enroll(engine, NODE, KEY)
        with (
            running(arguments, folder / "c.log") as centre,
            running(flood(folder, alerts, port), folder / "box.log") as box,
        ):
            for round_ in range(3):
                await until_commit_beyond(engine, 400 * (round_ + 1))
                centre.kill()
                centre.start_again()
            ended = await until_ended(box, 120)

            assert ended == 0, box.said
            assert centre.stop() == 0, centre.said
        found = await tally(engine)
        await engine.dispose()

    assert found == (alerts, alerts, alerts, alerts, 0)
