"""A real centre on simulated time: its own PostgreSQL, broker, ingest, HTTP server and upkeep."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.fitting.fit_thresholds import Promise
from api.accuracy.fitting.live_scoring import LiveScoring
from api.accuracy.fitting.upkeep import AccuracyUpkeep
from api.app import create_app
from api.broker.client import BrokerAddress
from api.database.engine import create_engine, migrate
from api.dispatch.clock_engine import ClockEngine
from api.embedded.broker import EmbeddedBroker
from api.embedded.broker_supervisor import list_broker_logins
from api.embedded.postgres import EmbeddedPostgres
from api.evidence.blobs import EvidenceStore
from api.fleet.report_handler import ReportHandler
from api.fleet.store import enroll_node
from api.imports.importer import import_file
from api.ingest.batch import Ingest
from api.ingest.subscriber import Subscriber
from api.live.feed import LiveFeed
from api.web.server import WebServer, listening_socket
from api.web.services import Services
from gridwatch.demo.centre_client import free_port
from gridwatch.demo.town import NODE, DemoCamera, write_town
from pipeline.text import Text
from pipeline.wire import Node
from scenarios import catalogue


@dataclass(slots=True)
class RehearsalClock:
    """The time of the centre; the rehearsal sets it."""

    at: datetime

    def __call__(self) -> datetime:
        """Return the time."""
        return self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalCentre:
    """The running centre.

    Args:
        key: Key of its node.
    """

    url: str
    broker_port: int
    key: bytes
    engine: AsyncEngine
    scoring: LiveScoring
    clock_engine: ClockEngine
    upkeep: AccuracyUpkeep


@asynccontextmanager
async def run_centre(
    folder: Path,
    cameras: Sequence[DemoCamera],
    clock: RehearsalClock,
    promise: Promise,
    *,
    port: int | None,
) -> AsyncIterator[RehearsalCentre]:
    """Run a centre with the demonstration town and one node until the block ends.

    Nobody is notified: the parts that send are left out, and no worker answers.
    """
    key = secrets.token_bytes(32)
    with EmbeddedPostgres(folder / "postgres") as server:
        engine = create_engine(server.url)
        await migrate(engine)
        async with engine.begin() as connection:
            for file in write_town(folder / "town", now=clock(), cameras=cameras):
                await import_file(connection, file, now=clock())
            await enroll_node(connection, Node.parse(NODE), key, now=clock())
        with (
            EmbeddedBroker(
                folder / "broker",
                host="127.0.0.1",
                port=free_port(),
                logins=await list_broker_logins(engine),
            ) as broker,
            listening_socket("127.0.0.1", port or free_port()) as sock,
        ):
            scoring = LiveScoring(engine, first_look=False)
            await scoring.refresh()
            subscriber = Subscriber(
                BrokerAddress(host=broker.connect_host, port=broker.port, password=broker.password),
                ingest=Ingest(engine, scoring=lambda: scoring.current),
                fleet=ReportHandler(engine),
                now=clock,
            )
            live = LiveFeed(engine)
            services = Services(
                engine=engine,
                now=clock,
                titles=_titles(),
                target_precision=promise.precision,
                min_recall=promise.min_recall,
            )
            app = create_app(services, live, EvidenceStore.in_folder(folder / "evidence"))
            web = WebServer(app, sock, close_streams=live.close, trusted_proxies=())
            tasks = [asyncio.create_task(part()) for part in (subscriber.run, live.run, web.run)]
            try:
                await _wait_until_up(subscriber, web, tasks)
                host, bound_port = sock.getsockname()[:2]
                yield RehearsalCentre(
                    url=f"http://{host}:{bound_port}",
                    broker_port=broker.port,
                    key=key,
                    engine=engine,
                    scoring=scoring,
                    clock_engine=ClockEngine(engine, live.signal, now=clock),
                    upkeep=AccuracyUpkeep(engine, now=clock, promise=promise),
                )
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await engine.dispose()


async def _wait_until_up(
    subscriber: Subscriber, web: WebServer, tasks: Sequence[asyncio.Task[None]]
) -> None:
    while not (web.is_up and subscriber.is_up):
        for task in tasks:
            if task.done():
                task.result()
        await asyncio.sleep(0.02)


def _titles() -> dict[str, Text]:
    return {key: kind.title for key, kind in catalogue.load().items()}
