"""Strangers and busy pages for `bench isolation`, in a process of their own.

Standard input holds one JSON object (``Attack``). A line is printed once the streams are open, and
another, with the counts, after standard input has closed.
"""

import asyncio
import os
import resource
import sys
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx
import msgspec

from gridwatch.demo.town import PASSWORD

RETRY_S = 5.0
NICENESS = 15
STREAMS_PER_ACCOUNT = 20
HALF_REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "


class Attack(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each kind there are at any time."""

    http_port: int
    broker_port: int
    streams: int = 500
    logins: int = 80
    half_open: int = 1100
    silent: int = 3000


class Attackers:
    """Keeps every kind at its number until cancelled."""

    def __init__(self, attack: Attack, http: httpx.AsyncClient) -> None:
        self._attack, self._http = attack, http
        self.counts: Counter[str] = Counter()

    async def open_streams(self, group: asyncio.TaskGroup) -> None:
        """Log in as many accounts as needed, and open their event streams."""
        wanted = self._attack.streams
        for number in range(-(-wanted // STREAMS_PER_ACCOUNT)):
            answer = await self._http.post("/v1/login", json=_login(account_name(number)))
            cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
            self._http.cookies.clear()
            head = f"GET /v1/events HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode()
            for _ in range(min(STREAMS_PER_ACCOUNT, wanted - number * STREAMS_PER_ACCOUNT)):
                group.create_task(self._hold("streams", self._attack.http_port, head))
        async with asyncio.timeout(60):
            while self.counts["streams_open"] < wanted:  # noqa: ASYNC110  # counted by tasks
                await asyncio.sleep(0.1)

    def start(self, group: asyncio.TaskGroup) -> None:
        """Start the strangers."""
        attack = self._attack
        for _ in range(attack.half_open):
            group.create_task(self._hold("half_open", attack.http_port, HALF_REQUEST))
        for _ in range(attack.silent):
            group.create_task(self._hold("silent", attack.broker_port, b""))
        for number in range(attack.logins):
            group.create_task(self._repeat(self._try_login, f"stranger-{number}"))

    async def _hold(self, kind: str, port: int, head: bytes) -> None:
        """Hold a connection open; open it again whenever it is closed."""
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                self.counts[f"{kind}_refused"] += 1
                await asyncio.sleep(RETRY_S)
                continue
            self.counts[f"{kind}_open"] += 1
            try:
                writer.write(head)
                while await reader.read(65_536):
                    pass
            except OSError:
                pass
            finally:
                self.counts[f"{kind}_open"] -= 1
                self.counts[f"{kind}_closed"] += 1
                writer.close()
            await asyncio.sleep(RETRY_S)

    async def _repeat(self, work: Callable[[str], Awaitable[None]], name: str) -> None:
        while True:
            try:
                await work(name)
            except httpx.HTTPError:
                self.counts["logins_failed"] += 1
                await asyncio.sleep(RETRY_S)

    async def _try_login(self, name: str) -> None:
        answer = await self._http.post("/v1/login", json=_login(name))
        self.counts[f"logins_{answer.status_code}"] += 1


def account_name(number: int) -> str:
    """Return the name of an account whose pages are open."""
    return f"PAGE-{number:02}"


def _login(name: str) -> dict[str, str]:
    return {"name": name, "password": PASSWORD}


async def run() -> None:
    """Attack until standard input closes, on a processor that the centre may take at any time.

    Strangers have machines of their own.
    """
    os.nice(NICENESS)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    attack = msgspec.json.decode(await reader.readline(), type=Attack)
    limits = httpx.Limits(max_connections=attack.logins + 10)
    async with (
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{attack.http_port}", limits=limits, timeout=30
        ) as http,
        asyncio.TaskGroup() as group,
    ):
        attackers = Attackers(attack, http)
        running = group.create_task(_attack(attackers))
        await reader.read()
        print(msgspec.json.encode(dict(attackers.counts)).decode(), flush=True)
        running.cancel()


async def _attack(attackers: Attackers) -> None:
    async with asyncio.TaskGroup() as group:
        await attackers.open_streams(group)
        attackers.start(group)
        print("ready", flush=True)


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(run())
