"""Store a batch of messages in one transaction; each revision takes effect once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.database.errors import is_about_data
from api.errors import DatabaseError, IncidentAlreadyOpenError
from api.fleet.store import get_node_keys
from api.ingest.assignment import assign_alerts
from api.ingest.receipts import OutgoingReceipt, make_receipts
from api.ingest.store import InboxKey, InboxRow, add_to_inbox, get_inbox_hashes
from api.ingest.validation import (
    IncomingMessage,
    RejectedMessage,
    ValidAlert,
    reject_message,
    sender_of_topic,
    validate_message,
)
from api.live.store import notify_listeners
from api.quarantine.model import QuarantineCode
from api.quarantine.store import QuarantineRow, add_to_quarantine

CONFLICT = "conflict: the same alert and revision with other content"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class BatchResult:
    """What became of a batch.

    Args:
        counts: Messages ``inserted``, ``duplicate``, ``conflict`` and ``quarantined``; and of
            the inserted ones, how many were ``late`` or an ``exercise``.
    """

    counts: Counter[str] = field(default_factory=Counter)
    receipts: list[OutgoingReceipt] = field(default_factory=list)


@dataclass(slots=True)
class _SortedBatch:
    """The messages of a batch.

    Args:
        alerts: By key, as one statement may not write a row twice.
        repeated: Further messages with the key of one in ``alerts``.
    """

    alerts: dict[InboxKey, ValidAlert] = field(default_factory=dict)
    repeated: list[ValidAlert] = field(default_factory=list)
    rejected: list[RejectedMessage] = field(default_factory=list)


class Ingest:
    """Store batches in the database; several processes may do so at once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def store_batch(
        self, messages: Sequence[IncomingMessage], *, now: datetime
    ) -> BatchResult:
        """Store a batch; messages that cannot be stored are quarantined one by one.

        Args:
            messages: In the order they arrived.
            now: When they arrived.

        Raises:
            DatabaseError: Nothing is stored; try again later.
        """
        try:
            async with self._engine.begin() as connection:
                keys = await get_node_keys(connection, _senders(messages))
            checked = [validate_message(message, keys) for message in messages]
            return await self._commit(checked, keys, now)
        except (SQLAlchemyError, OSError, IncidentAlreadyOpenError) as error:
            raise DatabaseError(f"a batch could not be stored: {error}") from error

    async def _commit(
        self,
        messages: Sequence[ValidAlert | RejectedMessage],
        keys: Mapping[str, bytes],
        now: datetime,
    ) -> BatchResult:
        """Store all in one transaction; halve the batch to find what the database refuses."""
        try:
            async with self._engine.begin() as connection:
                return await _store(connection, _sort(messages), keys, now=now)
        except DBAPIError as error:
            if not is_about_data(error):
                raise
            first, *others = messages
            if not others:
                return await self._quarantine_refused(first, keys, error, now=now)
        middle = len(messages) // 2
        left = await self._commit(messages[:middle], keys, now)
        right = await self._commit(messages[middle:], keys, now)
        return BatchResult(left.counts + right.counts, left.receipts + right.receipts)

    async def _quarantine_refused(
        self,
        message: ValidAlert | RejectedMessage,
        keys: Mapping[str, bytes],
        error: DBAPIError,
        *,
        now: datetime,
    ) -> BatchResult:
        """Quarantine the one message that the database cannot store."""
        reason = f"the database refuses it: {error.orig}"
        log.warning("message_rejected_by_database", topic=message.incoming.topic, reason=reason)
        if message.node is None:
            raise error
        rejected = reject_message(
            message.incoming, message.node, QuarantineCode.REFUSED_BY_DATABASE, reason
        )
        async with self._engine.begin() as connection:
            return await _store(connection, _sort([rejected]), keys, now=now)


async def _store(
    connection: AsyncConnection, batch: _SortedBatch, keys: Mapping[str, bytes], *, now: datetime
) -> BatchResult:
    """Write the inbox, the incidents and the quarantine; return the receipts."""
    rows = [_inbox_row(batch.alerts[key]) for key in sorted(batch.alerts)]
    new_keys = await add_to_inbox(connection, rows, now=now) if rows else set()
    new_alerts = [batch.alerts[key] for key in new_keys]
    repeated = [alert for key, alert in batch.alerts.items() if key not in new_keys]
    repeated += batch.repeated
    conflicts = await _conflicts(connection, repeated, batch.alerts) if repeated else []
    assigned = await assign_alerts(connection, new_alerts, now=now) if new_alerts else ()
    rejected = batch.rejected + conflicts
    if rejected:
        await add_to_quarantine(
            connection, [_quarantine_row(message) for message in rejected], now=now
        )
    alerts = [*batch.alerts.values(), *repeated]
    receipts = await make_receipts(connection, alerts, rejected, keys=keys, now=now)
    if new_alerts or rejected:
        await notify_listeners(connection)
    counts = Counter(
        inserted=len(new_alerts),
        duplicate=len(repeated) - len(conflicts),
        conflict=len(conflicts),
        quarantined=len(batch.rejected),
        late=sum(alert.is_stale for alert in assigned),
        exercise=sum(alert.message.data.drill for alert in new_alerts),
    )
    return BatchResult(counts, receipts)


async def _conflicts(
    connection: AsyncConnection,
    repeated: Sequence[ValidAlert],
    alerts: Mapping[InboxKey, ValidAlert],
) -> list[RejectedMessage]:
    """Find the messages whose content differs from what is stored under their key."""
    stored = await get_inbox_hashes(connection, [alert.key for alert in repeated])
    return [
        reject_message(alert.incoming, alert.node, QuarantineCode.CONFLICT, CONFLICT)
        for alert in repeated
        if stored.get(alert.key, alerts[alert.key].hash) != alert.hash
    ]


def _sort(messages: Iterable[ValidAlert | RejectedMessage]) -> _SortedBatch:
    batch = _SortedBatch()
    for message in messages:
        if isinstance(message, RejectedMessage):
            batch.rejected.append(message)
        elif batch.alerts.setdefault(message.key, message) is not message:
            batch.repeated.append(message)
    return batch


def _senders(messages: Iterable[IncomingMessage]) -> list[str]:
    nodes = {sender_of_topic(message.topic) for message in messages}
    return sorted(str(node) for node in nodes if node is not None)


def _inbox_row(alert: ValidAlert) -> InboxRow:
    message = alert.message
    return InboxRow(
        alert_id=message.data.alert_id,
        rev=message.data.rev,
        node=str(alert.node),
        boot_id=message.bootid,
        seq=message.seq,
        decided_at=alert.incoming.decided_at,
        hash=alert.hash,
        payload=alert.incoming.payload.decode(),
    )


def _quarantine_row(message: RejectedMessage) -> QuarantineRow:
    return QuarantineRow(
        topic=message.incoming.topic,
        payload=message.incoming.payload,
        hash=message.hash,
        reason_code=message.code,
        reason=message.reason,
    )
