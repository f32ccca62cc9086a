"""Run a node on many live cameras while one of them is unplugged again and again.

Everything is real and a separate process: a GStreamer server for each camera, the node, the centre,
its broker and database. The figures come from the node's own metrics.
"""

import asyncio
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic
from uuid import uuid4

import httpx
import msgspec

from edge.config.settings import DecodePolicy
from gridwatch.benchmarks.edge.process_metrics import ProcessSample, sample_process
from gridwatch.benchmarks.edge.rtsp_fixture import REQUIRED_PACKAGES, Film, RtspCamera, can_serve
from gridwatch.demo.centre_client import CentreClient, free_port, import_town
from gridwatch.demo.node_config import NODE_TOML, SCENARIOS_TOML
from gridwatch.demo.processes import ChildProcess
from gridwatch.demo.town import CAMERAS, NODE, write_town
from gridwatch.errors import BenchError
from models.catalogue import footage
from models.catalogue.store import ModelStore
from pipeline.frame import Size

CLIP = "vtest"
SUB_STREAM = Size(640, 480)
FILM_FRAMES = 400
READY_TIMEOUT_S = 300.0
CAMERA_TOML = """
[[camera]]
name = "{name}"
source = "{url}"
decode = "{decode}"
location = {{ lon = {place.lon}, lat = {place.lat} }}
"""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """The options of a run.

    Args:
        pulls: How often one camera is unplugged.
        away_s: Seconds for which it stays unplugged.
    """

    cameras: int
    minutes: float
    pulls: int
    away_s: float = 10.0
    gate: bool = True
    decode: DecodePolicy = DecodePolicy.ALL

    @property
    def sample_every_s(self) -> float:
        """Seconds between two samples."""
        return max(min(self.minutes * 60 / 60, 10.0), 1.0)


class Figures(msgspec.Struct, kw_only=True):
    """The output of ``gridwatch bench cameras``.

    Args:
        rss_mb: Median memory of the node in each fifth of the run.
        cores: CPU cores used, on average.
        late_s: Mean delay from capture to inference, in each fifth of the run.
        fps: Frames a second of the cameras that stay plugged in: lowest, median and highest.
        lost: Messages that the node wrote and the centre has not stored.
        outages_of_the_pulled: Outages of the camera that is unplugged.
        outages_of_others: Outages of all other cameras together.
        calls_of_others: Reconnections of all other cameras together.
    """

    cameras: int
    minutes: float
    pulls: int
    rss_mb: list[float]
    cores: float
    late_s: list[float]
    fps: dict[str, float]
    alerts: int
    messages: int
    lost: int
    doubled: int
    outages_of_the_pulled: int
    outages_of_others: int
    calls_of_others: int


@dataclass(slots=True)
class RunningSite:
    """A running node with its cameras and its centre."""

    node: ChildProcess
    centre: CentreClient
    metrics: str
    cameras: dict[str, RtspCamera] = field(default_factory=dict)

    @property
    def unplugged_camera(self) -> str:
        """The camera that is unplugged."""
        return min(self.cameras)

    def sample(self) -> ProcessSample:
        """Sample the node.

        Raises:
            DemoError: Its process has ended.
        """
        self.node.check()
        return sample_process(self.node.pid, self.metrics)


