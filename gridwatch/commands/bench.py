"""``gridwatch bench``: measure, always as a ratio within one run."""

import asyncio
import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.wiring import now
from edge.config.settings import DecodePolicy
from gridwatch.benchmarks.central.ingest import measure_ingest
from gridwatch.benchmarks.edge import scenario_cost as scenario_costs
from gridwatch.benchmarks.edge.camera_cost import measure_camera_cost as edge_measure
from gridwatch.benchmarks.edge.live_cameras import LiveRun
from gridwatch.benchmarks.edge.live_cameras import measure_live_cameras as cameras_measure
from gridwatch.benchmarks.edge.tracking_accuracy import measure_tracking as tracking_measure
from gridwatch.commands.output import print_json, print_lines
from gridwatch.errors import UsageError
from gridwatch.logs import configure_logging

app = typer.Typer(no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure, always as a ratio within one run."""


@app.command()
def ingest(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    alerts: Annotated[int, typer.Option(help="Messages in one round.", min=4)] = 10_000,
    seconds: Annotated[
        float | None, typer.Option(help="Go on for so long; three rounds otherwise.")
    ] = None,
) -> None:
    """Alerts a second, durable, deduped and receipted, beside a bare subscriber."""
    configure_logging(logging.WARNING)
    figures = asyncio.run(
        measure_ingest(
            alerts=alerts,
            seconds=seconds,
            now=now,
            report=lambda line: print(line, file=sys.stderr),
        )
    )
    (print_json if json else print_lines)(asdict(figures))


@app.command()
def edge(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    peer: Annotated[
        str | None, typer.Option(help="Measure beside it: ultralytics, set up by `make peer`.")
    ] = None,
    rounds: Annotated[int, typer.Option(help="Interleaved rounds.", min=1)] = 3,
) -> None:
    """Processor time of one camera: quiet, traffic, busy; beside its parts and a peer."""
    if peer not in {None, "ultralytics"}:
        raise UsageError(f"there is no peer {peer!r}; ultralytics is one")
    figures = edge_measure(
        with_peer=peer is not None,
        rounds=rounds,
        report=lambda line: print(line, file=sys.stderr),
    )
    (print_json if json else print_lines)(msgspec.to_builtins(figures))


@app.command()
def cameras(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    count: Annotated[int, typer.Option("--cameras", help="RTSP cameras.", min=1, max=64)] = 16,
    minutes: Annotated[float, typer.Option(help="How long.", min=0.2)] = 20.0,
    pulls: Annotated[int, typer.Option(help="Times that one plug is pulled.", min=0)] = 10,
    away: Annotated[float, typer.Option(help="Seconds for which it stays out.", min=1)] = 10.0,
    gate: Annotated[bool, typer.Option(help="The model looks only where something moves.")] = True,
    decode: Annotated[DecodePolicy, typer.Option(help="What is decoded.")] = DecodePolicy.ALL,
) -> None:
    """Run a whole box on many live cameras; one plug is pulled: who notices, what is lost."""
    run = LiveRun(
        cameras=count, minutes=minutes, pulls=pulls, away_s=away, gate=gate, decode=decode
    )
    figures = cameras_measure(run, now=now, report=lambda line: print(line, file=sys.stderr))
    (print_json if json else print_lines)(msgspec.to_builtins(figures))


@app.command()
def scenarios(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Microseconds a frame of every scenario at 10 and 100 tracks, beside one model call."""
    costs = scenario_costs.measure_scenario_costs()
    if json:
        print_json(msgspec.to_builtins(costs))
        return
    for key in costs.costs[0].scenarios:
        print(f"{key:20}" + "".join(f"{cost.scenarios[key]:10.0f}" for cost in costs.costs))
    parts = {
        "all together": "together",
        "dearest frame": "worst",
        "all pixel signals": "pixels",
        "pixels, all moving": "moving",
    }
    for name, part in parts.items():
        print(f"{name:20}" + "".join(f"{getattr(cost, part):10.0f}" for cost in costs.costs))
    for cost in costs.costs:
        part = "" if cost.share is None else f", {cost.share:.3f} of a call of {costs.model}"
        print(f"{cost.tracks} tracks: {cost.total:.0f} microseconds a frame for all{part}")


@app.command()
def tracking(
    folder: Annotated[Path, typer.Argument(help="Truth and detections in the MOT15 form.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """MOTA, IDF1 and switches on TUD-Campus and TUD-Stadtmitte, beside ByteTrack and SORT."""
    (print_json if json else print_lines)(tracking_measure(folder))
