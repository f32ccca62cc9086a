"""What the gate of the embedded broker lets through."""

import json
import queue
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import cast

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from api.embedded import gate
from api.embedded.broker import EmbeddedBroker
from api.embedded.mqtt_packets import PacketError, parse_connect, read_length
from tests.brokers import free_port

LOGINS = {"demo/market/node-1": "one", "demo/market/node-2": "two", "demo/market/node-12": "x"}
NODE, SISTER = "demo/market/node-1", "demo/market/node-2"


class MqttClient:
    """A client that records what it receives and why its connection ended."""

    def __init__(self, broker: EmbeddedBroker, user: str, client_id: str = "", **will: str) -> None:
        self.received: queue.Queue[str] = queue.Queue()
        self.ended: queue.Queue[str] = queue.Queue()
        self.connected: queue.Queue[str] = queue.Queue()
        self.subscribed: queue.Queue[None] = queue.Queue()
        self.published: queue.Queue[str] = queue.Queue()
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or user.replace("/", "."),
            protocol=MQTTv5,
            reconnect_on_failure=False,
        )
        password = {**LOGINS, "central": broker.password}[user]
        self.client.username_pw_set(user, password)
        if will:
            self.client.will_set(will["will"], b"{}", qos=1)
        self.client.on_connect = lambda _c, _d, _f, code, _p: self.connected.put(str(code))
        self.client.on_message = lambda _c, _d, message: self.received.put(message.topic)
        self.client.on_publish = lambda _c, _d, _m, code, _p: self.published.put(str(code))
        self.client.on_subscribe = lambda *_: self.subscribed.put(None)
        self.client.on_disconnect = lambda _c, _d, _f, code, _p: self.ended.put(str(code))
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        self.answer = self.connected.get(timeout=10)

    def subscribe(self, topic_filter: str) -> None:
        """Subscribe, and wait for the answer."""
        self.client.subscribe(topic_filter, qos=1)
        self.subscribed.get(timeout=10)

    def close(self) -> None:
        """Disconnect."""
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    folder = tmp_path_factory.mktemp("broker")
    with EmbeddedBroker(folder, host="127.0.0.1", port=free_port(), logins=LOGINS) as running:
        yield running


def test_a_node_and_the_centre_exchange_messages(broker: EmbeddedBroker) -> None:
    with (
        closing(MqttClient(broker, "central", "central.test")) as centre,
        closing(MqttClient(broker, NODE)) as node,
    ):
        centre.subscribe("gw/v1/+/+/+/up/#")
        node.subscribe(f"gw/v1/{NODE}/down/receipt")
        node.client.publish(f"gw/v1/{NODE}/up/alert/fall/yard", b"x" * 100_000, qos=1)
        assert centre.received.get(timeout=10) == f"gw/v1/{NODE}/up/alert/fall/yard"
        centre.client.publish(f"gw/v1/{NODE}/down/receipt", b"{}", qos=1)
        assert node.received.get(timeout=10) == f"gw/v1/{NODE}/down/receipt"


@pytest.mark.parametrize(
    "topic",
    [
        f"gw/v1/{SISTER}/up/status",
        f"gw/v1/{NODE}2/up/status",
        f"gw/v1/{NODE}/down/config",
        "gw/v1/_central/state",
    ],
)
def test_a_node_that_publishes_elsewhere_is_cut_off(broker: EmbeddedBroker, topic: str) -> None:
    with (
        closing(MqttClient(broker, "central", "central.test")) as centre,
        closing(MqttClient(broker, NODE)) as node,
        closing(MqttClient(broker, SISTER)) as sister,
    ):
        centre.subscribe("gw/v1/#")
        node.client.publish(topic, b"{}", qos=1)
        node.ended.get(timeout=10)
        sister.client.publish(f"gw/v1/{SISTER}/up/health", b"{}", qos=1)

        assert centre.received.get(timeout=10) == f"gw/v1/{SISTER}/up/health"


@pytest.mark.parametrize(
    "topic_filter",
    [
        "#",
        "gw/v1/#",
        f"gw/v1/{SISTER}/down/#",
        f"gw/v1/{NODE}/up/#",
        "gw/v1/demo/market/+/down/receipt",
        f"$share/a/gw/v1/{NODE}/down/#",
    ],
)
def test_a_node_that_reads_elsewhere_is_cut_off(broker: EmbeddedBroker, topic_filter: str) -> None:
    with closing(MqttClient(broker, NODE)) as node:
        node.client.subscribe([(f"gw/v1/{NODE}/down/receipt", 1), (topic_filter, 1)])

        node.ended.get(timeout=10)
        assert node.subscribed.empty()