def measure_live_cameras(run: LiveRun, *, now: Callable[[], datetime], report: Report) -> Figures:
    """Run the benchmark, and stop everything that it started.

    Raises:
        BenchError: This machine cannot serve cameras, or the node did not see all of them.
        DemoError: The node or the centre failed.
        ModelError: The footage or the model is not on this machine.
    """
    if not can_serve():
        raise BenchError(f"this machine cannot serve cameras; install {REQUIRED_PACKAGES}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left running
    with TemporaryDirectory(prefix="gridwatch-bench-") as name, ExitStack() as stack:
        site = stack.enter_context(_running(Path(name), run, now))
        first = _wait_for_cameras(site, run.cameras)
        report(f"{run.cameras} cameras are up; {run.minutes:g} minutes, {run.pulls} pulls")
        samples = [first, *_sample_run(site, run, report)]
        site.node.stop()
        sent = json.loads(site.node.output)
        return _figures(run, site, samples, sent)


@contextmanager
def _running(folder: Path, run: LiveRun, now: Callable[[], datetime]) -> Iterator[RunningSite]:
    """Start cameras, centre and node; stop them in reverse order."""
    with ExitStack() as stack:
        film = Film(size=SUB_STREAM, frames=FILM_FRAMES).write(
            footage.find_clip(CLIP), folder / "film"
        )
        cameras = {f"camera-{n:02}": _serve(film, stack) for n in range(1, run.cameras + 1)}
        key = asyncio.run(
            import_town(folder / "central", write_town(folder / "town", now=now()), now=now())
        )
        mark, broker, port, metrics = uuid4().hex, free_port(), free_port(), free_port()
        options = ["--data", folder / "central", "--port", port, "--broker-port", broker]
        central = ChildProcess(
            "the centre", ["central", "run", *map(str, options)], log=folder / "c.log", run=mark
        )
        stack.callback(central.stop)
        centre = CentreClient(f"http://127.0.0.1:{port}")
        stack.callback(centre.close)
        centre.wait_until_ready(central)
        head = NODE_TOML.format(
            node=NODE,
            key=key,
            data=folder / "edge",
            broker_port=broker,
            centre=f"http://127.0.0.1:{port}",
            model=ModelStore().best_available(),
        )
        text = f"metrics_port = {metrics}\n{head}gate = {str(run.gate).lower()}\n"
        file = folder / "edge.toml"
        file.write_text(text + "".join(_cameras(cameras, run)), "utf-8")
        node = ChildProcess(
            "the node", ["edge", "run", str(file), "--json"], log=folder / "e.log", run=mark
        )
        stack.callback(node.stop)
        yield RunningSite(node, centre, f"http://127.0.0.1:{metrics}/metrics", cameras)


def _serve(film: Path, stack: ExitStack) -> RtspCamera:
    camera = RtspCamera({"port": free_port(), "codec": "h264", "film": str(film), "fps": 10})
    stack.callback(camera.unplug)
    return camera


def _cameras(cameras: dict[str, RtspCamera], run: LiveRun) -> Iterator[str]:
    """Yield the camera tables of ``edge.toml``; each watches for a crowd at the crossing."""
    for name, camera in cameras.items():
        yield CAMERA_TOML.format(name=name, url=camera.url, decode=run.decode, place=CAMERAS[0])
        yield SCENARIOS_TOML[CAMERAS[0].name]


def _wait_for_cameras(site: RunningSite, cameras: int) -> ProcessSample:
    """Wait until the node has processed a frame of every camera."""
    until = monotonic() + READY_TIMEOUT_S
    while monotonic() < until:
        with suppress(httpx.ConnectError):  # it is still loading its model
            sample = site.sample()
            if len(sample.by_camera("frames")) == cameras:
                return sample
        site.node.pause(0.5)
    raise BenchError(f"after {READY_TIMEOUT_S:.0f} s the node has not seen all cameras")


def _sample_run(site: RunningSite, run: LiveRun, say: Report) -> Iterator[ProcessSample]:
    """Sample the node until the time is over, and unplug one camera meanwhile."""
    began, length = monotonic(), run.minutes * 60
    pulls = [length * (n + 0.5) / run.pulls for n in range(run.pulls)]
    actions = sorted(
        [(at, "unplug") for at in pulls] + [(at + run.away_s, "plug_in") for at in pulls]
    )
    due = run.sample_every_s
    while (passed := monotonic() - began) < length:
        while actions and actions[0][0] <= passed:
            getattr(site.cameras[site.unplugged_camera], actions.pop(0)[1])()
        if passed >= due:
            due += run.sample_every_s
            sample = site.sample()
            say(f"{passed:6.0f} s  {sample.rss_mb:6.1f} MB")
            yield sample
        site.node.pause(0.2)
    yield site.sample()


def _figures(
    run: LiveRun, site: RunningSite, samples: list[ProcessSample], sent: dict[str, int]
) -> Figures:
    first, last = samples[0], samples[-1]
    others = [name for name in site.cameras if name != site.unplugged_camera]
    seconds = last.at - first.at
    frames = last.since(first, "frames")
    fps = sorted(frames.get(name, 0.0) / seconds for name in others or [site.unplugged_camera])
    outages = last.by_camera("outages")
    calls = last.by_camera("connections")
    stored = site.centre.figures()
    return Figures(
        cameras=run.cameras,
        minutes=round(seconds / 60, 2),
        pulls=run.pulls,
        rss_mb=[round(median(s.rss_mb for s in part), 1) for part in _fifths(samples)],
        cores=round((last.cpu_s - first.cpu_s) / seconds, 2),
        late_s=[_mean_delay(part) for part in _fifths(samples)],
        fps={
            "fewest": round(fps[0], 2),
            "middle": round(median(fps), 2),
            "most": round(fps[-1], 2),
        },
        alerts=sent["alerts"],
        messages=sent["messages"],
        lost=sent["messages"] - stored.stored,
        doubled=stored.received - stored.duplicates - stored.stored,
        outages_of_the_pulled=int(outages.get(site.unplugged_camera, 0)),
        outages_of_others=int(sum(outages.get(name, 0) for name in others)),
        calls_of_others=int(sum(calls.get(name, 0) for name in others)) - len(others),
    )


def _fifths(samples: list[ProcessSample]) -> Iterator[list[ProcessSample]]:
    """Split a run into five parts, each with the sample before it."""
    steps = len(samples) - 1
    for n in range(5):
        yield samples[steps * n // 5 : steps * (n + 1) // 5 + 1]


def _mean_delay(samples: list[ProcessSample]) -> float:
    late, frames = (
        sum(samples[-1].since(samples[0], what).values()) for what in ("lag_seconds", "frames")
    )
    return round(late / frames, 3) if frames else 0.0
