"""The alert message: CloudEvents 1.0 in structured JSON.

Golden files in ``tests/golden`` hold this format; they are only ever added to.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from pipeline.alert import Alert, Change, CloseReason
from pipeline.errors import PipelineError, WireError
from pipeline.geometry.shapes import Box
from pipeline.ports import ModelId
from pipeline.signal import ExplainStep, Level
from pipeline.text import Text
from pipeline.wire.address import Node
from pipeline.wire.limits import (
    MAX_SENTENCE_LENGTH,
    Label,
    Name,
    Number,
    Offset,
    Ratio,
    Timestamp,
    check_number,
    check_text,
    check_times,
)
from pipeline.wire.snapshot_content import SnapshotContent

SCHEMA: Literal["gridwatch/alert/v1"] = "gridwatch/alert/v1"
CONTENT_TYPE = "application/cloudevents+json"
MAX_BYTES = 128 * 1024
"""A longer message is rejected undecoded: the largest real one, 300 boxes, has 20 kB."""

DECODING_ERRORS = (msgspec.MsgspecError, PipelineError, ValueError, RecursionError)
"""What decoding and checking a payload raises."""

Key = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Meta(ge=0, le=2**62)]
Ordinal = Annotated[int, Meta(ge=1, le=2**62)]


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Position of the camera, WGS-84 degrees."""

    lon: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The accuracy of the times in this message.

    Args:
        offset_ms: What to add to them, by ``basis``: positive where the node is behind.
        basis: How it was determined: ``centre`` and ``broker`` by comparison, ``ntp`` by a time
            server, ``system`` by the node's own clock, ``footage`` for recordings.
    """

    offset_ms: Offset
    uncertainty_ms: Offset
    basis: Literal["ntp", "broker", "system", "footage", "centre"]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or clip of the alert, named by its checksum; uploaded separately."""

    sha256: Sha256
    kind: Literal["snapshot", "clip"]
    media_type: Annotated[str, Meta(max_length=100)]
    bytes: Count
    redacted: bool
    status: Literal["pending", "uploaded", "shed"]


