"""Knock at a broker: one log-in, to see whether it still lets anyone in."""

from api.broker.client import BrokerAddress, open_session
from api.errors import BrokerError

CLIENT_ID = "central.probe"


async def can_log_in(host: str, port: int, *, user: str, password: str) -> bool:
    """Log in and leave; ``False`` for anything but a welcome."""
    broker = BrokerAddress(host=connect_host(host), port=port, user=user, password=password)
    try:
        async with open_session(broker, CLIENT_ID, on_message=lambda *_: None):
            return True
    except BrokerError:
        return False


def connect_host(host: str) -> str:
    """Where to reach a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here
