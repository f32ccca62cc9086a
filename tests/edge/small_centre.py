"""A small centre: a real subscriber that stores in memory and sends receipts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from pipeline.wire import (
    INGEST_FILTER,
    AlertMessage,
    Command,
    DesiredConfig,
    Node,
    Receipt,
    Rejection,
    decode_alert,
    sign,
    verify_signature,
)
from pipeline.wire.node_messages import encode_message

Answer = Callable[[AlertMessage], str | None]
"""Returns a reason to reject a message, ``""`` to accept it, ``None`` to send no receipt."""


def accept(_: AlertMessage) -> str | None:
    return ""


@dataclass
class SmallCentre:
    """Collects the alerts in order, and the last report on each topic."""

    port: int
    password: str
    key: bytes
    answer: Answer = accept
    ahead: timedelta = timedelta(0)
    """How far the clock of the centre is ahead."""
    received: list[AlertMessage] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    properties: list[dict[str, str]] = field(default_factory=list)
    reports: dict[str, bytes] = field(default_factory=dict)
    forged: int = 0
    unsigned: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _client: Client | None = None
    _ready: threading.Event = field(default_factory=threading.Event)

    def wait(self, until: Callable[["SmallCentre"], bool], seconds: float = 20) -> None:
        """Wait until a condition holds for what was received."""
        with self._changed:
            assert self._changed.wait_for(lambda: until(self), seconds), "the condition never held"

    @property
    def pairs(self) -> list[tuple[bytes, AlertMessage]]:
        """Each payload with its decoded message."""
        return list(zip(self.payloads, self.received, strict=True))

    @property
    def revisions(self) -> set[str]:
        """Ids of all revisions received, without repetitions."""
        return {message.id for message in self.received}

    def now(self) -> datetime:
        """Return the time of the centre."""
        return datetime.now(UTC) + self.ahead  # noqa: TID251  # a centre has a clock

    def send(self, topic: str, payload: bytes, signature: str, *, retain: bool = False) -> None:
        assert self._client is not None
        _send(self._client, topic, payload, signature, retain=retain)

    def send_config(self, node: Node, desired: DesiredConfig) -> None:
        """Publish a configuration as the centre does."""
        topic, payload = node.topic("down", "config"), encode_message(desired)
        self.send(topic, payload, sign(self.key, topic, payload), retain=True)

    def send_command(self, node: Node, command: Command) -> None:
        """Publish a command as the centre does."""
        topic, payload = node.topic("down", "command", command.id), encode_message(command)
        self.send(topic, payload, sign(self.key, topic, payload))

    def connect(self) -> Client:
        self._client = client = Client(
            CallbackAPIVersion.VERSION2, client_id="central.ingest.1", protocol=MQTTv5
        )
        client.username_pw_set("central", self.password)
        client.max_inflight_messages_set(1000)
        client.on_message = self._on_message
        client.on_connect = lambda c, *_: c.subscribe(
            [
                (INGEST_FILTER, 1),
                ("gw/v1/+/+/+/up/status", 1),
                ("gw/v1/+/+/+/up/camera/+", 1),
                ("gw/v1/+/+/+/up/health", 0),
                ("gw/v1/+/+/+/up/config", 1),
                ("gw/v1/+/+/+/up/reply/+", 1),
            ]
        )
        client.on_subscribe = lambda *_: self._ready.set()
        client.reconnect_delay_set(1, 1)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        assert self._ready.wait(10)
        return client

    def _on_message(self, client: Client, _: object, message: MQTTMessage) -> None:
        with self._changed:
            if "/up/alert/" in message.topic:
                self._alert(client, message)
            else:
                self._report(message)
            self._changed.notify_all()

    def _report(self, message: MQTTMessage) -> None:
        payload = bytes(message.payload)
        signature = dict(getattr(message.properties, "UserProperty", [])).get("sig", "")
        self.unsigned += not verify_signature(self.key, message.topic, payload, signature)
        self.reports[message.topic] = payload

    def _alert(self, client: Client, message: MQTTMessage) -> None:
        payload = bytes(message.payload)
        properties = dict(getattr(message.properties, "UserProperty", []))
        if not verify_signature(self.key, message.topic, payload, properties.get("sig", "")):
            self.forged += 1
            return
        alert = decode_alert(payload)
        self.received.append(alert)
        self.payloads.append(payload)
        self.properties.append(properties)
        reason = self.answer(alert)
        if reason is not None:
            self._receipt(client, alert, reason)

    def _receipt(self, client: Client, alert: AlertMessage, reason: str) -> None:
        also = () if reason else (alert.seq,)
        rejected = (Rejection(seq=alert.seq, reason=reason),) if reason else ()
        receipt = Receipt(
            boot_id=alert.bootid, acked_seq=0, also=also, rejected=rejected, at=self.now()
        )
        topic, payload = alert.node.topic("down", "receipt"), encode_message(receipt)
        _send(client, topic, payload, sign(self.key, topic, payload))


def _send(
    client: Client, topic: str, payload: bytes, signature: str, *, retain: bool = False
) -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # theirs
    properties.UserProperty = [("sig", signature)]
    client.publish(topic, payload, qos=1, retain=retain, properties=properties)


@contextmanager
def small_centre(
    port: int,
    password: str,
    key: bytes,
    *,
    answer: Answer = accept,
    ahead: timedelta = timedelta(0),
) -> Iterator[SmallCentre]:
    """Run a small centre until the block ends."""
    centre = SmallCentre(port, password, key, answer, ahead)
    client = centre.connect()
    try:
        yield centre
    finally:
        client.disconnect()
        client.loop_stop()
