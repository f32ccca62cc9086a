"""Check whether an MQTT broker accepts logins."""

from api.broker.client import BrokerAddress, open_session
from api.errors import BrokerError


async def can_log_in(host: str, port: int, *, user: str, password: str) -> bool:
    """Return whether the broker on ``host:port`` accepts a new login."""
    broker = BrokerAddress(host=connect_host(host), port=port, user=user, password=password)
    client_id = f"{user.replace('/', '.')}.probe"  # a user may use its own names only
    try:
        async with open_session(broker, client_id, on_message=lambda *_: None):
            return True
    except BrokerError:
        return False


def connect_host(listen_host: str) -> str:
    """Return the address to connect to for a server that listens on ``listen_host``."""
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # not bound here
    return loopback.get(listen_host, listen_host)
