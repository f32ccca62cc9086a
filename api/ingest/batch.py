"""Store a batch of messages in one transaction; each revision takes effect once."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.accuracy.fitting.scoring import PRIOR_SCORING, Scoring
from api.database.engine import single_statements
from api.database.errors import UNREACHABLE_ERRORS, is_about_data
from api.errors import DatabaseError, IncidentAlreadyOpenError
from api.fleet.store import get_node_keys, list_enrolled_nodes
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
from api.quarantine.budget import RefusalBudget
from api.quarantine.model import QuarantineCode
from api.quarantine.store import (
    QuarantineRow,
    RefusedCount,
    add_to_quarantine,
    count_refused,
    make_row,
)
from pipeline.wire import Node

CONFLICT = "conflict: the same alert and revision with other content, or an alert of another node"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class BatchResult:
    """What became of a batch.

    Args:
        counts: Messages ``inserted``, ``duplicate``, ``conflict`` and ``quarantined``; of the
            last two, how many were ``dropped`` because their sender has too many; and of the
            inserted ones, how many were ``late`` or an ``exercise``.
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
    """Store batches in the database; several processes may do so at once.

    Args:
        budget: How many refused messages of a node are kept.
        has_webhook: Whether every notification also goes to the webhook of the settings.
        scoring: Returns the calibrations and thresholds in force; by default the prior of each
            scenario, with every source trusted.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        budget: RefusalBudget | None = None,
        *,
        has_webhook: bool = False,
        scoring: Callable[[], Scoring] = lambda: PRIOR_SCORING,
    ) -> None:
        self._engine = engine
        self._scoring = scoring
        self._has_webhook = has_webhook
        self._reader = single_statements(engine)
        self._budget = budget or RefusalBudget()

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
            async with self._reader.connect() as connection:
                keys = await get_node_keys(connection, _senders(messages))
            checked = [validate_message(message, keys, now=now) for message in messages]
            return await self._commit(checked, keys, now)
        except (*UNREACHABLE_ERRORS, IncidentAlreadyOpenError) as error:
            raise DatabaseError(f"a batch could not be stored: {error}") from error

    async def list_nodes(self) -> list[str]:
        """Return all enrolled nodes, by name.

        Raises:
            DatabaseError: The database is unreachable.
        """
        try:
            async with self._reader.connect() as connection:
                return [str(enrolled.node) for enrolled in await list_enrolled_nodes(connection)]
        except UNREACHABLE_ERRORS as error:
            raise DatabaseError(f"the nodes could not be read: {error}") from error

    async def quarantine_failed(
        self, messages: Sequence[IncomingMessage], *, now: datetime
    ) -> BatchResult:
        """Quarantine messages whose processing failed by a bug.

        Raises:
            DatabaseError: Nothing is stored; try again later.
        """
        try:
            async with self._engine.begin() as connection:
                keys = await get_node_keys(connection, _senders(messages))
                checked = [validate_message(message, keys, now=now) for message in messages]
                rejected = [_reject_failed(message) for message in checked]
                return await self._store(connection, _sort(rejected), keys, now=now)
        except UNREACHABLE_ERRORS as error:
            raise DatabaseError(f"a message could not be quarantined: {error}") from error

    async def _quarantine(
        self,
        message: IncomingMessage,
        node: Node,
        code: QuarantineCode,
        reason: str,
        *,
        now: datetime,
    ) -> BatchResult:
        """Quarantine one message that ``node`` has signed."""
        rejected = reject_message(message, node, code, reason)
        async with self._engine.begin() as connection:
            keys = await get_node_keys(connection, [str(node)])
            return await self._store(connection, _sort([rejected]), keys, now=now)

    async def _commit(
        self,
        messages: Sequence[ValidAlert | RejectedMessage],
        keys: Mapping[str, bytes],
        now: datetime,
    ) -> BatchResult:
        """Store all in one transaction; halve the batch to find what the database refuses."""
        try:
            async with self._engine.begin() as connection:
                return await self._store(connection, _sort(messages), keys, now=now)
        except DBAPIError as error:
            if not is_about_data(error):
                raise
            first, *others = messages
            if not others:
                return await self._quarantine_refused(first, error, now=now)
        middle = len(messages) // 2
        left = await self._commit(messages[:middle], keys, now)
        right = await self._commit(messages[middle:], keys, now)
        return BatchResult(left.counts + right.counts, left.receipts + right.receipts)

    async def _quarantine_refused(
        self,
        message: ValidAlert | RejectedMessage,
        error: DBAPIError,
        *,
        now: datetime,
    ) -> BatchResult:
        """Quarantine the one message that the database cannot store."""
        reason = f"the database refuses it: {error.orig}"
        log.warning("message_rejected_by_database", topic=message.incoming.topic, reason=reason)
        if message.node is None or isinstance(message, RejectedMessage):
            return BatchResult(Counter(dropped=1))  # the quarantine itself cannot hold it
        return await self._quarantine(
            message.incoming, message.node, QuarantineCode.REFUSED_BY_DATABASE, reason, now=now
        )

    async def _store(
        self,
        connection: AsyncConnection,
        batch: _SortedBatch,
        keys: Mapping[str, bytes],
        *,
        now: datetime,
    ) -> BatchResult:
        """Write the inbox, the incidents and the quarantine; return the receipts."""
        rows = [_inbox_row(batch.alerts[key]) for key in sorted(batch.alerts)]
        new_keys = await add_to_inbox(connection, rows, now=now) if rows else set()
        new_alerts = [batch.alerts[key] for key in new_keys]
        repeated = [alert for key, alert in batch.alerts.items() if key not in new_keys]
        repeated += batch.repeated
        same, conflicts = await _compare(connection, repeated)
        assigned = await assign_alerts(
            connection,
            new_alerts,
            now=now,
            has_webhook=self._has_webhook,
            scoring=self._scoring(),
        )
        refused = batch.rejected + conflicts
        kept = await self._store_refused(connection, refused, now=now) if refused else []
        receipts = await make_receipts(connection, new_alerts + same, kept, keys=keys, now=now)
        if new_alerts or kept:
            await notify_listeners(connection)
        counts = Counter(
            inserted=len(new_alerts),
            duplicate=len(same),
            conflict=len(conflicts),
            quarantined=len(batch.rejected),
            dropped=len(refused) - len(kept),
            late=sum(alert.is_stale for alert in assigned),
            exercise=sum(alert.message.data.drill for alert in new_alerts),
        )
        return BatchResult(counts, receipts)

    async def _store_refused(
        self, connection: AsyncConnection, refused: Sequence[RejectedMessage], *, now: datetime
    ) -> list[RejectedMessage]:
        """Quarantine and count refused messages; return those within the budget of their node."""
        kept = [message for message in refused if self._budget.take(message.sender, now=now)]
        counts = {sender: RefusedCount(n) for sender, n in Counter(_senders_of(refused)).items()}
        for sender, n in Counter(_senders_of(kept)).items():
            counts[sender].dropped = counts[sender].refused - n
        if kept:
            rows = [_quarantine_row(message) for message in kept]
            deleted = await add_to_quarantine(connection, rows, now=now)
            for sender, n in deleted.items():
                counts[sender].dropped += n
        await count_refused(connection, counts, now=now)
        return kept


async def _compare(
    connection: AsyncConnection,
    repeated: Sequence[ValidAlert],
) -> tuple[list[ValidAlert], list[RejectedMessage]]:
    """Divide messages that are not new into those that are stored and those in conflict.

    In conflict is other content under a stored key, and a revision of another node's alert.
    """
    if not repeated:
        return [], []
    stored = await get_inbox_hashes(connection, [alert.key for alert in repeated])
    same, conflicts = [], []
    for alert in repeated:
        if stored.get(alert.key) == alert.hash:
            same.append(alert)
        else:
            conflicts.append(
                reject_message(alert.incoming, alert.node, QuarantineCode.CONFLICT, CONFLICT)
            )
    return same, conflicts


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


def _reject_failed(message: ValidAlert | RejectedMessage) -> RejectedMessage:
    if isinstance(message, RejectedMessage):
        return message
    reason = "an internal error while it was processed; see the log"
    return reject_message(message.incoming, message.node, QuarantineCode.INTERNAL_ERROR, reason)


def _senders_of(messages: Iterable[RejectedMessage]) -> Iterator[str]:
    return (message.sender for message in messages)


def _quarantine_row(message: RejectedMessage) -> QuarantineRow:
    return make_row(
        message.incoming.topic,
        message.incoming.payload,
        message.reason,
        code=message.code,
        hash_=message.hash,
        node=message.sender,
    )
