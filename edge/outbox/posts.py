"""What an edge box publishes, signed and addressed; pure."""

from typing import Literal

from edge.outbox.mqtt import Login, Post
from edge.outbox.outbox import Row
from pipeline.wire import Node, Status, sign, write
from pipeline.wire.alert import CONTENT_TYPE
from pipeline.wire.signature import PROPERTY, broker_password


def login(node: Node, key: bytes) -> Login:
    """Make the broker's login from the node's address and key."""
    return Login(client_id=node.client_id, user=str(node), password=broker_password(key))


def alert_post(row: Row, key: bytes) -> Post:
    """Sign a row of the outbox; when it was decided travels beside the payload, not in it."""
    return Post(
        topic=row.topic,
        payload=row.payload,
        content_type=CONTENT_TYPE,
        properties={
            PROPERTY: sign(key, row.topic, row.payload),
            "decided_at": row.decided_at,
        },
    )


def report_post(key: bytes, topic: str, payload: bytes, *, retain: bool = True) -> Post:
    """Sign what a box tells beside its alerts; only what is retained is sure to arrive."""
    proof = {PROPERTY: sign(key, topic, payload)}
    return Post(topic=topic, payload=payload, qos=int(retain), retain=retain, properties=proof)


def status_post(
    node: Node,
    state: Literal["online", "offline", "stopped"],
    *,
    key: bytes,
    boot_id: str,
    software: str,
) -> Post:
    """Say hello, say goodbye, or leave the words for the broker to say, signed beforehand."""
    status = Status(state=state, boot_id=boot_id, software=software)
    return report_post(key, node.topic("up", "status"), write(status))
