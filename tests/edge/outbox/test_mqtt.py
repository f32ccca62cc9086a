"""TLS to the broker: the right certificate authority is accepted, a wrong one is not."""

from pathlib import Path

import pytest

from edge.errors import BrokerError, BrokerRefusedError
from edge.outbox.mqtt import Broker, Connection, OutgoingMessage
from edge.outbox.signed_messages import broker_login
from tests.brokers import mosquitto
from tests.edge.certificates import make_certificate
from tests.edge.nodes import KEY, LOGINS, NODE


def make_connection(port: int, ca: Path) -> Connection:
    broker = Broker(host="127.0.0.1", port=port, tls=True, ca=ca)
    will = OutgoingMessage(topic=NODE.topic("up", "status"), payload=b"{}")
    return Connection(broker, broker_login(NODE, KEY), will=will, on_event=lambda _: None)


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_checks_the_certificate_of_the_broker(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "broker")
    other, _ = make_certificate(tmp_path, "other")
    (tmp_path / "no.pem").write_text("no certificate")
    lines = [f"certfile {certificate}", f"keyfile {key}"]
    with mosquitto(tmp_path, LOGINS, more=lines) as broker:
        connection = make_connection(broker.port, certificate)
        connection.open()
        connection.close()

        with pytest.raises(BrokerError, match="certificate verify failed"):
            make_connection(broker.port, other).open()
        with pytest.raises(BrokerRefusedError, match=r"no\.pem is not a certificate authority"):
            make_connection(broker.port, tmp_path / "no.pem")
