"""Valid alert messages made from a number: equal numbers give equal messages."""

from datetime import UTC, datetime, timedelta

from pipeline.alert import Alert, Change, CloseReason, make_alert_id
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import AlertMessage, Clock, Evidence, Location, Node
from pipeline.wire.alert import make_alert_message

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NODE = Node("demo", "market", "box-1")


def make_alert(
    number: int = 1,
    *,
    change: Change = Change.OPENED,
    rev: int = 1,
    camera: str = "north-gate",
    level: Level = Level.MAJOR,
    exercise: bool = False,
) -> Alert:
    opened_at = NOON + timedelta(seconds=number)
    closed = change is Change.CLOSED
    return Alert(
        id=make_alert_id(f"{number}", opened_at),
        rev=rev,
        change=change,
        scenario="crowd_gathering",
        scenario_rev=1,
        camera=camera,
        zone="steps",
        subject=None,
        level=level,
        score=0.8,
        opened_at=opened_at,
        observed_at=opened_at + timedelta(seconds=rev),
        closed_at=opened_at + timedelta(seconds=rev) if closed else None,
        close_reason=CloseReason.CLEARED if closed else None,
        measures={"people": float(8 + number % 5)},
        message=Text(zh=f"{8 + number % 5} 人聚集", en=f"{8 + number % 5} people"),
        boxes=tuple(Box(0.05 + i / 20, 0.5, 0.03, 0.1) for i in range(8)),
        drill=exercise,
    )


def make_message(
    number: int = 1,
    *,
    change: Change = Change.OPENED,
    rev: int = 1,
    camera: str = "north-gate",
    level: Level = Level.MAJOR,
    exercise: bool = False,
    node: Node = NODE,
    evidence: tuple[Evidence, ...] = (),
) -> AlertMessage:
    return make_alert_message(
        make_alert(number, change=change, rev=rev, camera=camera, level=level, exercise=exercise),
        node=node,
        boot_id="unnumbered",
        seq=1,
        clock=Clock(offset_ms=0, uncertainty_ms=0, basis="footage"),
        location=Location(lon=104.05, lat=30.64),
        evidence=evidence,
    )
