"""A bare subscriber that acknowledges every message at once and counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.broker.client import BrokerAddress, Message, Session, open_session
from pipeline.wire import ALERT_FILTER

DEADLINE_S = 300


class MessageCounter:
    """Measures the time until a number of messages has arrived."""

    def __init__(self, messages: int) -> None:
        self._messages = messages
        self._n = 0
        self._began = 0.0
        self._ended = 0.0
        self._done = asyncio.Event()

    def take(self, by: Session, message: Message) -> None:
        """Acknowledge and count a message."""
        by.acknowledge((message.packet_id,))
        now = asyncio.get_running_loop().time()
        self._began = self._began or now
        self._n += 1
        if self._n == self._messages:
            self._ended = now
            self._done.set()

    async def seconds(self) -> float:
        """Wait for the last message; return the seconds since the first."""
        async with asyncio.timeout(DEADLINE_S):
            await self._done.wait()
        return self._ended - self._began


@asynccontextmanager
async def count_messages(broker: BrokerAddress, messages: int) -> AsyncIterator[MessageCounter]:
    """Subscribe and count until the block ends."""
    counter = MessageCounter(messages)
    async with open_session(
        broker, "central.bench", filters=[ALERT_FILTER], on_message=counter.take
    ):
        yield counter
