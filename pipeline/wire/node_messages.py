"""Receipts, status, camera state and health."""

from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from pipeline.errors import WireError
from pipeline.wire.alert import (
    DECODING_ERRORS,
    MAX_BYTES,
    Clock,
    Count,
    Ordinal,
)
from pipeline.wire.command import Command, Reply
from pipeline.wire.config import DesiredConfig, ReportedConfig
from pipeline.wire.limits import (
    Amount,
    Duration,
    Label,
    Name,
    Number,
    Ratio,
    Sentence,
    SignedDuration,
    Timestamp,
    check_json,
    check_text,
    check_times,
)


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A message in quarantine at the centre; the node must not send it again."""

    seq: Ordinal
    reason: Annotated[str, Meta(max_length=500)]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one boot of a node that the centre has committed.

    Args:
        acked_seq: Everything up to this number; 0 for nothing.
        also: Further numbers, after a gap.
        at: When it was sent, by the clock of the centre; the node compares its own clock with it.
    """

    boot_id: Name
    acked_seq: Count
    also: tuple[Ordinal, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    at: Timestamp | msgspec.UnsetType = msgspec.UNSET

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """Every time in the message."""
        return () if isinstance(self.at, msgspec.UnsetType) else (self.at,)


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Birth, farewell and last will of a node; the will of an earlier boot is ignored."""

    state: Literal["online", "offline", "stopped"]
    boot_id: Name
    software: Label = ""


class CameraState(msgspec.Struct, frozen=True, kw_only=True):
    """State of a camera, sent on change, retained; ``disabled`` if it is not to run."""

    state: Literal["online", "degraded", "offline", "ended", "disabled"]
    since: Timestamp
    reason: Sentence = ""

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """Every time in the message."""
        return (self.since,)


class CameraHealth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Health of a camera since the last health message; unknown values are omitted.

    Args:
        fps_in: Frames per second that were processed.
        fps_inferred: Frames per second with an inference.
        gate_ratio: Share of frames without an inference.
        lag_s: Time from the capture of the last frame to the end of its processing.
        last_frame_age_s: Time since then.
        reconnects: Reconnects since the boot.
        drill_confirmed_at: When the centre last confirmed a drill; ``proven_at`` on the wire.
        drill_overdue: Whether that is too long ago, so that the path to the centre may be broken;
            ``unproven`` on the wire.
        moving_objects: Objects that moved in the last hour.
        unexplained_share: Share of them that the detector did not see.
        blind_cause: Why it misses most of them, probably; empty unless it does.
        unexplained_by_hour: The share for each hour of the day in UTC, ``00`` to ``23``.
        learning_zones: Zones whose pixel scenarios cannot see yet, with the share known.
    """

    fps_in: Amount | None = None
    fps_inferred: Amount | None = None
    gate_ratio: Ratio | None = None
    lag_s: SignedDuration | None = None
    last_frame_age_s: Duration | None = None
    reconnects: Count = 0
    drill_confirmed_at: Timestamp | None = msgspec.field(default=None, name="proven_at")
    drill_overdue: bool = msgspec.field(default=False, name="unproven")
    moving_objects: Count = 0
    unexplained_share: Ratio | None = None
    blind_cause: Label = ""
    unexplained_by_hour: dict[Name, Ratio] = {}
    learning_zones: dict[Name, Ratio] = {}


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Health of a node, and its counters since the boot, with the unit in the name.

    Args:
        outbox_oldest_s: Age of the oldest row; ``None`` for an empty outbox.
        upload_files: Pictures and clips that wait for their upload.
        disk_free_mb: Free space of the data folder, in units of 10^6 bytes.
        temperature_c: The highest temperature that can be read.
        clock: Accuracy of the clock of the node.
        config_rev: The applied revision; 0 for its own ``edge.toml``.
        cameras: By name.
    """

    boot_id: Name
    at: Timestamp
    outbox_rows: Count
    counters: dict[Label, Number]
    outbox_oldest_s: Duration | None = None
    upload_files: Count | None = None
    disk_free_mb: Amount | None = None
    temperature_c: Number | None = None
    clock: Clock | None = None
    config_rev: Count = 0
    cameras: dict[Name, CameraHealth] = {}

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """Every time in the message."""
        return self.at, *(camera.drill_confirmed_at for camera in self.cameras.values())


Message = TypeVar(
    "Message", Receipt, Status, CameraState, Health, DesiredConfig, ReportedConfig, Command, Reply
)


HAVE_TIMES = (Receipt, CameraState, Health, Command, Reply)


def encode_message(message: Message) -> bytes:
    """Encode a message as JSON."""
    return msgspec.json.encode(message)


def decode_message(payload: bytes, kind: type[Message], *, now: datetime | None = None) -> Message:
    """Decode a message of a known type.

    Args:
        now: If given, every time in the message must lie within ten years of it.

    Raises:
        WireError: The bytes are not such a message.
    """
    if len(payload) > MAX_BYTES:
        raise WireError(f"{len(payload)} bytes, more than {MAX_BYTES}")
    try:
        check_text(payload)
        message = msgspec.json.decode(payload, type=kind)
        if isinstance(message, ReportedConfig):
            check_json(msgspec.json.decode(message.config))
        elif isinstance(message, HAVE_TIMES):
            check_times(message.times, now=now)
    except DECODING_ERRORS as error:
        raise WireError(str(error)) from None
    return message
