"""The message contract: all that an edge box and the centre share.

``address`` says who and where, ``alert``, ``messages``, ``config`` and ``command`` what,
``signature`` that it is true.
"""

from pipeline.wire.address import ALERT_FILTER, INGEST_FILTER, Node, alert_topic, parse_topic
from pipeline.wire.alert import AlertData, AlertMessage, Clock, Evidence, Location, decode, encode
from pipeline.wire.command import Command, CommandKind, Reply, TestStep
from pipeline.wire.config import DesiredConfig, Refusal, ReportedConfig
from pipeline.wire.messages import (
    CameraHealth,
    CameraState,
    Health,
    Receipt,
    Rejection,
    Status,
    read,
    write,
)
from pipeline.wire.signature import is_signed, sign

__all__ = [
    "ALERT_FILTER",
    "INGEST_FILTER",
    "AlertData",
    "AlertMessage",
    "CameraHealth",
    "CameraState",
    "Clock",
    "Command",
    "CommandKind",
    "DesiredConfig",
    "Evidence",
    "Health",
    "Location",
    "Node",
    "Receipt",
    "Refusal",
    "Rejection",
    "Reply",
    "ReportedConfig",
    "Status",
    "TestStep",
    "alert_topic",
    "decode",
    "encode",
    "is_signed",
    "parse_topic",
    "read",
    "sign",
    "write",
]
