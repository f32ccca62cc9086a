"""A batch of messages → one transaction → receipts. Each revision takes effect once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.database.errors import is_about_data
from api.database.unit_of_work import notify_listeners
from api.errors import DatabaseError, IncidentAlreadyOpenError
from api.ingest.assignment import assign_alerts
from api.ingest.store import (
    BootKey,
    InboxKey,
    InboxRow,
    QuarantineRow,
    add_to_inbox,
    add_to_quarantine,
    get_inbox_hashes,
    get_node_keys,
    lock_boots,
    publish_quarantined,
    update_boots,
)
from api.ingest.validation import (
    IncomingMessage,
    RejectedMessage,
    ValidAlert,
    reject_message,
    sender_of_topic,
    validate_message,
)
from pipeline.wire import Node, Receipt, Rejection

MAX_SEQS_BEHIND_GAP = 1 << 17
"""Numbers behind a hole that are remembered of one boot; the lowest go first.

A box sends a backlog by importance: the holes of a day without a broker close at its end.
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingReceipt:
    """A receipt, to whom it goes, and the key to sign it with."""

    node: Node
    key: bytes
    receipt: Receipt


@dataclass(slots=True)
class BatchResult:
    """What became of a batch.

    Args:
        counts: ``inserted``, ``duplicate``, ``conflict``, ``quarantined``; ``late`` and
            ``exercise`` beside them.
    """

    counts: Counter[str] = field(default_factory=Counter)
    receipts: list[OutgoingReceipt] = field(default_factory=list)


@dataclass(slots=True)
class _Sorted:
    """A batch, sorted by what is to be done with it."""

    once: dict[InboxKey, ValidAlert]
    twins: list[ValidAlert]
    refused: list[RejectedMessage]


