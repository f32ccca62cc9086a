"""Parse and authenticate the reports of nodes: status, camera, health, config, reply. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.quarantine.model import QuarantineCode
from pipeline.errors import WireError
from pipeline.wire import (
    CameraState,
    Health,
    Node,
    Reply,
    ReportedConfig,
    Status,
    decode_message,
    parse_topic,
    verify_signature,
)
from pipeline.wire.address import NAME_PATTERN, TOPIC_ROOT

ReportMessage = Status | CameraState | Health | ReportedConfig | Reply
REPORT_KINDS: Mapping[str, tuple[Callable[[bytes, datetime], ReportMessage], int]] = {
    "status": (lambda payload, now: decode_message(payload, Status, now=now), 0),
    "camera": (lambda payload, now: decode_message(payload, CameraState, now=now), 1),
    "health": (lambda payload, now: decode_message(payload, Health, now=now), 0),
    "config": (lambda payload, now: decode_message(payload, ReportedConfig, now=now), 0),
    "reply": (lambda payload, now: decode_message(payload, Reply, now=now), 1),
}
"""By the topic level after ``up/``: the decoder, and the number of levels that follow."""
TOPIC_FILTERS = tuple(
    "/".join((TOPIC_ROOT, "+/+/+/up", kind, *"+" * levels))
    for kind, (_, levels) in REPORT_KINDS.items()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReport:
    """A report as it arrived; a node signs its last will in advance."""

    topic: str
    payload: bytes
    signature: str = ""

    @property
    def kind(self) -> str:
        """The topic level after ``up/``; empty if it is not a kind of report."""
        _, _, below = self.topic.partition("/up/")
        kind = below.partition("/")[0]
        return kind if kind in REPORT_KINDS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReport:
    """A decoded report with a valid signature.

    Args:
        subject: The camera or command it is about; empty if it is about the node.
    """

    node: Node
    subject: str
    message: ReportMessage


class UnsignedReportError(WireError):
    """The node that the topic names has not signed the report.

    Args:
        code: Whether the node is unknown or the signature is wrong.
    """

    def __init__(self, code: QuarantineCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def parse_node(report: RawReport) -> Node:
    """Return the node that the topic names.

    Raises:
        WireError: The topic is not a report topic.
    """
    node, parts = parse_topic(report.topic)
    if parts[:1] != ("up",) or len(parts) < 2 or parts[1] not in REPORT_KINDS:
        raise WireError(f"{report.topic} is not a report topic")
    if len(parts) != 2 + REPORT_KINDS[parts[1]][1]:
        raise WireError("the topic has a wrong number of levels")
    if not all(NAME_PATTERN.fullmatch(part) for part in parts[2:]):
        raise WireError("a level of the topic is no name: use 1 to 64 of a-z, 0-9 and -")
    return node


def parse_report(
    report: RawReport, node: Node, key: bytes | None, *, now: datetime
) -> ParsedReport:
    """Check the signature of a report and decode it.

    Args:
        key: The key of the node; ``None`` if the node is not enrolled.
        now: The time at the centre; a report more than ten years from it is invalid.

    Raises:
        UnsignedReportError: The node is not enrolled, or the signature is not its own.
        WireError: The payload is invalid.
    """
    if key is None:
        raise UnsignedReportError(QuarantineCode.NOT_ENROLLED, f"{node} is not enrolled")
    if not verify_signature(key, report.topic, report.payload, report.signature):
        reason = f"the signature is not {node}'s"
        raise UnsignedReportError(QuarantineCode.INVALID_SIGNATURE, reason)
    decode, levels = REPORT_KINDS[report.kind]
    message = decode(report.payload, now)
    subject = report.topic.rpartition("/")[2] if levels else ""
    if isinstance(message, Reply) and message.id != subject:
        raise WireError("the reply answers another command than its topic names")
    return ParsedReport(node=node, subject=subject, message=message)
