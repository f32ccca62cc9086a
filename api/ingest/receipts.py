"""Build the receipts of a batch, and advance each boot by what the batch has stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.ingest import store as ingest_store
from api.ingest.store import BootKey
from api.ingest.validation import RejectedMessage, ValidAlert
from pipeline.wire import Node, Receipt, Rejection

MAX_SEQS_BEHIND_GAP = 1 << 17
"""Stored numbers behind a gap that are kept per boot; the lowest are dropped first.

A node sends a backlog by importance: the gaps of a day without a broker close at its end.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingReceipt:
    """A receipt with its receiver and the key to sign it with."""

    node: Node
    key: bytes
    receipt: Receipt


@dataclass(slots=True)
class _BootMessages:
    seqs: set[int] = field(default_factory=set)
    rejected: dict[int, Rejection] = field(default_factory=dict)


async def make_receipts(
    connection: AsyncConnection,
    alerts: Iterable[ValidAlert],
    rejected: Iterable[RejectedMessage],
    *,
    keys: Mapping[str, bytes],
    now: datetime,
) -> list[OutgoingReceipt]:
    """Advance the boots of these messages, and return one receipt for each boot."""
    messages = _messages_by_boot(alerts, rejected)
    if not messages:
        return []
    before = await ingest_store.lock_boots(connection, list(messages), now=now)
    progress = {boot: advance_ack(*before[boot], messages[boot].seqs) for boot in messages}
    await ingest_store.update_boots(connection, progress, now=now)
    return [
        OutgoingReceipt(
            node=Node.parse(node),
            key=keys[node],
            receipt=_receipt(boot_id, progress[node, boot_id][0], messages[node, boot_id]),
        )
        for node, boot_id in messages
    ]


def advance_ack(acked_seq: int, also: Iterable[int], seqs: Iterable[int]) -> tuple[int, list[int]]:
    """Add sequence numbers to what is stored.

    Args:
        acked_seq: Everything up to this number is stored.
        also: Stored numbers behind a gap.
        seqs: Numbers to add.

    Returns:
        The new ``acked_seq`` and ``also``, after every gap that has closed.
    """
    beyond = {seq for seq in (*also, *seqs) if seq > acked_seq}
    while acked_seq + 1 in beyond:
        acked_seq += 1
        beyond.remove(acked_seq)
    return acked_seq, sorted(beyond)[-MAX_SEQS_BEHIND_GAP:]


def _messages_by_boot(
    alerts: Iterable[ValidAlert], rejected: Iterable[RejectedMessage]
) -> dict[BootKey, _BootMessages]:
    messages: defaultdict[BootKey, _BootMessages] = defaultdict(_BootMessages)
    for alert in alerts:
        messages[str(alert.node), alert.message.bootid].seqs.add(alert.message.seq)
    for rejection in rejected:
        if rejection.node and rejection.boot_id and rejection.seq:
            boot = messages[str(rejection.node), rejection.boot_id]
            boot.seqs.add(rejection.seq)
            boot.rejected[rejection.seq] = Rejection(seq=rejection.seq, reason=rejection.reason)
    return messages


def _receipt(boot_id: str, acked_seq: int, messages: _BootMessages) -> Receipt:
    return Receipt(
        boot_id=boot_id,
        acked_seq=acked_seq,
        also=tuple(sorted(seq for seq in messages.seqs if seq > acked_seq)),
        rejected=tuple(messages.rejected[seq] for seq in sorted(messages.rejected)),
    )
