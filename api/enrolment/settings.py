"""What the settings say about the broker: its certificate, and where nodes connect to."""

import socket
from datetime import datetime

from api.broker.client import BrokerAddress
from api.embedded.broker import BrokerTls
from api.enrolment.authority import Authority
from api.enrolment.enrolment import BrokerForNodes
from api.settings import CentralSettings

AUTHORITY_FOLDER = "authority"
WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104  # not bound here


def broker_tls(
    settings: CentralSettings, authority: Authority, *, now: datetime
) -> BrokerTls | None:
    """Return the certificate of the embedded broker; ``None`` without TLS."""
    if settings.broker_tls == "off":
        return None
    certificate, key = authority.server_files("broker", broker_names(settings), now=now)
    return BrokerTls(
        certificate=certificate,
        private_key=key,
        client_authority=authority.file,
        needs_certificate=settings.broker_tls == "mutual",
    )


def broker_names(settings: CentralSettings) -> tuple[str, ...]:
    """Return the names and addresses by which nodes may connect to the embedded broker."""
    host = () if settings.broker_host in WILDCARDS else (settings.broker_host,)
    names = (*settings.broker_names, *host, socket.gethostname(), "localhost", "127.0.0.1")
    return tuple(dict.fromkeys(names))


def broker_for_nodes(settings: CentralSettings) -> BrokerForNodes:
    """Return where nodes connect to."""
    if settings.broker_url is not None:
        address = BrokerAddress.parse(settings.broker_url, password="")
        return BrokerForNodes(host=address.host, port=address.port, tls=address.is_encrypted)
    return BrokerForNodes(
        host=next(iter(settings.broker_names), ""),
        port=settings.broker_port,
        tls=settings.broker_tls != "off",
    )
