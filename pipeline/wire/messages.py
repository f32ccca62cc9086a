"""The small messages beside the alert: who is there, how it fares, what has arrived."""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from pipeline.errors import PipelineError, WireError
from pipeline.wire.alert import MAX_BYTES, Count, Moment, Name, Ordinal


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the centre keeps in quarantine; the edge must not send it again."""

    seq: Ordinal
    reason: Annotated[str, Meta(max_length=500)]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the centre has committed of one boot of one node.

    Args:
        acked_seq: All up to here; 0 for none in one piece.
        also: Further ones behind a hole.
    """

    boot_id: Name
    acked_seq: Count
    also: tuple[Ordinal, ...] = ()
    rejected: tuple[Rejection, ...] = ()


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Birth, farewell and last will of a node; a will of an older boot says nothing."""

    state: Literal["online", "offline", "stopped"]
    boot_id: Name
    software: str = ""


class CameraState(msgspec.Struct, frozen=True, kw_only=True):
    """How one camera fares, sent on change, retained."""

    state: Literal["online", "degraded", "offline", "ended"]
    since: Moment
    reason: str = ""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Counters of a node since its boot, each with its unit in the name."""

    boot_id: Name
    at: Moment
    outbox_rows: Count
    counters: dict[str, float]


Small = TypeVar("Small", Receipt, Status, CameraState, Health)


def write(message: Receipt | Status | CameraState | Health) -> bytes:
    """Write a small message as JSON."""
    return msgspec.json.encode(message)


def read(payload: bytes, kind: type[Small]) -> Small:
    """Read a small message of a known kind.

    Raises:
        WireError: The bytes are no such message.
    """
    if len(payload) > MAX_BYTES:
        raise WireError(f"{len(payload)} bytes, more than {MAX_BYTES}")
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.MsgspecError, PipelineError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(str(error)) from None
