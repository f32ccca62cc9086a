"""Signed reports of a node for the tests of the centre."""

from datetime import datetime

import msgspec

from api.fleet.report_parser import RawReport, ReportMessage
from pipeline.wire import (
    CameraState,
    DesiredConfig,
    Health,
    Node,
    ReportedConfig,
    Status,
    sign,
)
from pipeline.wire.node_messages import CameraHealth
from tests.api.alerts import ALERT_NODE, KEY, NOON


def signed_report(
    *below: str, message: ReportMessage, node: Node = ALERT_NODE, key: bytes = KEY
) -> RawReport:
    """Sign a report below the prefix of a node."""
    topic, payload = node.topic("up", *below), msgspec.json.encode(message)
    return RawReport(topic=topic, payload=payload, signature=sign(key, topic, payload))


def status_report(state: str = "online", *, boot_id: str = "boot-1") -> RawReport:
    message = Status(state=state, boot_id=boot_id, software="gridwatch 1")  # type: ignore[arg-type]
    return signed_report("status", message=message)


def camera_report(
    state: str = "online", *, since: datetime = NOON, name: str = "north-gate"
) -> RawReport:
    message = CameraState(state=state, since=since, reason="")  # type: ignore[arg-type]
    return signed_report("camera", name, message=message)


def health_report(
    *,
    at: datetime = NOON,
    rows: int = 0,
    oldest_s: float | None = None,
    camera: CameraHealth | None = None,
) -> RawReport:
    camera = camera or CameraHealth(fps_in=5.0, fps_inferred=1.2, lag_s=0.1, last_frame_age_s=0.2)
    health = Health(
        boot_id="boot-1",
        at=at,
        outbox_rows=rows,
        outbox_oldest_s=oldest_s,
        counters={"frames.north-gate": 1200.0},
        disk_free_mb=18000.0,
        cameras={"north-gate": camera},
    )
    return signed_report("health", message=health)


def config_report(rev: int, *, seen_rev: int | None = None, outcome: str = "success") -> RawReport:
    config = DesiredConfig.of(max(rev, 1), {"camera": []}).config
    message = ReportedConfig(
        rev=rev,
        sha256=None,
        seen_rev=rev if seen_rev is None else seen_rev,
        outcome=outcome,  # type: ignore[arg-type]
        config=config,
    )
    return signed_report("config", message=message)
