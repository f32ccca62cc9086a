"""Put the demo together: the town, the centre and a node, as processes of this machine."""

import asyncio
import json
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic
from typing import Any
from uuid import uuid4

from edge.sources.video_file import video_duration
from gridwatch.demo.centre_client import (
    POLL_EVERY_S,
    CentreClient,
    CentreFigures,
    free_port,
    import_town,
)
from gridwatch.demo.node_config import CLIP, NodeConfig
from gridwatch.demo.people import DemoPeople
from gridwatch.demo.processes import ChildProcess, find_leftover_processes
from gridwatch.demo.town import (
    CAMERAS,
    EAST_LANE,
    PASSWORD,
    SILENT_WORKER,
    VISITOR,
    WORKER,
    write_town,
)
from gridwatch.demo.webhook_sink import run_webhook_sink
from gridwatch.errors import DemoError
from models.catalogue import footage
from models.catalogue.progress import FetchProgress
from models.catalogue.store import ModelStore

PLAY_TIMEOUT_S = 900.0
PUSH_TIMEOUT_S = 30.0

WELCOME = """
gridwatch runs on this machine, on recorded footage, with the model {model}.

  command centre   {url}/         log in as OP-01   (supervisor SV-01, administrator AD-01)
  worker's phone   {url}/phone    log in as {visitor}   (or {worker}, whose report was sent back)
  password         {password}

Within a minute five incidents take their course: people pass a line, for you to review; a crowd
at the north gate worsens, and {visitor} is called; {worker} handles an intrusion, and the report is
sent back; a false alarm is rejected and silenced for an hour; {silent} is called and stays silent.

Press Ctrl-C to stop everything. What happens appears here:
"""

PrintLine = Callable[[str], None]
Push = dict[str, Any]


def now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DemoAssets:
    """The model and the footage of the demo."""

    model: str
    clip: Path


@dataclass(slots=True)
class RunningDemo:
    """A demo with a centre that is ready and a node that has been started.

    Args:
        central: The process of the centre.
        edge: The process of the node.
        run: Marks all processes of this run.
    """

    url: str
    centre: CentreClient
    central: ChildProcess
    edge: ChildProcess
    run: str


def fetch_assets(watch: FetchProgress) -> DemoAssets:
    """Find or fetch the best model available, and the footage.

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
    """Start the centre, then the node, and stop them in reverse order.

    Args:
        folder: Data folder of the demo.
        assets: The model and the footage.
        port: Port of the console.
        once: Play the footage once at full speed, instead of live in a loop.
        on_push: Called with every push that the centre sends.

    Raises:
        DemoError: A process did not start.
    """
    run, started = uuid4().hex, list[ChildProcess]()
    cameras = CAMERAS if once else (*CAMERAS, EAST_LANE)
    files = write_town(folder / "town", now=now(), cameras=cameras)
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
                    # Its cameras are known; those that are new ring no phone at first.
                    variables={
                        "GRIDWATCH_WEBHOOK_URL": hook,
                        "GRIDWATCH_FIRST_LOOK": "false",
                    },
                )
            )
            centre = CentreClient(url)
            centre.wait_until_ready(started[0])
            node = NodeConfig(
                key=key,
                folder=folder / "edge",
                broker_port=broker_port,
                centre=url,
                model=assets.model,
                clip=assets.clip,
                start_at=now() - video_duration(assets.clip) if once else None,
            )
            play = ["--until-done", "--json"] if once else []
            arguments = ["edge", "run", str(node.write()), *play]
            started.append(ChildProcess("the node", arguments, log=folder / "edge.log", run=run))
            yield RunningDemo(url, centre, started[0], started[1], run)
            centre.close()
    finally:
        for process in reversed(started):
            process.stop()


def play_once(assets: DemoAssets, *, port: int | None) -> dict[str, object]:
    """Play the footage once at full speed, wait for all notifications, and count.

    Raises:
        DemoError: A process failed, or something was not delivered in time.
    """
    folder = Path(mkdtemp(prefix="gridwatch-demo-"))
    pushes: list[Push] = []
    try:
        with run_demo(
            folder, assets, port=port or free_port(), once=True, on_push=pushes.append
        ) as demo:
            demo.edge.wait(PLAY_TIMEOUT_S)
            sent: dict[str, Any] = json.loads(demo.edge.output)
            figures = _wait_for_notifications(demo)
        return build_summary(sent, figures, processes_left=len(find_leftover_processes(demo.run)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_notifications(demo: RunningDemo) -> CentreFigures:
    """Wait until the centre has sent all notifications.

    Raises:
        DemoError: It took too long.
    """
    deadline = monotonic() + PUSH_TIMEOUT_S
    while (figures := demo.centre.figures()).undispatched or figures.pushed < figures.orders:
        demo.central.check()
        if monotonic() > deadline:
            raise DemoError(f"notifications are missing after {PUSH_TIMEOUT_S:.0f} s: {figures}")
        demo.central.pause(POLL_EVERY_S)
    return figures


def build_summary(sent: Push, figures: CentreFigures, *, processes_left: int) -> dict[str, object]:
    """Compare what the node sent with what the centre stored and dispatched."""
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
    """Play the footage live in a loop until Ctrl-C, and print every notification.

    Raises:
        DemoError: A process ended by itself.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have disabled Ctrl-C
        signal.signal(number, signal.default_int_handler)

    def print_push(push: Push) -> None:
        print_line(
            f"  notified {push['account']}: {push['because']['zh']} · {push['because']['en']}"
        )

    with (
        suppress(KeyboardInterrupt),
        run_demo(folder, assets, port=port, once=False, on_push=print_push) as demo,
    ):
        names = {"visitor": VISITOR, "worker": WORKER, "silent": SILENT_WORKER}
        print_line(WELCOME.format(url=demo.url, model=assets.model, password=PASSWORD, **names))
        people = DemoPeople(demo.url, assets.clip, clock=monotonic, print_line=print_line)
        with closing(people):
            while True:
                demo.central.check()
                demo.edge.check()
                people.act()
                demo.edge.pause(1)
    print_line("stopped; no process is left running")
