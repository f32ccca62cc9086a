"""TLS at the gate: the broker's certificate, and those of nodes."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.embedded.broker import BrokerTls, EmbeddedBroker
from api.enrolment.authority import Authority
from api.wiring import now
from edge.enrolment.key_exchange import KeyExchange
from edge.errors import BrokerError, BrokerRefusedError
from edge.outbox.mqtt import Broker, BrokerLogin, Connection, OutgoingMessage
from pipeline.wire import Node
from tests.brokers import free_port

NODE, SISTER = Node("demo", "market", "node-1"), Node("demo", "market", "node-2")


class Site:
    """A broker with TLS, and the files of its nodes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority.open(folder / "authority", now=now())
        certificate, key = self.authority.server_files("broker", ["127.0.0.1"], now=now())
        self.broker = EmbeddedBroker(
            folder / "broker",
            host="127.0.0.1",
            port=free_port(),
            logins={str(node): "secret" for node in (NODE, SISTER)},
            tls=BrokerTls(
                certificate=certificate,
                private_key=key,
                client_authority=self.authority.file,
                needs_certificate=True,
            ),
        )

    def certificate_of(self, node: Node) -> tuple[Path, Path]:
        exchange = KeyExchange.create()
        pem = KeyExchange.request(exchange).decode().split('"certificate_request":"')[1]
        request = pem.partition('"')[0].replace("\\n", "\n")
        certificate, key = self.folder / f"{node.name}.crt", self.folder / f"{node.name}.key"
        certificate.write_text(self.authority.sign_node(request, node, now=now()))
        key.write_text(exchange.certificate_key_pem)
        return certificate, key

    def connect(self, node: Node, **files: Path) -> None:
        address = Broker(host="127.0.0.1", port=self.broker.port, tls=True, **files)
        login = BrokerLogin(client_id=node.client_id, user=str(node), password="secret")
        will = OutgoingMessage(topic=node.topic("up", "status"), payload=b"{}")
        connection = Connection(address, login, will=will, on_event=lambda _: None)
        connection.open(node.topic("down", "receipt"))
        connection.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    with site.broker:
        yield site


def test_a_node_connects_with_its_certificate(site: Site) -> None:
    certificate, key = site.certificate_of(NODE)

    site.connect(NODE, ca=site.authority.file, certificate=certificate, certificate_key=key)


def test_a_node_without_a_certificate_is_refused(site: Site) -> None:
    with pytest.raises(BrokerRefusedError):
        site.connect(NODE, ca=site.authority.file)


def test_a_node_with_the_certificate_of_another_is_refused(site: Site) -> None:
    certificate, key = site.certificate_of(SISTER)

    with pytest.raises(BrokerRefusedError):
        site.connect(NODE, ca=site.authority.file, certificate=certificate, certificate_key=key)


def test_a_certificate_of_another_authority_is_refused(site: Site, tmp_path: Path) -> None:
    stranger = Site(tmp_path)
    certificate, key = stranger.certificate_of(NODE)

    with pytest.raises(BrokerError):
        site.connect(NODE, ca=site.authority.file, certificate=certificate, certificate_key=key)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a socket of paho
def test_a_node_trusts_no_other_broker(site: Site, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="certificate"):
        site.connect(NODE, ca=Site(tmp_path).authority.file)


def test_the_centre_finds_the_broker_healthy(site: Site) -> None:
    assert asyncio.run(site.broker.is_healthy())


def test_a_server_certificate_is_kept_while_its_names_stay(site: Site) -> None:
    file, _ = site.authority.server_files("other", ["a.example"], now=now())
    first = file.read_bytes()
    site.authority.server_files("other", ["a.example"], now=now())
    assert file.read_bytes() == first
    site.authority.server_files("other", ["a.example", "10.0.0.1"], now=now())
    assert file.read_bytes() != first
    assert ssl.create_default_context(cafile=site.authority.file).get_ca_certs()
