"""Reports for the tests of the centre, made and signed as a box would."""

from datetime import datetime

import msgspec

from api.fleet.report_parser import RawReport
from pipeline.wire import (
    CameraState,
    DesiredConfig,
    Health,
    Node,
    Reply,
    ReportedConfig,
    Status,
    sign,
)
from pipeline.wire.messages import CameraHealth
from tests.api.alerts import ALERT_NODE, KEY, NOON

Sayable = Status | CameraState | Health | ReportedConfig | Reply


def report(*below: str, says: Sayable, node: Node = ALERT_NODE, key: bytes = KEY) -> RawReport:
    """Sign what a box says below its own prefix."""
    topic, payload = node.topic("up", *below), msgspec.json.encode(says)
    return RawReport(topic=topic, payload=payload, signature=sign(key, topic, payload))


def a_status(state: str = "online", *, boot_id: str = "boot-1") -> RawReport:
    says = Status(state=state, boot_id=boot_id, software="gridwatch 1")  # type: ignore[arg-type]
    return report("status", says=says)


def a_camera(
    state: str = "online", *, since: datetime = NOON, name: str = "north-gate"
) -> RawReport:
    says = CameraState(state=state, since=since, reason="")  # type: ignore[arg-type]
    return report("camera", name, says=says)


def a_health(*, at: datetime = NOON, rows: int = 0, oldest_s: float | None = None) -> RawReport:
    camera = CameraHealth(fps_in=5.0, fps_inferred=1.2, lag_s=0.1, last_frame_age_s=0.2)
    health = Health(
        boot_id="boot-1",
        at=at,
        outbox_rows=rows,
        outbox_oldest_s=oldest_s,
        counters={"frames.north-gate": 1200.0},
        disk_free_mb=18000.0,
        cameras={"north-gate": camera},
    )
    return report("health", says=health)


def a_reported(rev: int, *, seen_rev: int | None = None, outcome: str = "success") -> RawReport:
    config = DesiredConfig.of(max(rev, 1), {"camera": []}).config
    says = ReportedConfig(
        rev=rev,
        sha256=None,
        seen_rev=rev if seen_rev is None else seen_rev,
        outcome=outcome,  # type: ignore[arg-type]
        config=config,
    )
    return report("config", says=says)