def test_a_node_cannot_leave_a_will_in_the_name_of_another(broker: EmbeddedBroker) -> None:
    with closing(MqttClient(broker, NODE, will=f"gw/v1/{SISTER}/up/status")) as node:
        assert node.answer == "Not authorized"


def test_a_node_cannot_end_the_session_of_another(broker: EmbeddedBroker) -> None:
    with (
        closing(MqttClient(broker, SISTER)) as sister,
        closing(MqttClient(broker, NODE, SISTER.replace("/", "."))) as node,
    ):
        assert (node.answer, sister.ended.empty()) == ("Not authorized", True)


def test_a_revoked_node_is_cut_off_and_no_other(broker: EmbeddedBroker) -> None:
    try:
        with (
            closing(MqttClient(broker, NODE)) as node,
            closing(MqttClient(broker, SISTER)) as sister,
        ):
            broker.set_logins({SISTER: "two"})
            node.ended.get(timeout=10)
            with closing(MqttClient(broker, NODE)) as again:
                assert again.answer == "Bad user name or password"
            sister.client.publish(f"gw/v1/{SISTER}/up/health", b"{}", qos=1)
            assert sister.published.get(timeout=10) == "Success"
    finally:
        broker.set_logins(LOGINS)


def test_a_will_is_published_when_a_connection_breaks(broker: EmbeddedBroker) -> None:
    with closing(MqttClient(broker, "central", "central.test")) as centre:
        centre.subscribe("gw/v1/+/+/+/up/#")
        with closing(MqttClient(broker, NODE, will=f"gw/v1/{NODE}/up/status")) as node:
            sock = node.client.socket()
            assert sock is not None
            cast("socket.socket", sock).shutdown(socket.SHUT_RDWR)

            assert centre.received.get(timeout=10) == f"gw/v1/{NODE}/up/status"


def test_silent_connections_keep_nobody_out(broker: EmbeddedBroker) -> None:
    silent = [
        socket.create_connection(("127.0.0.1", broker.port))
        for _ in range(gate.MAX_SILENT_PER_ADDRESS + 50)
    ]
    try:
        with closing(MqttClient(broker, NODE)) as node:
            node.client.publish(f"gw/v1/{NODE}/up/health", b"{}", qos=1)
            assert node.published.get(timeout=5) == "Success"
        silent[0].settimeout(5)
        assert silent[0].recv(1) == b""  # the oldest gave way
    finally:
        for sock in silent:
            sock.close()


def test_a_node_has_a_few_connections_and_the_newest_stay(broker: EmbeddedBroker) -> None:
    clients = [MqttClient(broker, NODE, f"{NODE.replace('/', '.')}.{n}") for n in range(5)]
    try:
        clients[0].ended.get(timeout=10)
        assert [c.answer for c in clients] == ["Success"] * 5
        assert all(client.ended.empty() for client in clients[1:])
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x10\xff\xff\xff\xff\x01",
        b"\x10\xff\xff\x7f",
        b"\x10\x00",
        b"\x10\x0c\x00\x04MQTT\x04\xc2\x00\x00\x00\x00",
        bytes(100),
    ],
)
def test_what_is_no_connect_is_cut_off_and_counted(broker: EmbeddedBroker, data: bytes) -> None:
    before = broker.read_counts().get("malformed", 0)
    with socket.create_connection(("127.0.0.1", broker.port), timeout=10) as sock:
        sock.sendall(data)
        while sock.recv(1000):
            pass
    deadline = time.monotonic() + 10
    while broker.read_counts().get("malformed", 0) == before:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_connect_is_parsed_or_refused_however_it_is_cut() -> None:
    whole = b"\x00\x04MQTT\x05\xc6\x00\x14\x00\x00\x01a\x00\x00\x01t\x00\x01w\x00\x01u\x00\x01p"
    connect = parse_connect(whole)
    assert (connect.client_id, connect.user, connect.password) == ("a", "u", b"p")
    assert connect.will_topic == "t"
    for length in range(len(whole)):
        with pytest.raises(PacketError):
            parse_connect(whole[:length])
    assert read_length(b"\x80", 0) is None


def test_the_counts_are_written_as_json(broker: EmbeddedBroker) -> None:
    assert json.loads(json.dumps(broker.read_counts()))["connected"] >= 0
