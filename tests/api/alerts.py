"""Alert messages for the tests of the centre, signed as a node signs them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ingest.validation import IncomingMessage
from pipeline.alert import Change, CloseReason, make_alert_id
from pipeline.geometry.shapes import Box
from pipeline.signal import Level
from pipeline.text import Text
from pipeline.wire import (
    AlertData,
    AlertMessage,
    Clock,
    Location,
    Node,
    alert_topic,
    encode_alert,
    sign,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ALERT_NODE = Node("demo", "market", "box-1")
KEY = bytes(range(32))


def noon_plus(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def alert_message(
    name: str = "a",
    *,
    node: Node = ALERT_NODE,
    seq: int = 1,
    boot_id: str = "boot-1",
    rev: int = 1,
    change: Change = Change.OPENED,
    scenario: str = "crowd_gathering",
    camera: str = "north-gate",
    zone: str = "steps",
    level: Level = Level.MAJOR,
    score: float = 0.8,
    at: datetime = NOON,
    people: float = 9,
    location: Location | None = None,
) -> AlertMessage:
    """Return one revision of the alert ``name``; equal names are the same alert."""
    id_ = alert_id_of(name, node)
    is_over = change is Change.CLOSED
    return AlertMessage(
        id=f"{id_}:{rev}",
        source=f"/{node}",
        type=f"gridwatch.alert.{change}",  # type: ignore[arg-type]  # Change names the three
        subject=f"{scenario}/{camera}",
        time=at,
        bootid=boot_id,
        seq=seq,
        data=AlertData(
            alert_id=id_,
            rev=rev,
            scenario=scenario,
            scenario_rev=1,
            camera=camera,
            zone=zone,
            subject=None,
            level=level,
            score=score,
            opened_at=min(NOON, at),
            observed_at=at,
            closed_at=at if is_over else None,
            close_reason=CloseReason.CLEARED if is_over else None,
            measures={"people": people},
            message=Text(zh="九人聚集", en="nine people stand together"),
            explain=(),
            boxes=(Box(0.1, 0.2, 0.1, 0.3),),
            location=location,
            model=None,
            clock=Clock(offset_ms=0, uncertainty_ms=20, basis="system"),
            evidence=(),
            drill=False,
        ),
    )


def alert_id_of(name: str, node: Node = ALERT_NODE) -> UUID:
    return make_alert_id(f"{node}|{name}", NOON)


def signed_message(message: AlertMessage, *, key: bytes = KEY) -> IncomingMessage:
    """Return ``message`` as the centre receives it."""
    data = message.data
    topic = alert_topic(message.node, scenario=data.scenario, camera=data.camera)
    return signed_payload(topic, encode_alert(message), key=key)


def signed_payload(topic: str, payload: bytes, *, key: bytes = KEY) -> IncomingMessage:
    return IncomingMessage(topic=topic, payload=payload, signature=sign(key, topic, payload))


async def enroll(engine: AsyncEngine, node: Node = ALERT_NODE, key: bytes = KEY) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO node (name, key, enrolled_at) VALUES (:name, :key, :at)"),
            {"name": str(node), "key": key, "at": NOON},
        )
