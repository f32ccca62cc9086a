"""Bytes → a report that we believe: what a box says beside its alerts, and is it so. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
from pipeline.wire.address import TOPIC_ROOT

ReportMessage = Status | CameraState | Health | ReportedConfig | Reply
REPORT_KINDS: Mapping[str, tuple[Callable[[bytes], ReportMessage], int]] = {
    "status": (lambda payload: decode_message(payload, Status), 0),
    "camera": (lambda payload: decode_message(payload, CameraState), 1),
    "health": (lambda payload: decode_message(payload, Health), 0),
    "config": (lambda payload: decode_message(payload, ReportedConfig), 0),
    "reply": (lambda payload: decode_message(payload, Reply), 1),
}
"""By the word behind ``up/``: what is said there, and how many names stand behind it."""
TOPIC_FILTERS = tuple(
    "/".join((TOPIC_ROOT, "+/+/+/up", kind, *"+" * n)) for kind, (_, n) in REPORT_KINDS.items()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReport:
    """A report as it came off the wire; the box has signed its last will beforehand."""

    topic: str
    payload: bytes
    signature: str = ""

    @property
    def kind(self) -> str:
        """The word behind ``up/``, or nothing where there is none of ours."""
        _, _, below = self.topic.partition("/up/")
        word = below.partition("/")[0]
        return word if word in REPORT_KINDS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReport:
    """A report that is whole, and from whom it says.

    Args:
        subject: The camera or the command it is about; empty where it is about the box.
    """

    node: Node
    subject: str
    message: ReportMessage


class UnsignedReportError(WireError):
    """A report is not signed by the box below whose prefix it came; nothing of it is believed."""


def parse_node(report: RawReport) -> Node:
    """Name the box whose topic it is.

    Raises:
        WireError: It is no box's topic for reports.
    """
    node, parts = parse_topic(report.topic)
    if parts[:1] != ("up",) or len(parts) < 2 or parts[1] not in REPORT_KINDS:
        raise WireError("the topic is no box's topic for reports")
    if len(parts) != 2 + REPORT_KINDS[parts[1]][1]:
        raise WireError("the topic has a wrong number of parts")
    return node


def parse_report(report: RawReport, node: Node, key: bytes | None) -> ParsedReport:
    """Read a report.

    Args:
        key: The box's own; ``None`` where it was never enrolled.

    Raises:
        UnsignedError: The box has not signed it, or may not speak at all.
        WireError: It says nothing that a box can say there.
    """
    if key is None:
        raise UnsignedReportError(f"{node} is not enrolled")
    if not verify_signature(key, report.topic, report.payload, report.signature):
        raise UnsignedReportError(f"the signature is not {node}'s")
    understand, names = REPORT_KINDS[report.kind]
    message = understand(report.payload)
    name = report.topic.rpartition("/")[2] if names else ""
    if isinstance(message, Reply) and message.id != name:
        raise WireError("the reply is to another command than its topic says")
    return ParsedReport(node=node, subject=name, message=message)
