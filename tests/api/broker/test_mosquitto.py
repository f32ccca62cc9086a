"""The files in deploy/mosquitto, on the real Mosquitto."""

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from pipeline.wire import Node
from pipeline.wire.signature import broker_password
from tests.api.alerts import ALERT_NODE, KEY
from tests.brokers import RunningBroker, mosquitto

DEPLOY = Path(__file__).parents[3] / "deploy" / "mosquitto"
SISTER, CHILD = Node("demo", "market", "node-2"), Node("demo", "market", "node-12")
LOGINS = {"central": "c", str(ALERT_NODE): broker_password(KEY), str(SISTER): "s"}
SITE_SPECIFIC = ("listener", "certfile", "keyfile", "tls_", "password_file", "acl_file", "#")


class MqttClient:
    """A client that records received topics and the results of its publishes."""

    def __init__(self, broker: RunningBroker, user: str) -> None:
        self.received: queue.Queue[str] = queue.Queue()
        self.results: queue.Queue[str] = queue.Queue()
        ready: queue.Queue[None] = queue.Queue()
        name = user.replace("/", ".")
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTv5)
        self.client.username_pw_set(user, LOGINS[user])
        self.client.on_message = lambda _c, _d, message: self.received.put(message.topic)
        self.client.on_publish = lambda _c, _d, _m, code, _p: self.results.put(str(code))
        self.client.on_subscribe = lambda *_: ready.put(None)
        self.client.connect("127.0.0.1", broker.port)
        self.client.subscribe("gw/v1/#", qos=1)
        self.client.loop_start()
        ready.get(timeout=10)

    def publish(self, topic: str) -> str:
        """Publish, and return the result that the broker reports."""
        self.client.publish(topic, b"{}", qos=1)
        return self.results.get(timeout=10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    lines = (DEPLOY / "mosquitto.conf").read_text("utf-8").splitlines()
    more = [line for line in lines if line and not line.startswith(SITE_SPECIFIC)]
    acl = (DEPLOY / "acl").read_text("utf-8")
    with mosquitto(tmp_path, LOGINS, acl=acl, more=more) as running:
        yield running


def test_a_node_publishes_below_its_own_prefix_to_the_centre(broker: RunningBroker) -> None:
    centre, node = MqttClient(broker, "central"), MqttClient(broker, str(ALERT_NODE))

    assert node.publish(ALERT_NODE.topic("up", "alert", "fall", "yard")) == "Success"
    assert centre.received.get(timeout=10) == ALERT_NODE.topic("up", "alert", "fall", "yard")
    assert centre.publish(ALERT_NODE.topic("down", "receipt")) == "Success"
    assert node.received.get(timeout=10) == ALERT_NODE.topic("down", "receipt")
    centre.close()
    node.close()


@pytest.mark.parametrize(
    "topic",
    [
        SISTER.topic("up", "status"),
        CHILD.topic("up", "status"),
        ALERT_NODE.topic("down", "config"),
        "gw/v1/_central/state",
    ],
)
def test_a_node_cannot_publish_elsewhere(broker: RunningBroker, topic: str) -> None:
    node = MqttClient(broker, str(ALERT_NODE))

    assert node.publish(topic) == "Not authorized"
    node.close()


def test_a_node_receives_only_its_own_messages(broker: RunningBroker) -> None:
    centre, node, sister = (
        MqttClient(broker, user) for user in ("central", str(ALERT_NODE), str(SISTER))
    )

    centre.publish(SISTER.topic("down", "config"))
    sister.publish(SISTER.topic("up", "health"))
    centre.publish(ALERT_NODE.topic("down", "config"))

    assert node.received.get(timeout=10) == ALERT_NODE.topic("down", "config")
    assert node.received.empty()
    for client in (centre, node, sister):
        client.close()