class Ingest:
    """Take batches into the database; several processes may do so at once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def store_batch(
        self, messages: Sequence[IncomingMessage], *, now: datetime
    ) -> BatchResult:
        """Store a batch; what cannot be stored goes to the quarantine by itself.

        Args:
            messages: In the order of their arrival.
            now: Of the arrival.

        Raises:
            DatabaseError: Nothing is stored; try again later.
        """
        try:
            async with self._engine.begin() as connection:
                keys = await get_node_keys(connection, _senders(messages))
            return await self._commit([validate_message(one, keys) for one in messages], keys, now)
        except (SQLAlchemyError, OSError, IncidentAlreadyOpenError) as error:
            raise DatabaseError(f"a batch could not be stored: {error}") from error

    async def _commit(
        self,
        checked: Sequence[ValidAlert | RejectedMessage],
        keys: Mapping[str, bytes],
        now: datetime,
    ) -> BatchResult:
        """Store all in one transaction; halve the batch to find what the database refuses."""
        try:
            async with self._engine.begin() as connection:
                return await _store(connection, _sort(checked), keys, now=now)
        except DBAPIError as error:
            if not is_about_data(error):
                raise
            only, *more = checked
            if not more:
                return await self._put_aside(only, keys, error, now=now)
        middle = len(checked) // 2
        first = await self._commit(checked[:middle], keys, now)
        second = await self._commit(checked[middle:], keys, now)
        return BatchResult(first.counts + second.counts, first.receipts + second.receipts)

    async def _put_aside(
        self,
        poison: ValidAlert | RejectedMessage,
        keys: Mapping[str, bytes],
        error: DBAPIError,
        *,
        now: datetime,
    ) -> BatchResult:
        """Quarantine the one message that the database cannot hold."""
        reason = f"the database refuses it: {error.orig}"
        log.warning("message_poisonous", topic=poison.incoming.topic, reason=reason)
        if poison.node is None:
            raise error
        refused = reject_message(poison.incoming, poison.node, reason)
        async with self._engine.begin() as connection:
            return await _store(connection, _sort([refused]), keys, now=now)


async def _store(
    connection: AsyncConnection, batch: _Sorted, keys: Mapping[str, bytes], *, now: datetime
) -> BatchResult:
    rows = [_inbox_row(batch.once[key]) for key in sorted(batch.once)]
    fresh = await add_to_inbox(connection, rows, now=now) if rows else set()
    again = [one for key, one in batch.once.items() if key not in fresh] + batch.twins
    conflicts = await _conflicts(connection, again, batch.once) if again else []
    placed = (
        await assign_alerts(connection, [batch.once[key] for key in fresh], now=now)
        if fresh
        else ()
    )
    refused = batch.refused + conflicts
    if refused:
        await _quarantine(connection, refused, now=now)
    receipts = await _receipts(connection, [*batch.once.values(), *again], refused, now=now)
    if fresh or refused:
        await notify_listeners(connection)
    counts = Counter(
        inserted=len(fresh),
        duplicate=len(again) - len(conflicts),
        conflict=len(conflicts),
        quarantined=len(batch.refused),
        late=sum(one.is_stale for one in placed),
        exercise=sum(batch.once[key].message.data.drill for key in fresh),
    )
    return BatchResult(counts, [_seal(boot, receipt, keys) for boot, receipt in receipts])


async def _conflicts(
    connection: AsyncConnection, again: Sequence[ValidAlert], once: Mapping[InboxKey, ValidAlert]
) -> list[RejectedMessage]:
    """Find those that say something else than what is stored under their key."""
    said = await get_inbox_hashes(connection, [_key(one) for one in again])
    return [
        reject_message(
            one.incoming, one.node, "conflict: the same alert and revision with other content"
        )
        for one in again
        if said.get(_key(one), once[_key(one)].hash) != one.hash
    ]


async def _quarantine(
    connection: AsyncConnection, refused: Iterable[RejectedMessage], *, now: datetime
) -> None:
    rows = [
        QuarantineRow(
            topic=one.incoming.topic,
            payload=one.incoming.payload,
            hash=one.hash,
            reason=one.reason,
        )
        for one in refused
    ]
    await publish_quarantined(
        connection, await add_to_quarantine(connection, rows, now=now), now=now
    )


async def _receipts(
    connection: AsyncConnection,
    admitted: Iterable[ValidAlert],
    refused: Iterable[RejectedMessage],
    *,
    now: datetime,
) -> list[tuple[BootKey, Receipt]]:
    """Advance each boot by what this transaction holds of it."""
    seqs: defaultdict[BootKey, set[int]] = defaultdict(set)
    rejected: defaultdict[BootKey, dict[int, Rejection]] = defaultdict(dict)
    for one in admitted:
        seqs[str(one.node), one.message.bootid].add(one.message.seq)
    for other in refused:
        if other.node and other.boot_id and other.seq:
            boot = (str(other.node), other.boot_id)
            seqs[boot].add(other.seq)
            rejected[boot][other.seq] = Rejection(seq=other.seq, reason=other.reason)
    if not seqs:
        return []
    stood = await lock_boots(connection, list(seqs), now=now)
    progress = {boot: advance_ack(*stood[boot], seqs[boot]) for boot in seqs}
    await update_boots(connection, progress, now=now)
    return [
        (boot, _receipt(boot[1], progress[boot][0], seqs[boot], rejected[boot])) for boot in seqs
    ]


def advance_ack(acked_seq: int, also: Iterable[int], seqs: Iterable[int]) -> tuple[int, list[int]]:
    """Add numbers to what stood: all up to ``acked_seq``, and ``also`` behind holes.

    Returns:
        The same two, advanced over every hole that closed.
    """
    beyond = {seq for seq in (*also, *seqs) if seq > acked_seq}
    while acked_seq + 1 in beyond:
        acked_seq += 1
        beyond.remove(acked_seq)
    return acked_seq, sorted(beyond)[-MAX_SEQS_BEHIND_GAP:]


def _receipt(
    boot_id: str, acked_seq: int, seqs: Iterable[int], rejected: Mapping[int, Rejection]
) -> Receipt:
    return Receipt(
        boot_id=boot_id,
        acked_seq=acked_seq,
        also=tuple(sorted(seq for seq in seqs if seq > acked_seq)),
        rejected=tuple(rejected[seq] for seq in sorted(rejected)),
    )


def _seal(boot: BootKey, receipt: Receipt, keys: Mapping[str, bytes]) -> OutgoingReceipt:
    return OutgoingReceipt(node=Node.parse(boot[0]), key=keys[boot[0]], receipt=receipt)


def _sort(checked: Iterable[ValidAlert | RejectedMessage]) -> _Sorted:
    """Fold equal keys: one statement may not meet a row twice."""
    batch = _Sorted({}, [], [])
    for one in checked:
        if isinstance(one, RejectedMessage):
            batch.refused.append(one)
        elif batch.once.setdefault(_key(one), one) is not one:
            batch.twins.append(one)
    return batch


def _inbox_row(one: ValidAlert) -> InboxRow:
    data = one.message.data
    return InboxRow(
        alert_id=data.alert_id,
        rev=data.rev,
        node=str(one.node),
        boot_id=one.message.bootid,
        seq=one.message.seq,
        decided_at=one.incoming.decided_at,
        hash=one.hash,
        payload=one.incoming.payload.decode(),
    )


def _key(one: ValidAlert) -> InboxKey:
    return one.message.data.alert_id, one.message.data.rev


def _senders(arrivals: Iterable[IncomingMessage]) -> list[str]:
    return sorted(
        {str(node) for one in arrivals if (node := sender_of_topic(one.topic)) is not None}
    )
