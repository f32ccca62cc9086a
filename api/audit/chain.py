"""The hash chain of the audit log. Pure.

Each block contains the hashes of its entries in the order in which they were chained, and the hash
of the block before. After Haber and Stornetta, "How to time-stamp a digital document" (1991).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

FIRST = bytes(32)
"""Stands for the block before the first one."""
BLOCK_ENTRIES = 1000
DELETED_ENTRIES = "delete_expired_entries"
"""The action of the entry that says up to which block retention has deleted entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEntry:
    """An entry of the log as it is stored, with its number."""

    seq: int
    at: datetime
    actor: str
    action: str
    incident: UUID | None
    work_order: UUID | None
    from_state: str | None
    to_state: str | None
    reason: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some entries of the log.

    Args:
        position: 1 for the first block.
        seqs: Numbers of its entries, in the order in which they were chained.
        entry_hashes: SHA-256 of each.
        block_hash: SHA-256 over these and the hash of the block before.
    """

    position: int
    seqs: tuple[int, ...]
    entry_hashes: tuple[bytes, ...]
    block_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The newest hash at a time, kept outside of the database."""

    at: datetime
    position: int
    block_hash: bytes

    def line(self) -> str:
        """Return the line of the anchor file."""
        return (
            f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {self.position} {self.block_hash.hex()}"
        )

    @classmethod
    def parse(cls, line: str) -> "Anchor":
        """Read a line of the anchor file.

        Raises:
            ValueError: It is none.
        """
        at, position, digits = line.split()
        return cls(
            at=datetime.fromisoformat(at), position=int(position), block_hash=bytes.fromhex(digits)
        )


class FindingKind(StrEnum):
    """What is wrong; shown under this name."""

    ENTRY_CHANGED = "entry_changed"
    ENTRY_DELETED = "entry_deleted"
    ENTRY_INSERTED = "entry_inserted"
    """Its number lies below those that were chained long ago, and no block contains it."""
    BLOCK_CHANGED = "block_changed"
    BLOCK_MISSING = "block_missing"
    ANCHOR_DIFFERS = "anchor_differs"
    """The chain had another hash then: it was computed again, or its end was cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    Args:
        number: Of the entry (``seq``), or of the block.
    """

    kind: FindingKind
    number: int


def hash_entry(entry: LoggedEntry) -> bytes:
    """Return the SHA-256 of an entry, over a JSON array of its fields."""
    fields = [
        entry.seq,
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.action,
        str(entry.incident) if entry.incident else None,
        str(entry.work_order) if entry.work_order else None,
        entry.from_state,
        entry.to_state,
        entry.reason,
        entry.detail,
    ]
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def make_block(before: Block | None, entries: Sequence[LoggedEntry]) -> Block:
    """Return the next block of the chain."""
    position = before.position + 1 if before else 1
    seqs = tuple(entry.seq for entry in entries)
    hashes = tuple(hash_entry(entry) for entry in entries)
    previous = before.block_hash if before else FIRST
    return Block(
        position=position,
        seqs=seqs,
        entry_hashes=hashes,
        block_hash=hash_block(previous, position, seqs, hashes),
    )


def hash_block(
    previous: bytes, position: int, seqs: Iterable[int], entry_hashes: Iterable[bytes]
) -> bytes:
    """Return the SHA-256 of a block."""
    digest = hashlib.sha256(previous + position.to_bytes(8, "big"))
    for seq, entry_hash in zip(seqs, entry_hashes, strict=True):
        digest.update(seq.to_bytes(8, "big") + entry_hash)
    return digest.digest()


def check_block(before: Block | None, block: Block) -> Iterator[Finding]:
    """Check that a block follows the one before and was not changed."""
    expected = before.position + 1 if before else 1
    for missing in range(expected, block.position):
        yield Finding(kind=FindingKind.BLOCK_MISSING, number=missing)
    previous = before.block_hash if before else FIRST
    is_whole = len(block.seqs) == len(block.entry_hashes)
    if block.position != expected:
        return  # the hash before is unknown
    if not is_whole or block.block_hash != hash_block(
        previous, block.position, block.seqs, block.entry_hashes
    ):
        yield Finding(kind=FindingKind.BLOCK_CHANGED, number=block.position)


def check_entries(
    block: Block, stored: Iterable[LoggedEntry], *, may_be_deleted: bool = False
) -> Iterator[Finding]:
    """Check the entries of a block against those that are stored now.

    Args:
        may_be_deleted: Retention has deleted entries of this block.
    """
    hashes = {entry.seq: hash_entry(entry) for entry in stored}
    for seq, entry_hash in zip(block.seqs, block.entry_hashes, strict=False):
        if seq not in hashes:
            if not may_be_deleted:
                yield Finding(kind=FindingKind.ENTRY_DELETED, number=seq)
        elif hashes[seq] != entry_hash:
            yield Finding(kind=FindingKind.ENTRY_CHANGED, number=seq)
