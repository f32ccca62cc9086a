"""The small messages beside the alert: who is there, how it fares, what has arrived."""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from pipeline.errors import PipelineError, WireError
from pipeline.wire.alert import MAX_BYTES, Clock, Count, Name, Ordinal, Ratio, Timestamp
from pipeline.wire.command import Command, Reply
from pipeline.wire.config import DesiredConfig, ReportedConfig

Amount = Annotated[float, Meta(ge=0)]


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the centre keeps in quarantine; the edge must not send it again."""

    seq: Ordinal
    reason: Annotated[str, Meta(max_length=500)]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the centre has committed of one boot of one node.

    Args:
        acked_seq: All up to here; 0 for none in one piece.
        also: Further ones behind a hole.
        at: When it was sent, by the centre's clock: a box learns from it how far off its own is.
    """

    boot_id: Name
    acked_seq: Count
    also: tuple[Ordinal, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    at: Timestamp | msgspec.UnsetType = msgspec.UNSET


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Birth, farewell and last will of a node; a will of an older boot says nothing."""

    state: Literal["online", "offline", "stopped"]
    boot_id: Name
    software: str = ""


class CameraState(msgspec.Struct, frozen=True, kw_only=True):
    """How one camera fares, sent on change, retained; ``disabled`` is one that is not to run."""

    state: Literal["online", "degraded", "offline", "ended", "disabled"]
    since: Timestamp
    reason: str = ""


class CameraHealth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one camera does, over the time since the last health; what is not known is left out.

    Args:
        fps_in: Pictures a second that were looked at.
        fps_inferred: Pictures a second that the model was asked about.
        gate_ratio: Part of the pictures that needed no model.
        lag_s: Seconds from a picture's time to when it had been looked at; the last one.
        last_frame_age_s: Seconds since that.
        reconnects: Times that it was called again since the boot.
        drill_confirmed_at: When the centre last confirmed an exercise alert of it.
        drill_overdue: Whether that is too long ago: the way to the centre may be broken.
    """

    fps_in: Amount | None = None
    fps_inferred: Amount | None = None
    gate_ratio: Ratio | None = None
    lag_s: float | None = None
    last_frame_age_s: Amount | None = None
    reconnects: Count = 0
    drill_confirmed_at: Timestamp | None = msgspec.field(default=None, name="proven_at")
    drill_overdue: bool = msgspec.field(default=False, name="unproven")


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a node does, and its counters since its boot, each with its unit in the name.

    Args:
        outbox_oldest_s: How long the oldest row has waited; ``None`` for an empty outbox.
        upload_files: Pictures and clips that wait.
        disk_free_mb: Of the disk with the data folder, in units of 10^6 bytes.
        temperature_c: The hottest part that can be read.
        clock: How far the box's clock is off.
        config_rev: What it obeys; 0 for its own ``edge.toml``.
        cameras: By name.
    """

    boot_id: Name
    at: Timestamp
    outbox_rows: Count
    counters: dict[str, float]
    outbox_oldest_s: Amount | None = None
    upload_files: Count | None = None
    disk_free_mb: Amount | None = None
    temperature_c: float | None = None
    clock: Clock | None = None
    config_rev: Count = 0
    cameras: dict[Name, CameraHealth] = {}


Small = TypeVar(
    "Small", Receipt, Status, CameraState, Health, DesiredConfig, ReportedConfig, Command, Reply
)


def encode_message(message: Small) -> bytes:
    """Write a small message as JSON."""
    return msgspec.json.encode(message)


def decode_message(payload: bytes, kind: type[Small]) -> Small:
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
