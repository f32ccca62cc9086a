"""Measure the requests of pages on a real centre that has stored a year of incidents.

The kinds take turns, so that the load of the machine meets all of them; one request at a time.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import numpy as np

from api import wiring
from api.settings import CentralSettings
from gridwatch.benchmarks.lists.fill import count_incidents, fill_database
from gridwatch.benchmarks.lists.requests import ACCOUNTS, LIST, RequestKind, request_kinds
from gridwatch.demo.centre_client import free_port
from gridwatch.demo.processes import ChildProcess
from gridwatch.demo.town import PASSWORD
from gridwatch.errors import BenchError

READY_TIMEOUT_S = 600.0
"""A centre of the version before has to create indexes first."""
POLL_EVERY_S = 0.2
PAGES = 4
"""Pages of a list that are read in turn."""
IDS = 50


class KindFigures(msgspec.Struct, frozen=True):
    """The figures of one kind of request, in milliseconds seen by the client."""

    p50_ms: float
    p99_ms: float
    kbytes: float


class Figures(msgspec.Struct, frozen=True):
    """The output of ``gridwatch bench lists``.

    Args:
        start_s: Until the centre answered.
    """

    incidents: int
    rounds: int
    start_s: float
    kinds: dict[str, KindFigures]


async def prepare_data(
    data: Path, incidents: int, *, now: Callable[[], datetime], report: Callable[[str], None]
) -> None:
    """Fill the database of a data folder, unless it holds incidents already.

    Raises:
        BenchError: It holds another number of incidents.
    """
    async with wiring.open_database(CentralSettings.load(data=data)) as engine:
        stored = await count_incidents(engine)
        if stored == 0:
            await fill_database(engine, incidents, now=now(), report=report)
        elif stored < incidents:
            raise BenchError(f"{data} holds {stored} incidents: choose an empty folder")


def measure_lists(data: Path, *, rounds: int, seed: int, report: Callable[[str], None]) -> Figures:
    """Start a centre on a filled data folder and measure every kind of request.

    Raises:
        BenchError: A request fails.
        DemoError: The centre does not start, or ends.
    """
    started = time.monotonic()
    with run_centre(data) as url, ExitStack() as stack:
        start_s = time.monotonic() - started
        report(f"the centre answers after {start_s:.1f} s")
        clients = {name: stack.enter_context(closing(_log_in(url, name))) for name in ACCOUNTS}
        newest = clients[ACCOUNTS[0]].get(LIST).json()["items"][0]["created_at"]
        kinds = {
            name: _Walk(clients[kind.account], kind, np.random.default_rng((seed, n)))
            for n, (name, kind) in enumerate(request_kinds(now=datetime.fromisoformat(newest)))
        }
        for walk in kinds.values():
            walk.request()
        taken: dict[str, list[float]] = {name: [] for name in kinds}
        for n in range(rounds):
            for name, walk in kinds.items():
                taken[name].append(walk.request())
            if (n + 1) % 50 == 0:
                report(f"{n + 1} rounds")
        taken["event stream: connect"] = [
            _connect_stream(url, clients[ACCOUNTS[1]]) for _ in range(rounds)
        ]
        sizes = {name: walk.mean_bytes / 1000 for name, walk in kinds.items()}
        incidents = sum(clients[ACCOUNTS[0]].get("/v1/stats").json()["states"].values())
    figures = {
        name: KindFigures(
            p50_ms=round(float(np.percentile(times, 50)) * 1000, 1),
            p99_ms=round(float(np.percentile(times, 99)) * 1000, 1),
            kbytes=round(sizes.get(name, 0.0), 1),
        )
        for name, times in taken.items()
    }
    return Figures(incidents=incidents, rounds=rounds, start_s=round(start_s, 1), kinds=figures)


class _Walk:
    """Sends the requests of one kind: page after page of a list, or one id after the other."""

    def __init__(
        self, client: httpx.Client, kind: RequestKind, random: np.random.Generator
    ) -> None:
        self._client = client
        self._kind = kind
        self._random = random
        self._cursor: str | None = None
        self._page = 0
        self._ids: list[str] = []
        self._sizes: list[int] = []
        if kind.id_path:
            items = self._get(kind.id_path, {"limit": IDS})["items"]
            self._ids = [item["id"] for item in items]

    @property
    def mean_bytes(self) -> float:
        """The mean size of the answers."""
        return sum(self._sizes) / len(self._sizes)

    def request(self) -> float:
        """Send the next request; return the seconds that it took."""
        params = dict(self._kind.params(self._random))
        if self._cursor is not None and self._page % PAGES:
            params["cursor"] = self._cursor
        path = self._kind.path
        if self._ids:
            path = path.format(id=self._ids[self._random.integers(len(self._ids))])
        started = time.perf_counter()
        answer = self._get(path, params)
        took = time.perf_counter() - started
        self._page += 1
        self._cursor = answer.get("next")
        return took

    def _get(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.get(path, params=params or None)
        if answer.status_code != httpx.codes.OK:
            raise BenchError(f"GET {answer.url}: {answer.status_code} {answer.text[:300]}")
        self._sizes.append(len(answer.content))
        content: dict[str, Any] = answer.json()
        return content


@contextmanager
def run_centre(data: Path) -> Iterator[str]:
    """Run a centre on a data folder and yield its address."""
    port = free_port()
    options = ["--data", data, "--port", port, "--broker-port", free_port()]
    with tempfile.TemporaryDirectory(prefix="gridwatch-bench-") as folder:
        centre = ChildProcess(
            "the centre",
            ["central", "run", *map(str, options)],
            log=Path(folder) / "central.log",
            run=uuid4().hex,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_healthy(url, centre)
            yield url
        finally:
            centre.stop()


def _wait_until_healthy(url: str, centre: ChildProcess) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while True:
        centre.check()
        try:
            if httpx.get(f"{url}/v1/health").is_success:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            raise BenchError(f"the centre is not ready; end of its log:\n{centre.log_tail()}")
        centre.pause(POLL_EVERY_S)


def _log_in(url: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=url, timeout=60)
    client.post("/v1/login", json={"name": name, "password": PASSWORD}).raise_for_status()
    return client


def _connect_stream(url: str, client: httpx.Client) -> float:
    """Open the event stream; return the seconds until it says that it is connected."""
    started = time.perf_counter()
    with client.stream("GET", f"{url}/v1/events") as answer:
        next(answer.iter_raw())
        return time.perf_counter() - started
