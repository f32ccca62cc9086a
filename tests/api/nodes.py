"""A node on the broker for the tests of the centre: publishes messages, collects the answers."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from edge.outbox.mqtt import Broker, Connection, ConnectionEvent, IncomingMessage, OutgoingMessage
from edge.outbox.signed_messages import broker_login, signed_status
from pipeline.wire import (
    AlertMessage,
    Command,
    Node,
    Receipt,
    decode_message,
    encode_alert,
    sign,
    verify_signature,
)
from tests.api.alerts import ALERT_NODE, KEY, signed_message


class NodeClient:
    """One connection of one node."""

    def __init__(self, port: int, node: Node = ALERT_NODE, key: bytes = KEY) -> None:
        self.node, self.key = node, key
        self._receipts: queue.Queue[Receipt] = queue.Queue()
        self._commands: queue.Queue[Command] = queue.Queue()
        self.lost = threading.Event()
        self._connection = Connection(
            Broker(host="127.0.0.1", port=port),
            broker_login(node, key),
            will=signed_status(node, "offline", key=key, boot_id="boot-1", software=""),
            on_event=self._on_event,
        )

    def open(self) -> None:
        down = (("receipt",), ("command", "+"))
        self._connection.open(*(self.node.topic("down", *below) for below in down))

    def close(self) -> None:
        self._connection.close()

    def publish(self, *messages: AlertMessage) -> None:
        for message in messages:
            topic = signed_message(message).topic
            self.publish_raw(topic, encode_alert(message))

    def publish_raw(self, topic: str, payload: bytes, *, is_signed: bool = True) -> None:
        signature = sign(self.key, topic, payload) if is_signed else ""
        self._connection.publish(
            OutgoingMessage(topic=topic, payload=payload, properties={"sig": signature})
        )

    def send(self, message: OutgoingMessage) -> None:
        self._connection.publish(message)

    def next_receipt(self, timeout: float = 10) -> Receipt:
        return self._receipts.get(timeout=timeout)

    def next_command(self, timeout: float = 15) -> Command:
        return self._commands.get(timeout=timeout)

    def _on_event(self, event: ConnectionEvent) -> None:
        if not isinstance(event, IncomingMessage):
            return
        assert verify_signature(self.key, event.topic, event.payload, event.signature)
        if "/down/command/" in event.topic:
            self._commands.put(decode_message(event.payload, Command))
        else:
            self._receipts.put(decode_message(event.payload, Receipt))


@contextmanager
def connected_node(port: int, node: Node = ALERT_NODE, key: bytes = KEY) -> Iterator[NodeClient]:
    client = NodeClient(port, node, key)
    client.open()
    try:
        yield client
    finally:
        client.close()
