"""The real parts of a centre on simulated time, in two processes that may crash between steps."""

from collections.abc import Iterable
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.database.engine import create_engine
from api.dispatch.clock_engine import ClockEngine
from api.dispatch.self_audit import SelfAudit
from api.equipment.monitor import EquipmentMonitor
from api.errors import DatabaseError
from api.evidence.blobs import EvidenceStore
from api.fleet.monitor import FleetMonitor
from api.fleet.report_handler import ReportHandler
from api.fleet.report_parser import RawReport
from api.ingest.batch import Ingest
from api.ingest.receipts import OutgoingReceipt
from api.ingest.suppression_ends import SuppressionEnds
from api.ingest.validation import IncomingMessage
from api.live.feed import LiveFeed
from api.web.services import Services
from gridwatch.simulation.agenda import Agenda

MAX_BATCH = 100


class SimulatedCrashError(Exception):
    """The process dies here."""


class CentreProcess:
    """One process of a centre: it ingests and drives the clocks on connections of its own."""

    def __init__(self, url: str, agenda: Agenda) -> None:
        self._url = url
        self._agenda = agenda
        self._commits_left: int | None = None
        self._start()

    def _start(self) -> None:
        """Start without any memory of an earlier life."""
        self.engine = create_engine(self._url, pool_size=2)
        event.listen(self.engine.sync_engine, "commit", self._count_commit)
        self._ingest = Ingest(self.engine)
        signal = LiveFeed(self.engine).signal
        self._clock_engine = ClockEngine(self.engine, signal, now=self._agenda)

    def crash_at_commit(self, number: int) -> None:
        """Die at the ``number``-th commit from now: what it would have written is lost."""
        self._commits_left = number

    async def ingest(self, messages: list[IncomingMessage]) -> list[OutgoingReceipt]:
        """Store messages and return the receipts; none if the process dies."""
        receipts: list[OutgoingReceipt] = []
        try:
            for start in range(0, len(messages), MAX_BATCH):
                batch = messages[start : start + MAX_BATCH]
                result = await self._ingest.store_batch(batch, now=self._agenda.now)
                receipts += result.receipts
        except SimulatedCrashError:
            await self._restart()
            return []
        except DatabaseError:
            return receipts
        return receipts

    async def drive_clocks(self) -> None:
        """Dispatch, remind and escalate whatever is due."""
        try:
            await self._clock_engine.process_due()
        except SimulatedCrashError:
            await self._restart()

    async def stop(self) -> None:
        """Close the connections."""
        await self.engine.dispose()

    def _count_commit(self, _connection: object) -> None:
        if self._commits_left is None:
            return
        self._commits_left -= 1
        if self._commits_left <= 0:
            self._commits_left = None
            raise SimulatedCrashError

    async def _restart(self) -> None:
        await self.engine.dispose()
        self._start()


class SimulatedCentre:
    """Two processes on one database, the HTTP application, and the parts that watch."""

    def __init__(self, url: str, agenda: Agenda, folder: Path, rng: Random) -> None:
        self.engine = create_engine(url)
        self._agenda = agenda
        self._rng = rng
        self._reports = ReportHandler(self.engine)
        self._monitor = FleetMonitor(self.engine, now=agenda, broker_is_up=lambda: True)
        self._equipment = EquipmentMonitor(self.engine, now=agenda)
        self._audit = SelfAudit(self.engine, now=agenda)
        self._suppression_ends = SuppressionEnds(self.engine, now=agenda)
        self.processes = [CentreProcess(url, agenda) for _ in range(2)]
        self._app = _build_app(self.engine, agenda, folder)

    def client(self, token: str) -> httpx.AsyncClient:
        """Return a client with the login of an account."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app),
            base_url="http://centre",
            cookies={"gridwatch_login": token},
        )

    async def ingest(self, messages: Iterable[IncomingMessage]) -> list[OutgoingReceipt]:
        """Let one of the processes store messages."""
        return await self._rng.choice(self.processes).ingest(list(messages))

    async def drive_clocks(self) -> None:
        """Let both processes act, in any order."""
        for process in self._rng.sample(self.processes, len(self.processes)):
            await process.drive_clocks()

    async def handle_report(self, report: RawReport) -> None:
        """Store the report of a node."""
        await self._reports.handle(report, now=self._agenda.now)

    async def watch_fleet(self) -> None:
        """Evaluate the health rules, and call people for what is wrong."""
        await self._monitor.evaluate()
        await self._equipment.evaluate()
        await self._suppression_ends.evaluate()

    async def audit(self) -> list[UUID]:
        """Return the incidents that the self-audit finds overdue without a reminder."""
        return await self._audit.check()

    def crash(self) -> None:
        """Let one of the processes die at one of its next commits."""
        self._rng.choice(self.processes).crash_at_commit(self._rng.randint(1, 4))

    async def stop(self) -> None:
        """Close all connections."""
        for process in self.processes:
            await process.stop()
        await self.engine.dispose()


def _build_app(engine: AsyncEngine, agenda: Agenda, folder: Path) -> FastAPI:
    live = LiveFeed(engine)
    services = Services(engine=engine, now=agenda, console=folder / "no-console")
    return create_app(services, live, EvidenceStore.in_folder(folder / "evidence"))
