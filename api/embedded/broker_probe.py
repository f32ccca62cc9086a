"""Knock at a broker: one log-in, to see whether it still lets anyone in."""

from api.broker.client import BrokerAddress, session
from api.errors import BrokerError

CLIENT_ID = "central.probe"


async def knock(host: str, port: int, *, user: str, password: str) -> bool:
    """Log in and leave; ``False`` for anything but a welcome."""
    broker = BrokerAddress(host=reachable(host), port=port, user=user, password=password)
    try:
        async with session(broker, CLIENT_ID, take=lambda *_: None):
            return True
    except BrokerError:
        return False


def reachable(host: str) -> str:
    """Where to reach a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here
