"""Store what nodes report: their status, cameras, health, configuration and replies."""

from contextlib import suppress
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.database.errors import UNREACHABLE_ERRORS, is_about_data
from api.errors import DatabaseError
from api.fleet.control import command_store, config_store
from api.fleet.report_parser import (
    ParsedReport,
    RawReport,
    UnsignedReportError,
    parse_node,
    parse_report,
)
from api.fleet.store import get_node_keys, save_health, update_camera_state, update_node_status
from api.live.store import notify_listeners
from api.metrics import REPORTS
from api.quarantine.budget import UNKNOWN_SENDER, RefusalBudget
from api.quarantine.model import QuarantineCode
from api.quarantine.store import RefusedCount, count_refused, quarantine_message
from pipeline.errors import WireError
from pipeline.wire import CameraState, Health, Reply, ReportedConfig, Status, verify_signature

log = structlog.get_logger(__name__)


class ReportHandler:
    """Stores the reports of nodes, one transaction each.

    Args:
        budget: How many refused reports of a node are kept.
    """

    def __init__(self, engine: AsyncEngine, budget: RefusalBudget | None = None) -> None:
        self._engine = engine
        self._budget = budget or RefusalBudget()

    async def handle(self, report: RawReport, *, now: datetime) -> None:
        """Store a report; quarantine it if it is unsigned or unreadable.

        Raises:
            DatabaseError: It could not be stored; the node sends it again after reconnecting.
        """
        try:
            outcome = await self._store_or_quarantine(report, now=now)
        except UNREACHABLE_ERRORS as error:
            raise DatabaseError(f"a report could not be stored: {error}") from error
        REPORTS.labels(report.kind, outcome).inc()

    async def _store_or_quarantine(self, report: RawReport, *, now: datetime) -> str:
        try:
            async with self._engine.begin() as connection:
                node = parse_node(report)
                keys = await get_node_keys(connection, [str(node)])
                parsed = parse_report(report, node, keys.get(str(node)), now=now)
                if await _store(connection, parsed, now=now):
                    await notify_listeners(connection)
        except UnsignedReportError as error:
            await self._quarantine(report, error.code, str(error), sender=UNKNOWN_SENDER, now=now)
            return "unsigned"
        except WireError as error:
            await self.quarantine(report, QuarantineCode.UNREADABLE, str(error), now=now)
            return "unreadable"
        except DBAPIError as error:
            if not is_about_data(error):
                raise
            reason = f"the database refuses it: {error.orig}"
            await self.quarantine(report, QuarantineCode.REFUSED_BY_DATABASE, reason, now=now)
            return "unreadable"
        return "taken"

    async def quarantine(
        self, report: RawReport, code: QuarantineCode, reason: str, *, now: datetime
    ) -> None:
        """Quarantine a report, in the name of the node of its topic if that has signed it."""
        sender = UNKNOWN_SENDER
        with suppress(WireError):
            node = parse_node(report)
            async with self._engine.begin() as connection:
                key = (await get_node_keys(connection, [str(node)])).get(str(node))
            if key and verify_signature(key, report.topic, report.payload, report.signature):
                sender = str(node)
        await self._quarantine(report, code, reason, sender=sender, now=now)

    async def _quarantine(
        self, report: RawReport, code: QuarantineCode, reason: str, *, sender: str, now: datetime
    ) -> None:
        async with self._engine.begin() as connection:
            if not self._budget.take(sender, now=now):
                await count_refused(connection, {sender: RefusedCount(1, 1)}, now=now)
                return
            log.warning("report_quarantined", topic=report.topic[:200], reason=reason)
            is_new = await quarantine_message(
                connection, report.topic, report.payload, reason, code=code, node=sender, now=now
            )
            if is_new:
                await notify_listeners(connection)


async def _store(connection: AsyncConnection, report: ParsedReport, *, now: datetime) -> bool:
    """Store the message by its kind; return whether live pages must be informed."""
    node = report.node
    match report.message:
        case Status() as status:
            return await update_node_status(connection, node, status, now=now)
        case CameraState() as state:
            return await update_camera_state(connection, node, report.subject, state, now=now)
        case Health() as health:
            await save_health(connection, node, health, now=now)
            return False  # pages poll health, and are not woken for every report
        case ReportedConfig() as reported:
            return await config_store.save_reported(connection, node, reported, now=now)
        case Reply() as reply:
            return await command_store.record_reply(connection, node, reply, now=now)
