"""The message contract: all that a node and the centre share.

See ``README.md`` for the modules.
"""

from pipeline.wire.address import ALERT_FILTER, INGEST_FILTER, Node, alert_topic, parse_topic
from pipeline.wire.alert import (
    AlertData,
    AlertMessage,
    Clock,
    Evidence,
    Location,
    decode_alert,
    encode_alert,
)
from pipeline.wire.command import Command, CommandKind, Reply, TestStep
from pipeline.wire.config import ConfigRejection, DesiredConfig, ReportedConfig
from pipeline.wire.display_names import CameraNames, NodeNames
from pipeline.wire.failure_reason import Reason, ReasonCode
from pipeline.wire.node_messages import (
    CameraHealth,
    CameraState,
    Health,
    Receipt,
    Rejection,
    Status,
    decode_message,
    encode_message,
)
from pipeline.wire.signature import sign, verify_signature
from pipeline.wire.snapshot_content import SnapshotContent, SnapshotObject, SnapshotZone

__all__ = [
    "ALERT_FILTER",
    "INGEST_FILTER",
    "AlertData",
    "AlertMessage",
    "CameraHealth",
    "CameraNames",
    "CameraState",
    "Clock",
    "Command",
    "CommandKind",
    "ConfigRejection",
    "DesiredConfig",
    "Evidence",
    "Health",
    "Location",
    "Node",
    "NodeNames",
    "Reason",
    "ReasonCode",
    "Receipt",
    "Rejection",
    "Reply",
    "ReportedConfig",
    "SnapshotContent",
    "SnapshotObject",
    "SnapshotZone",
    "Status",
    "TestStep",
    "alert_topic",
    "decode_alert",
    "decode_message",
    "encode_alert",
    "encode_message",
    "parse_topic",
    "sign",
    "verify_signature",
]
