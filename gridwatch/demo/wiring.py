"""The demo put together: town, centre and box on this machine; it alone reads the clock here."""

import asyncio
import json
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic
from typing import Any
from uuid import uuid4

from edge.sources.file import video_duration
from gridwatch.demo.centre_client import (
    POLL_EVERY_S,
    CentreClient,
    CentreFigures,
    free_port,
    import_town,
)
from gridwatch.demo.node_config import CLIP, NodeConfig
from gridwatch.demo.processes import ChildProcess, find_leftover_processes
from gridwatch.demo.town import write_town
from gridwatch.demo.webhook_sink import run_webhook_sink
from gridwatch.demo.welcome import welcome
from gridwatch.errors import DemoError
from models.catalogue import footage
from models.catalogue.progress import FetchProgress
from models.catalogue.store import ModelStore

PLAY_TIMEOUT_S = 900.0
PUSH_TIMEOUT_S = 30.0

PrintLine = Callable[[str], None]
Push = dict[str, Any]


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DemoAssets:
    """What the demo looks with and at."""

    model: str
    clip: Path


@dataclass(slots=True)
class RunningDemo:
    """A demo whose centre is up and whose box has been started."""

    url: str
    centre: CentreClient
    central: ChildProcess
    edge: ChildProcess
    run: str


def fetch_assets(watch: FetchProgress) -> DemoAssets:
    """Bring the best model that can be had, and the footage.

    Raises:
        ModelError: Neither this machine nor any source has them.
    """
    store = ModelStore()
    model = store.best_available(watch)
    store.pull(model, watch)
    return DemoAssets(model, footage.pull_clip(CLIP, progress=watch))


@contextmanager
def run_demo(
    folder: Path, assets: DemoAssets, *, port: int, once: bool, on_push: Callable[[Push], None]
) -> Iterator[RunningDemo]:
    """Start the centre, then the box, and stop them in the other order.

    Args:
        on_push: Is called with every push that leaves the centre.

    Raises:
        DemoError: A part did not come up.
    """
    run, started = uuid4().hex, list[ChildProcess]()
    files = write_town(folder / "town", now=now())
    key = asyncio.run(import_town(folder / "central", files, now=now()))
    broker_port, url = free_port(), f"http://127.0.0.1:{port}"
    try:
        with run_webhook_sink(on_push) as hook:
            options = ["--data", folder / "central", "--port", port, "--broker-port", broker_port]
            started.append(
                ChildProcess(
                    "the centre",
                    ["central", "run", *map(str, options)],
                    log=folder / "central.log",
                    run=run,
                    variables={"GRIDWATCH_WEBHOOK_URL": hook},
                )
            )
            centre = CentreClient(url)
            centre.wait_until_ready(started[0])
            box = NodeConfig(
                key=key,
                folder=folder / "edge",
                broker_port=broker_port,
                centre=url,
                model=assets.model,
                clip=assets.clip,
                start_at=now() - video_duration(assets.clip) if once else None,
            )
            play = ["--until-done", "--json"] if once else []
            arguments = ["edge", "run", str(box.write()), *play]
            started.append(ChildProcess("the box", arguments, log=folder / "edge.log", run=run))
            yield RunningDemo(url, centre, started[0], started[1], run)
            centre.close()
    finally:
        for part in reversed(started):
            part.stop()


def play_once(assets: DemoAssets, *, port: int | None) -> dict[str, object]:
    """Play every clip once at full speed, wait until all is pushed, and count.

    Raises:
        DemoError: A part failed, or something was not delivered in time.
    """
    folder = Path(mkdtemp(prefix="gridwatch-demo-"))
    pushes: list[Push] = []
    try:
        with run_demo(
            folder, assets, port=port or free_port(), once=True, on_push=pushes.append
        ) as demo:
            demo.edge.wait(PLAY_TIMEOUT_S)
            sent: dict[str, Any] = json.loads(demo.edge.output)
            figures = _settled(demo)
        return summary(sent, figures, processes_left=len(find_leftover_processes(demo.run)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settled(demo: RunningDemo) -> CentreFigures:
    """Wait until everybody who is to be called has been called.

    Raises:
        DemoError: That took too long.
    """
    until = monotonic() + PUSH_TIMEOUT_S
    while (figures := demo.centre.figures()).undispatched or figures.pushed < figures.orders:
        demo.central.check()
        if monotonic() > until:
            raise DemoError(f"not everybody was called within {PUSH_TIMEOUT_S:.0f} s: {figures}")
        demo.central.pause(POLL_EVERY_S)
    return figures


def summary(sent: Push, figures: CentreFigures, *, processes_left: int) -> dict[str, object]:
    """Set what the box sent beside what the centre took and did."""
    return {
        "model": sent["model"],
        "frames": sent["frames"],
        "alerts": sent["alerts"],
        "messages_sent": sent["messages"],
        "messages_received": figures.received,
        "duplicates_dropped": figures.duplicates,
        "incidents": figures.incidents,
        "work_orders": figures.orders,
        "pushed": figures.pushed,
        "lost": sent["messages"] - figures.stored,
        "latency_ms": {
            "frame_to_push_p50": _rounded(figures.p50_ms),
            "frame_to_push_p99": _rounded(figures.p99_ms),
        },
        "processes_left": processes_left,
    }


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)


def play_live(folder: Path, assets: DemoAssets, *, port: int, print_line: PrintLine) -> None:
    """Play the clips again and again until Ctrl-C, telling of every push.

    Raises:
        DemoError: A part ended by itself.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell has switched Ctrl-C off
        signal.signal(number, signal.default_int_handler)

    def tell(push: Push) -> None:
        print_line(
            f"  {push['account']} is called: {push['because']['zh']} · {push['because']['en']}"
        )

    with (
        suppress(KeyboardInterrupt),
        run_demo(folder, assets, port=port, once=False, on_push=tell) as demo,
    ):
        print_line(welcome(demo.url, assets.model))
        while True:
            demo.central.check()
            demo.edge.check()
            demo.edge.pause(1)
    print_line("stopped; nothing is left running")