class AlertData(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an alert at one revision.

    Args:
        message: The reason, with the measures filled in; ``because`` on the wire.
        boxes: What to show in the newest snapshot of ``evidence``.
        drill: Whether it is a test alert; ``exercise`` on the wire.
        snapshot: What that snapshot shows; a node of the version before does not say.
    """

    alert_id: UUID
    rev: Ordinal
    scenario: Key
    scenario_rev: Ordinal
    camera: Name
    zone: Name
    subject: Ordinal | None
    level: Level
    score: Ratio
    opened_at: Timestamp
    observed_at: Timestamp
    closed_at: Timestamp | None
    close_reason: CloseReason | None
    measures: dict[Label, Number]
    message: Text = msgspec.field(name="because")
    explain: tuple[ExplainStep, ...]
    boxes: Annotated[tuple[Box, ...], Meta(max_length=1000)]
    location: Location | None
    model: ModelId | None
    clock: Clock
    evidence: tuple[Evidence, ...]
    drill: bool = msgspec.field(name="exercise")
    snapshot: SnapshotContent | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        """Check that times, numbers and texts are possible."""
        if (self.closed_at is None) != (self.close_reason is None):
            raise ValueError("closed_at and close_reason come together")
        if self.observed_at < self.opened_at:
            raise ValueError("observed before it was opened")
        if self.closed_at is not None and self.closed_at < self.opened_at:
            raise ValueError("closed before it was opened")
        for value in self.measures.values():
            check_number(value)
        for step in self.explain:
            check_number(step.value_in)
            check_number(step.value_out)
        if max(len(self.message.zh), len(self.message.en)) > MAX_SENTENCE_LENGTH:
            raise ValueError(f"because has more than {MAX_SENTENCE_LENGTH} characters")


class AlertMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope, by CloudEvents 1.0; its attribute names allow a-z and 0-9 only."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: Literal["gridwatch.alert.opened", "gridwatch.alert.updated", "gridwatch.alert.closed"]
    dataschema: Literal["gridwatch/alert/v1"] = SCHEMA
    subject: str
    time: Timestamp
    datacontenttype: Literal["application/json"] = "application/json"
    bootid: Name
    seq: Ordinal
    data: AlertData

    def __post_init__(self) -> None:
        """Check that the envelope agrees with its content."""
        if self.id != f"{self.data.alert_id}:{self.data.rev}":
            raise ValueError("id is not alert_id:rev")
        names = self.bootid, self.data.camera, self.data.zone, self.data.scenario
        if any(name.endswith("\n") for name in names):  # the $ of a pattern also matches before it
            raise ValueError("a name ends with a line feed")
        if (self.change is Change.CLOSED) != (self.data.closed_at is not None):
            raise ValueError("type and closed_at contradict each other")

    @property
    def times(self) -> tuple[datetime | None, ...]:
        """Every time in the message."""
        data = self.data
        snapshot = data.snapshot
        taken_at = None if isinstance(snapshot, msgspec.UnsetType) else snapshot.taken_at
        return self.time, data.opened_at, data.observed_at, data.closed_at, taken_at

    @property
    def change(self) -> Change:
        """The kind of this revision."""
        return Change(self.type.rpartition(".")[2])

    @property
    def node(self) -> Node:
        """The node that sent it."""
        return Node.parse(self.source)


def encode_alert(message: AlertMessage) -> bytes:
    """Encode an alert as JSON; equal messages give equal bytes."""
    return msgspec.json.encode(message)


def decode_alert(payload: bytes, *, now: datetime | None = None) -> AlertMessage:
    """Decode an alert; unknown fields are ignored.

    Args:
        now: If given, every time in the message must lie within ten years of it.

    Raises:
        WireError: The bytes are not JSON, a field is missing, or a value is impossible.
    """
    if len(payload) > MAX_BYTES:
        raise WireError(f"{len(payload)} bytes, more than {MAX_BYTES}")
    try:
        check_text(payload)
        message = msgspec.json.decode(payload, type=AlertMessage)
        check_times(message.times, now=now)
        _ = message.node
    except DECODING_ERRORS as error:
        raise WireError(str(error)) from None
    return message


def with_snapshot(
    message: AlertMessage,
    evidence: tuple[Evidence, ...],
    *,
    boxes: tuple[Box, ...],
    content: SnapshotContent | None,
) -> AlertMessage:
    """Return a message with this evidence and what its snapshot shows.

    Args:
        boxes: What to mark in the snapshot, for a centre of the version before.
        content: ``None`` if it is not known.
    """
    snapshot = msgspec.UNSET if content is None else content
    rounded = tuple(box.rounded() for box in boxes)
    data = msgspec.structs.replace(
        message.data, evidence=evidence, boxes=rounded, snapshot=snapshot
    )
    return msgspec.structs.replace(message, data=data)


def make_alert_message(
    alert: Alert,
    *,
    node: Node,
    boot_id: str,
    seq: int,
    clock: Clock,
    location: Location | None = None,
    model: ModelId | None = None,
    evidence: tuple[Evidence, ...] = (),
) -> AlertMessage:
    """Create the message of an alert."""
    data = AlertData(
        alert_id=alert.id,
        rev=alert.rev,
        scenario=alert.scenario,
        scenario_rev=alert.scenario_rev,
        camera=alert.camera,
        zone=alert.zone,
        subject=alert.subject,
        level=alert.level,
        score=round(alert.score, 4),
        opened_at=alert.opened_at,
        observed_at=alert.observed_at,
        closed_at=alert.closed_at,
        close_reason=alert.close_reason,
        measures={name: round(value, 4) for name, value in sorted(alert.measures.items())},
        message=alert.message,
        explain=alert.explain,
        boxes=tuple(box.rounded() for box in alert.boxes),
        location=location,
        model=model,
        clock=clock,
        evidence=evidence,
        drill=alert.drill,
    )
    return AlertMessage(
        id=f"{alert.id}:{alert.rev}",
        source=f"/{node}",
        type=f"gridwatch.alert.{alert.change}",  # type: ignore[arg-type]  # Change names the three
        subject=f"{alert.scenario}/{alert.camera}",
        time=alert.observed_at,
        bootid=boot_id,
        seq=seq,
        data=data,
    )
