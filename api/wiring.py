"""Builds a centre from its settings, and alone reads the clock."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.broker.client import BrokerAddress
from api.database.engine import create_engine, migrate
from api.dispatch.dispatcher import Dispatcher
from api.embedded.broker import EmbeddedBroker
from api.embedded.broker_supervisor import list_broker_logins, supervise
from api.embedded.data_folder import exclusive_lock, prepare_folder
from api.embedded.postgres import EmbeddedPostgres
from api.errors import PortInUseError
from api.evidence.blobs import EvidenceStore
from api.fleet.control.downlink import Downlink
from api.fleet.monitor import FleetMonitor
from api.fleet.report_handler import ReportHandler
from api.ingest.batch import Ingest
from api.ingest.subscriber import Subscriber
from api.live.feed import LiveFeed
from api.notify.channels.webhook import Webhook
from api.notify.sender import NotificationSender
from api.retention.cleaner import RetentionCleaner
from api.retention.store import RowKind
from api.settings import CentralSettings
from api.web.services import Services
from pipeline.text import Text
from scenarios import catalogue

HTTP_DRAIN_S = 2
READY_WITHIN_S = 30.0

log = structlog.get_logger(__name__)


def now() -> datetime:
    """Read the clock of the centre."""
    return datetime.now(UTC)


def run(settings: CentralSettings) -> None:
    """Run a centre until SIGINT or SIGTERM.

    Raises:
        CentreError: It cannot start; the message says what to mend.
    """
    folder = prepare_folder(settings.data)
    with exclusive_lock(folder), _listening(settings.http_host, settings.http_port) as sock:
        asyncio.run(_run(settings, sock))


@asynccontextmanager
async def database(settings: CentralSettings) -> AsyncIterator[AsyncEngine]:
    """Reach the database of ``settings``, starting the embedded one if none is named.

    Raises:
        CentreError: It cannot be started, reached or migrated.
    """
    async with AsyncExitStack() as stack:
        if settings.database_url is None:
            server = EmbeddedPostgres(settings.data / "postgres")
            await asyncio.to_thread(server.start)
            stack.push_async_callback(asyncio.to_thread, server.stop)
            url = server.url
        else:
            url = settings.database_url.get_secret_value()
        engine = create_engine(url)
        stack.push_async_callback(engine.dispose)
        await migrate(engine)
        yield engine


async def _run(settings: CentralSettings, sock: socket.socket) -> None:
    stop = _stop_signal()
    async with database(settings) as engine, _broker(settings, engine) as (address, keeping):
        subscriber = Subscriber(
            address,
            ingest=Ingest(engine),
            fleet=ReportHandler(engine),
            now=now,
            client_id=f"central.ingest.{settings.ingest_member}",
        )
        async with httpx.AsyncClient() as client:
            webhook = Webhook(
                client,
                url=settings.webhook_url,
                secret=settings.webhook_secret.get_secret_value(),
            )
            evidence = EvidenceStore.in_folder(settings.data / "evidence")
            live, title_of = LiveFeed(engine), _titles()
            services = Services(
                engine=engine,
                now=now,
                title_of=title_of,
                broker_is_up=lambda: subscriber.is_up,
                count_live_pages=lambda: live.n_subscriptions,
            )
            has_webhook = settings.webhook_url is not None
            dispatcher = Dispatcher(engine, live.signal, now=now, has_webhook=has_webhook)
            sender = NotificationSender(engine, live.signal, webhook, now=now, title_of=title_of)
            watch = FleetMonitor(engine, now=now, broker_is_up=lambda: subscriber.is_up)
            downlink = Downlink(engine, live.signal, subscriber, now=now)
            tidier = RetentionCleaner(engine, keep=_keep(settings), now=now)
            working = (subscriber, live, dispatcher, sender, watch, downlink, tidier)
            loops = [*(one.run() for one in working), *keeping]
            web = WebServer(create_app(services, live, evidence), live)
            await _serve(web, sock, loops=loops, subscriber=subscriber, stop=stop)


def _keep(settings: CentralSettings) -> dict[RowKind, timedelta]:
    days = {
        RowKind.EVENTS: settings.keep_events_days,
        RowKind.COMMANDS: settings.keep_commands_days,
        RowKind.ALARMS: settings.keep_alarms_days,
        RowKind.QUARANTINE: settings.keep_quarantine_days,
    }
    return {kind: timedelta(days=n) for kind, n in days.items()}


async def _serve(
    web: "WebServer",
    sock: socket.socket,
    *,
    loops: list[Coroutine[Any, Any, None]],
    subscriber: Subscriber,
    stop: asyncio.Event,
) -> None:
    """Run everything side by side; the pages go last, so that what is asked is answered."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(loop) for loop in loops]
        serving = group.create_task(web.serve(sockets=[sock]))
        running.append(group.create_task(_tell_when_ready(web, sock, subscriber)))
        await stop.wait()
        log.info("central_stopping")
        web.should_exit = True
        await serving
        for task in running:
            task.cancel()


async def _tell_when_ready(web: "WebServer", sock: socket.socket, subscriber: Subscriber) -> None:
    while not (web.started and subscriber.is_up):  # noqa: ASYNC110  # flags of other libraries
        await asyncio.sleep(0.02)
    host, port = sock.getsockname()[:2]
    log.info("central_ready", url=f"http://{host}:{port}")


@asynccontextmanager
async def _broker(
    settings: CentralSettings, engine: AsyncEngine
) -> AsyncIterator[tuple[BrokerAddress, list[Coroutine[Any, Any, None]]]]:
    """Name the broker, starting the embedded one if none is named, and who looks after it."""
    if settings.broker_url is not None:
        secret = settings.broker_password
        password = secret.get_secret_value() if secret else ""
        yield BrokerAddress.parse(settings.broker_url, password=password), []
        return
    broker = EmbeddedBroker(
        settings.data / "broker",
        host=settings.broker_host,
        port=settings.broker_port,
        logins=await list_broker_logins(engine),
    )
    await asyncio.to_thread(broker.start)
    try:
        address = BrokerAddress(
            host=broker.connect_host, port=settings.broker_port, password=broker.password
        )
        yield address, [supervise(broker, engine)]
    finally:
        await asyncio.to_thread(broker.stop)


class WebServer(uvicorn.Server):
    """uvicorn within our own task group: the signals are ours, and the open streams."""

    def __init__(self, app: FastAPI, live: LiveFeed) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=HTTP_DRAIN_S,
            server_header=False,
        )
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the open streams first: they would never end by themselves."""
        self._live.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Take the port before anything is started for it.

    Raises:
        PortInUseError: Another program has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            address = f"{host}:{port}"
            raise PortInUseError("the console", address, "--port or GRIDWATCH_HTTP_PORT") from None
        yield sock


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _titles() -> Callable[[str], Text]:
    """The scenarios' own names; one that this centre does not know is shown by its key."""
    known = {key: kind.title for key, kind in catalogue.load().items()}
    return lambda key: known.get(key, Text(zh=key, en=key))
