"""Build the signed MQTT messages of a node, and its broker login; no input or output."""

from dataclasses import replace
from typing import Literal

from edge.outbox.mqtt import BrokerLogin, OutgoingMessage
from edge.outbox.outbox import OutboxRow
from pipeline.wire import Node, Status, encode_message, sign
from pipeline.wire.alert import CONTENT_TYPE
from pipeline.wire.signature import SIGNATURE_PROPERTY, broker_password


def broker_login(node: Node, key: bytes) -> BrokerLogin:
    """Derive the broker login from the node's address and key."""
    return BrokerLogin(client_id=node.client_id, user=str(node), password=broker_password(key))


def signed_alert(row: OutboxRow, key: bytes) -> OutgoingMessage:
    """Build the MQTT message of an outbox row; ``decided_at`` travels as a user property."""
    return OutgoingMessage(
        topic=row.topic,
        payload=row.payload,
        content_type=CONTENT_TYPE,
        properties={
            SIGNATURE_PROPERTY: sign(key, row.topic, row.payload),
            "decided_at": row.decided_at,
        },
    )


def signed_report(
    key: bytes, topic: str, payload: bytes, *, retain: bool = True
) -> OutgoingMessage:
    """Build the signed MQTT message of a report: QoS 1 if retained, else QoS 0."""
    properties = {SIGNATURE_PROPERTY: sign(key, topic, payload)}
    return OutgoingMessage(
        topic=topic, payload=payload, qos=int(retain), retain=retain, properties=properties
    )


def sign_again(message: OutgoingMessage, key: bytes) -> OutgoingMessage:
    """Return a report signed with the key that is valid now."""
    signature = sign(key, message.topic, message.payload)
    return replace(message, properties={SIGNATURE_PROPERTY: signature})


def signed_status(
    node: Node,
    state: Literal["online", "offline", "stopped"],
    *,
    key: bytes,
    boot_id: str,
    software: str,
) -> OutgoingMessage:
    """Build the signed status message; ``offline`` is the will that the broker publishes."""
    status = Status(state=state, boot_id=boot_id, software=software)
    return signed_report(key, node.topic("up", "status"), encode_message(status))
