"""The shipped fake push service, in a thread beside the browser of a test."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

from api.notify.fakes.push_service import FakePushService

TIMEOUT_S = 60.0


@dataclass(slots=True)
class PushService:
    """A push service that receives what the centre sends to browsers, and decrypts it."""

    fake: FakePushService
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.fake.url

    def subscribe(self, public_key: str) -> dict[str, Any]:
        """Return the subscription of a browser for a centre with this key."""
        return self.fake.subscribe("phone", public_key=public_key)

    def next(self) -> dict[str, Any]:
        """Wait for the next message."""
        waiting = self.fake.next(TIMEOUT_S)
        message = asyncio.run_coroutine_threadsafe(waiting, self.loop).result()
        content: dict[str, Any] = message.content
        return content


@contextmanager
def run_push_service() -> Iterator[PushService]:
    """Run the fake in a thread of its own: the browser occupies that of the test."""
    services: list[PushService] = []
    started = Event()

    async def serve() -> None:
        async with FakePushService() as fake:
            services.append(PushService(fake, asyncio.get_running_loop()))
            started.set()
            await ended.wait()

    ended = asyncio.Event()
    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(asyncio.run, serve())
        started.wait(TIMEOUT_S)
        try:
            yield services[0]
        finally:
            services[0].loop.call_soon_threadsafe(ended.set)
            serving.result()
