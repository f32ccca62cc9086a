"""Build and run a centre. READ FIRST: ``_run`` shows every part in start order.

This is the only module of the centre that reads the clock.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accuracy.fitting.live_scoring import LiveScoring
from api.accuracy.fitting.upkeep import AccuracyUpkeep, promise_of
from api.accuracy.reporting.exporter import AccuracyExporter
from api.accuracy.second_opinion.asker import SecondOpinionAsker
from api.accuracy.second_opinion.openai_vision import open_verifier
from api.app import create_app
from api.audit.access_monitor import AccessMonitor
from api.audit.chain_writer import AuditChainWriter
from api.audit.checker import AuditChecker
from api.backup.create import BackupTarget
from api.backup.schedule import BackupSchedule
from api.broker.client import BrokerAddress
from api.centre_faults import find_centre_faults
from api.database.engine import create_engine, migrate
from api.dispatch.clock_engine import ClockEngine
from api.dispatch.self_audit import SelfAudit
from api.embedded.broker import EmbeddedBroker
from api.embedded.broker_supervisor import list_broker_logins, supervise
from api.embedded.data_folder import exclusive_lock, prepare_folder
from api.embedded.postgres import EmbeddedPostgres
from api.embedded.postgres_supervisor import supervise_postgres
from api.enrolment.authority import Authority
from api.enrolment.routes import EnrolmentServices
from api.enrolment.settings import AUTHORITY_FOLDER, broker_for_nodes, broker_tls
from api.equipment.calls import EQUIPMENT_TITLES
from api.equipment.monitor import EquipmentMonitor
from api.errors import SettingsError
from api.evidence.blobs import EvidenceStore
from api.fleet.control.downlink import Downlink
from api.fleet.control.model_watch import ModelWatch
from api.fleet.monitor import FleetMonitor
from api.fleet.report_handler import ReportHandler
from api.incidents.correlation.sick_cameras import CAMERA_SICK, CAMERA_SICK_TITLE
from api.ingest.batch import Ingest
from api.ingest.subscriber import Subscriber
from api.ingest.suppression_ends import SuppressionEnds
from api.live.feed import LiveFeed
from api.notify.channels.channel_factory import build_channels
from api.notify.channels.http_request import open_http_client
from api.notify.online.presence import Presence
from api.notify.sender import NotificationSender
from api.quarantine.budget import RefusalBudget
from api.reports.counters import Counters
from api.retention.cleaner import RetentionCleaner
from api.retention.terms import Profile, RowKind, chosen_days, find_invalid_terms
from api.settings import CentralSettings
from api.supervisor import Supervisor
from api.web.server import WebServer, listening_socket
from api.web.services import LoginTerms, Services, title_in
from pipeline.text import Text
from scenarios import catalogue

EVIDENCE_KEEPS_FREE = 2 * 1024**3
"""Bytes of the disk that are left to the database."""
REFUSED_LOGIN_WAITS = timedelta(seconds=2)

Parts = dict[str, Callable[[], Coroutine[Any, Any, None]]]
"""By name, what runs until it is cancelled."""

log = structlog.get_logger(__name__)


def now() -> datetime:
    """Return the current time of the centre."""
    return datetime.now(UTC)


def run(settings: CentralSettings) -> None:
    """Run a centre until SIGINT or SIGTERM.

    Raises:
        CentreError: The centre cannot start; the message names the fix.
    """
    keep = _retention(settings)
    promise_of(settings)
    folder = prepare_folder(settings.data)
    with (
        exclusive_lock(folder),
        listening_socket(settings.http_host, settings.http_port) as sock,
    ):
        asyncio.run(_run(settings, sock, keep))


async def _run(
    settings: CentralSettings, sock: socket.socket, keep: Mapping[RowKind, timedelta]
) -> None:
    stop = _stop_event()
    authority = Authority.open(settings.data / AUTHORITY_FOLDER, now=now())
    async with (
        _open_database(settings) as (engine, database_parts),
        _open_broker(settings, engine, authority) as (broker_address, broker_parts),
        open_http_client() as http_client,
        open_verifier(settings) as verifier,
    ):
        scenario_titles = _scenario_titles()
        titles = partial(title_in, scenario_titles)
        # Pages have connections of their own: they cannot use up those of ingest and dispatch.
        web_engine = create_engine(engine.url.render_as_string(hide_password=False))
        evidence = EvidenceStore.in_folder(
            settings.data / "evidence", keep_free=EVIDENCE_KEEPS_FREE
        )
        channels = build_channels(http_client, settings)
        # 1. Messages of the nodes: alerts are scored, and become incidents.
        scoring = LiveScoring(engine, first_look=settings.first_look)
        await scoring.refresh()
        budget = RefusalBudget()
        subscriber = Subscriber(
            broker_address,
            ingest=Ingest(
                engine,
                budget,
                has_webhook=settings.webhook_url is not None,
                scoring=lambda: scoring.current,
            ),
            fleet=ReportHandler(engine, budget),
            now=now,
            budget=budget,
            client_id=f"central.ingest.{settings.ingest_member}",
        )
        # 2. Events of the database wake the parts below and the open pages.
        live = LiveFeed(engine)
        presence = Presence(engine, now)
        # 3. The clocks of incidents: dispatch, remind, escalate; notifications are sent.
        clock_engine = ClockEngine(
            engine,
            live.signal,
            now=now,
            has_webhook=settings.webhook_url is not None,
            emergency_contacts=settings.emergency_contacts,
        )
        self_audit = SelfAudit(engine, now=now)
        suppression_ends = SuppressionEnds(engine, now=now, scoring=lambda: scoring.current)
        sender = NotificationSender(engine, live.signal, channels, now=now, title_of=titles)
        # 4. The fleet: raise alarms, call people for them, send configurations and commands.
        zone = ZoneInfo(settings.time_zone)
        backups = _backup_schedule(settings, engine, evidence)
        equipment = EquipmentMonitor(
            engine,
            now=now,
            time_zone=zone,
            find_centre_faults=partial(find_centre_faults, backups=backups, evidence=evidence),
        )
        monitor = FleetMonitor(engine, now=now, broker_is_up=lambda: subscriber.is_up)
        downlink = Downlink(engine, live.signal, subscriber, now=now)
        # 5. Rows are counted, verdicts fitted, and old rows deleted.
        counters = Counters(engine, now=now)
        upkeep = AccuracyUpkeep(engine, now=now, promise=promise_of(settings))
        cleaner = RetentionCleaner(engine, evidence, keep=keep, now=now)
        # 6. The audit log is chained, so that nobody can change it unnoticed.
        audit_chain = AuditChainWriter(engine, anchors=settings.audit_anchors, now=now)
        audit_checker = AuditChecker(engine, anchors=settings.audit_anchors, now=now)
        # 7. Every part is restarted alone if it fails.
        supervisor = Supervisor()
        parts: Parts = {
            "ingest": subscriber.run,
            "scoring": scoring.run,
            "accuracy_upkeep": upkeep.run,
            "accuracy_exporter": AccuracyExporter(engine, now=now).run,
            "live_feed": live.run,
            "presence": presence.run,
            "clock_engine": clock_engine.run,
            "self_audit": self_audit.run,
            "suppression_ends": suppression_ends.run,
            "sender": sender.run,
            "monitor": monitor.run,
            "equipment": equipment.run,
            "downlink": downlink.run,
            "counters": counters.run,
            "cleaner": cleaner.run,
            "audit_chain": audit_chain.run,
            "audit_checker": audit_checker.run,
            "access_monitor": AccessMonitor(engine, now=now).run,
            **database_parts,
            **broker_parts,
        }
        if backups is not None:
            parts["backup"] = backups.run
        if settings.model_rollback:
            parts["model_watch"] = ModelWatch(engine, now=now).run
        if verifier is not None:
            parts["second_opinion"] = SecondOpinionAsker(
                engine,
                verifier,
                read_picture=evidence.get,
                title_of=lambda scenario: titles(scenario).en,
                now=now,
            ).run
        # 7. Console, phone page and API.
        services = Services(
            engine=web_engine,
            now=now,
            titles=scenario_titles,
            broker_is_up=lambda: subscriber.is_up,
            count_live_pages=lambda: live.n_subscriptions,
            failing_parts=lambda: sorted(supervisor.failing),
            count_overdue_actions=lambda: self_audit.n_overdue,
            found_gaps=lambda: equipment.found_gaps,
            forget_gaps=equipment.forget_gaps,
            base_path=settings.base_path,
            has_webhook=settings.webhook_url is not None,
            push_services=settings.push_services,
            webhook_hosts=settings.webhook_hosts,
            max_suppression=timedelta(days=settings.max_suppression_days),
            target_precision=settings.target_precision,
            min_recall=settings.min_recall,
            login_terms=LoginTerms(
                refusal_delay=REFUSED_LOGIN_WAITS,
                lifetime=timedelta(hours=settings.login_hours),
                idle=timedelta(minutes=settings.login_idle_min),
                requires_factor=settings.second_factor,
            ),
            scenario_promises=settings.scenario_promises,
        )
        web = WebServer(
            create_app(
                services,
                live,
                evidence,
                presence=presence,
                limits_requests=True,
                enrolment=EnrolmentServices(authority, broker_for_nodes(settings)),
            ),
            sock,
            close_streams=live.close,
            trusted_proxies=settings.trusted_proxies,
        )
        tasks = [supervisor.keep_running(name, run) for name, run in parts.items()]
        tasks.append(_report_ready(web, sock, subscriber))
        try:
            await _run_until_stopped(stop, supervisor.keep_running("web", web.run), tasks)
        finally:
            await web_engine.dispose()


async def _run_until_stopped(
    stop: asyncio.Event,
    serve: Coroutine[Any, Any, None],
    tasks: list[Coroutine[Any, Any, None]],
) -> None:
    """Run all tasks; on ``stop``, finish the requests in progress, then cancel the tasks."""
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(task) for task in tasks]
        serving = group.create_task(serve)
        await stop.wait()
        log.info("central_stopping")
        serving.cancel()
        await asyncio.wait([serving])
        for task in running:
            task.cancel()


async def _report_ready(web: WebServer, sock: socket.socket, subscriber: Subscriber) -> None:
    while not (web.is_up and subscriber.is_up):  # noqa: ASYNC110  # neither offers an event
        await asyncio.sleep(0.02)
    # What is loaded by now stays: searching it for garbage stopped every request for 150 ms.
    gc.collect()
    gc.freeze()
    host, port = sock.getsockname()[:2]
    log.info("central_ready", url=f"http://{host}:{port}")


@asynccontextmanager
async def open_database(settings: CentralSettings) -> AsyncIterator[AsyncEngine]:
    """Connect to the configured database, or start the embedded one, and migrate it.

    Raises:
        CentreError: It cannot be started, reached or migrated.
    """
    async with _open_database(settings) as (engine, _):
        yield engine


@asynccontextmanager
async def _open_database(settings: CentralSettings) -> AsyncIterator[tuple[AsyncEngine, Parts]]:
    """Yield the database, and the supervisor of the embedded one."""
    parts: Parts = {}
    async with AsyncExitStack() as stack:
        if settings.database_url is None:
            server = EmbeddedPostgres(settings.data / "postgres")
            await asyncio.to_thread(server.start)
            stack.push_async_callback(asyncio.to_thread, server.stop)
            url = server.url
            parts["postgres"] = partial(supervise_postgres, server)
        else:
            url = settings.database_url.get_secret_value()
        engine = create_engine(url)
        stack.push_async_callback(engine.dispose)
        await migrate(engine)
        await Counters(engine, now=now).check_if_due()
        yield engine, parts


def _backup_schedule(
    settings: CentralSettings, engine: AsyncEngine, evidence: EvidenceStore
) -> BackupSchedule | None:
    """Return the part that creates backups, if there is a folder for them."""
    if settings.backup_to is None:
        return None
    target = BackupTarget(
        folder=settings.backup_to,
        recipient=settings.backup_key,
        keep=settings.backup_keep,
        authority=settings.data / AUTHORITY_FOLDER,
    )
    every = timedelta(hours=settings.backup_every_h)
    return BackupSchedule(engine, evidence, target, every=every, now=now)


@asynccontextmanager
async def _open_broker(
    settings: CentralSettings, engine: AsyncEngine, authority: Authority
) -> AsyncIterator[tuple[BrokerAddress, Parts]]:
    """Yield the address of the configured broker, or of the embedded one with its supervisor."""
    if settings.broker_url is not None:
        secret = settings.broker_password
        password = secret.get_secret_value() if secret else ""
        yield BrokerAddress.parse(settings.broker_url, password=password), {}
        return
    broker = EmbeddedBroker(
        settings.data / "broker",
        host=settings.broker_host,
        port=settings.broker_port,
        logins=await list_broker_logins(engine),
        tls=broker_tls(settings, authority, now=now()),
    )
    await asyncio.to_thread(broker.start)
    try:
        address = BrokerAddress(host="127.0.0.1", port=broker.inner_port, password=broker.password)
        yield address, {"broker": partial(supervise, broker, engine)}
    finally:
        await asyncio.to_thread(broker.stop)


def retention_days(settings: CentralSettings) -> dict[RowKind, int]:
    """Return how many days each kind of data stays.

    Raises:
        SettingsError: Names every term that the profile does not allow.
    """
    profile = Profile(settings.retention_profile)
    days = chosen_days(
        profile, {kind: getattr(settings, f"keep_{kind.value}_days") for kind in RowKind}
    )
    if problems := list(find_invalid_terms(profile, days)):
        raise SettingsError("\n".join(problems))
    return days


def _retention(settings: CentralSettings) -> dict[RowKind, timedelta]:
    return {kind: timedelta(days=days) for kind, days in retention_days(settings).items()}


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _scenario_titles() -> Mapping[str, Text]:
    """Return the titles of all scenarios, and of what is wrong with equipment, by key."""
    titles = {key: scenario.title for key, scenario in catalogue.load().items()}
    return {**titles, **EQUIPMENT_TITLES, CAMERA_SICK: CAMERA_SICK_TITLE}
