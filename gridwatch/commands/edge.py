"""``gridwatch edge``: run or check a box beside the cameras."""

import json
import os
import secrets
import signal
import socket
import threading
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from edge.binding import BoundCamera
from edge.errors import OutboxError, StreamError
from edge.plan import Plan, read
from edge.sources.file import length_of
from edge.sources.stream import Stream
from edge.wiring import edge_box, load_detector
from gridwatch.logs import start_logs

app = typer.Typer(no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The box's edge.toml.", metavar="EDGE_TOML")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output.")]


@app.command()
def run(
    file: File,
    *,
    as_json: Json = False,
    until_done: Annotated[
        bool, typer.Option(help="End when all recordings have been played and delivered.")
    ] = False,
    deadline: Annotated[
        float, typer.Option(help="Seconds the centre may take to confirm, with --until-done.")
    ] = 120.0,
) -> None:
    """Watch the cameras of EDGE_TOML until Ctrl-C or SIGTERM."""
    start_logs()
    plan = read(file)
    detector = load_detector(plan)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with edge_box(plan, detector) as box:
        within = timedelta(seconds=deadline) if until_done else None
        summary = {"model": detector.model.name, **asdict(box.run(stop, deliver_within=within))}
        complaint = box.complaint()
    print(json.dumps(summary) if as_json else _sentence(summary))
    if complaint is not None:
        raise complaint


@app.command()
def check(file: File, *, as_json: Json = False) -> None:
    """Check everything that EDGE_TOML asks for, without watching."""
    plan = read(file)
    detector = load_detector(plan)
    broker, centre = plan.settings.broker, plan.settings.centre.url
    rows = [
        ("node", str(plan.node), ""),
        ("model", detector.model.name, f"sees {len(detector.labels)} kinds of objects"),
        ("data", str(plan.data), _writable(plan.data)),
        ("broker", f"{broker.host}:{broker.port}", _reachable(broker.host, broker.port)),
        ("centre", centre, ""),
        *_cameras(plan),
    ]
    if as_json:
        print(json.dumps([dict(zip(("part", "what", "note"), row, strict=True)) for row in rows]))
        return
    table = Table("part", "what", "note", title=f"{file} is sound")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


@app.command()
def new_key() -> None:
    """Print a new key for a box; the centre's `enroll` prints one that it knows already."""
    print(secrets.token_hex(32))


def _cameras(plan: Plan) -> list[tuple[str, str, str]]:
    return [
        (
            f"camera {camera.name}",
            _feed(camera),
            "; ".join(
                f"{scenario.hazard.key} in {', '.join(zone.name for zone in scenario.zones)}"
                for scenario in camera.scenarios
            ),
        )
        for camera in plan.cameras
    ]


def _feed(camera: BoundCamera) -> str:
    """Say how long a recording is, or what a live camera answers now."""
    if isinstance(camera.feed, Path):
        length = length_of(camera.feed, camera.settings.fps or 1)
        return f"{camera.settings.source}, {length.total_seconds():.0f} s"
    try:
        with closing(Stream.open(camera.feed)) as stream:
            codec = stream.video.codec_context
            return f"{camera.feed}, {codec.name} {codec.width}x{codec.height}"
    except StreamError as error:
        return f"{error}; it would be called again"


def _writable(folder: Path) -> str:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise OutboxError(folder, f"{there} cannot be written")
    return "can be written"


def _reachable(host: str, port: int) -> str:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError as error:
        return f"not reachable now ({error.strerror or error}); alerts would wait on the disk"
    return "answers"


def _sentence(summary: dict[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in summary.items())
