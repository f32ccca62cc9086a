"""``gridwatch bench``: run benchmarks; every figure is a ratio within one run."""

import asyncio
import logging
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.wiring import now
from edge.config.settings import DecodePolicy
from gridwatch.benchmarks.central.attackers import Attack
from gridwatch.benchmarks.central.flood import measure_flood
from gridwatch.benchmarks.central.ingest import measure_ingest
from gridwatch.benchmarks.central.isolation import measure_isolation
from gridwatch.benchmarks.central.push import measure_push
from gridwatch.benchmarks.edge import scenario_cost as scenario_costs
from gridwatch.benchmarks.edge.camera_cost import measure_camera_cost as edge_measure
from gridwatch.benchmarks.edge.live_cameras import LiveRun
from gridwatch.benchmarks.edge.live_cameras import measure_live_cameras as cameras_measure
from gridwatch.benchmarks.edge.tracking_accuracy import measure_tracking as tracking_measure
from gridwatch.benchmarks.lists.bench import measure_lists, prepare_data
from gridwatch.commands.output import print_json, print_lines
from gridwatch.errors import UsageError
from gridwatch.logs import configure_logging

MAX_RATE = 1000
"""Alerts a second that the nodes of `bench push` can publish."""

app = typer.Typer(no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Run benchmarks; every figure is a ratio within one run."""


@app.command()
def ingest(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    alerts: Annotated[int, typer.Option(help="Messages per round.", min=4)] = 10_000,
    seconds: Annotated[float | None, typer.Option(help="Run for this long. [three rounds]")] = None,
) -> None:
    """Measure alerts a second, stored, deduplicated and acknowledged, beside a bare subscriber."""
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
def push(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    rates: Annotated[str, typer.Option(help="Alerts a second, one run each.")] = "1,10,100",
    seconds: Annotated[float, typer.Option(help="Length of each run.", min=1)] = 20.0,
    stuck: Annotated[
        int, typer.Option(help="Incidents that nobody can be called for; 0 leaves them out.", min=0)
    ] = 5000,
) -> None:
    """Measure the time from an alert to its push, also beside incidents nobody can take."""
    configure_logging(logging.WARNING)
    figures = asyncio.run(
        measure_push(
            _parse_rates(rates),
            seconds=seconds,
            stuck=stuck,
            now=now,
            report=lambda line: print(line, file=sys.stderr),
        )
    )
    (print_json if json else print_lines)(msgspec.to_builtins(figures))


@app.command()
def isolation(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    seconds: Annotated[float, typer.Option(help="Length of each run.", min=1)] = 30.0,
    streams: Annotated[int, typer.Option(help="Open event streams.", min=0)] = 500,
    logins: Annotated[int, typer.Option(help="Strangers who try to log in.", min=0)] = 80,
    half_open: Annotated[int, typer.Option(help="Half-open HTTP connections.", min=0)] = 1100,
    silent: Annotated[int, typer.Option(help="Silent connections to the broker.", min=0)] = 3000,
) -> None:
    """Measure pushes beside strangers and pages, in a centre with 1,024 file descriptors."""
    configure_logging(logging.WARNING)
    attack = Attack(
        http_port=0,
        broker_port=0,
        streams=streams,
        logins=logins,
        half_open=half_open,
        silent=silent,
    )
    figures = asyncio.run(
        measure_isolation(
            attack, seconds=seconds, now=now, report=lambda line: print(line, file=sys.stderr)
        )
    )
    (print_json if json else print_lines)(msgspec.to_builtins(figures))


@app.command()
def flood(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    messages: Annotated[int, typer.Option(help="Messages of the bad node.", min=1)] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Seed of the mutations.", min=0)] = 1,
) -> None:
    """Measure the receipts of 50 good nodes beside one that sends nothing but faults."""
    configure_logging(logging.WARNING)
    figures = asyncio.run(
        measure_flood(
            messages, seed=seed, now=now, report=lambda line: print(line, file=sys.stderr)
        )
    )
    (print_json if json else print_lines)(asdict(figures))


@app.command()
def lists(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    incidents: Annotated[int, typer.Option(help="Incidents to fill in.", min=1000)] = 2_000_000,
    rounds: Annotated[int, typer.Option(help="Requests of each kind.", min=1)] = 200,
    seed: Annotated[int, typer.Option(help="Seed of the requests.", min=0)] = 1,
    data: Annotated[
        Path | None, typer.Option(help="Keep the filled data folder here. [a temporary one]")
    ] = None,
) -> None:
    """Measure lists, details, totals and phone pages of a centre with a year of incidents."""
    configure_logging(logging.WARNING)

    def report(line: str) -> None:
        print(line, file=sys.stderr)

    with tempfile.TemporaryDirectory(prefix="gridwatch-bench-") as temporary:
        folder = data or Path(temporary) / "central"
        asyncio.run(prepare_data(folder, incidents, now=now, report=report))
        figures = measure_lists(folder, rounds=rounds, seed=seed, report=report)
    if json:
        print_json(msgspec.to_builtins(figures))
        return
    print(f"{figures.incidents:,} incidents, {figures.rounds} requests of each kind, milliseconds")
    for name, kind in figures.kinds.items():
        print(f"{name:40} p50 {kind.p50_ms:7.1f}   p99 {kind.p99_ms:7.1f} {kind.kbytes:8.1f} kB")


@app.command()
def console(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    incidents: Annotated[int, typer.Option(help="Incidents to fill in.", min=1000)] = 100_000,
    keys: Annotated[int, typer.Option(help="Number of key presses.", min=20)] = 200,
    data: Annotated[
        Path | None, typer.Option(help="Keep the filled data folder here. [a temporary one]")
    ] = None,
) -> None:
    """Measure in Chromium from the key J to the next incident, in a queue of thousands."""
    configure_logging(logging.WARNING)

    def report(line: str) -> None:
        print(line, file=sys.stderr)

    try:
        from gridwatch.benchmarks.lists.console import measure_console  # noqa: PLC0415  # optional
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; run `pip install {error.name}`") from None
    with tempfile.TemporaryDirectory(prefix="gridwatch-bench-") as temporary:
        folder = data or Path(temporary) / "central"
        asyncio.run(prepare_data(folder, incidents, now=now, report=report))
        figures = measure_console(folder, keys=keys, report=report)
    (print_json if json else print_lines)(msgspec.to_builtins(figures))


def _parse_rates(written: str) -> list[float]:
    """Parse numbers between commas."""
    try:
        rates = [float(part) for part in written.split(",")]
    except ValueError:
        rates = []
    if not rates or not all(0 < rate <= MAX_RATE for rate in rates):
        raise UsageError(f"--rates {written}: write numbers from 0 to {MAX_RATE}, as in 1,10,100")
    return rates


@app.command()
def edge(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    peer: Annotated[
        str | None,
        typer.Option(help="Also measure this peer: ultralytics, installed by `make peer`."),
    ] = None,
    rounds: Annotated[int, typer.Option(help="Number of interleaved rounds.", min=1)] = 3,
) -> None:
    """Measure the CPU time of one camera on quiet, traffic and busy footage, beside a peer."""
    if peer not in {None, "ultralytics"}:
        raise UsageError(f"there is no peer {peer!r}; use ultralytics")
    figures = edge_measure(
        with_peer=peer is not None,
        rounds=rounds,
        report=lambda line: print(line, file=sys.stderr),
    )
    (print_json if json else print_lines)(msgspec.to_builtins(figures))


@app.command()
def cameras(  # noqa: PLR0913  # options of a command, each by its name
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    count: Annotated[
        int, typer.Option("--cameras", help="Number of RTSP cameras.", min=1, max=64)
    ] = 16,
    minutes: Annotated[float, typer.Option(help="Length of the run.", min=0.2)] = 20.0,
    outages: Annotated[int, typer.Option(help="How often one camera is unplugged.", min=0)] = 10,
    outage_seconds: Annotated[
        float, typer.Option(help="Seconds for which it stays unplugged.", min=1)
    ] = 10.0,
    pulls: Annotated[
        int | None, typer.Option(hidden=True, help="Old name of --outages.", min=0)
    ] = None,
    away: Annotated[
        float | None, typer.Option(hidden=True, help="Old name of --outage-seconds.", min=1)
    ] = None,
    gate: Annotated[bool, typer.Option(help="Run inference only where something moves.")] = True,
    decode: Annotated[
        DecodePolicy, typer.Option(help="Which frames to decode.")
    ] = DecodePolicy.ALL,
) -> None:
    """Run a node on many live cameras while one of them is unplugged again and again."""
    run = LiveRun(
        cameras=count,
        minutes=minutes,
        pulls=outages if pulls is None else pulls,
        away_s=outage_seconds if away is None else away,
        gate=gate,
        decode=decode,
    )
    figures = cameras_measure(run, now=now, report=lambda line: print(line, file=sys.stderr))
    (print_json if json else print_lines)(msgspec.to_builtins(figures))


@app.command()
def scenarios(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure the CPU time of every scenario at 10 and 100 tracks, beside one model call."""
    costs = scenario_costs.measure_scenario_costs()
    if json:
        print_json(msgspec.to_builtins(costs))
        return
    for key in costs.costs[0].scenarios:
        print(f"{key:20}" + "".join(f"{cost.scenarios[key]:10.0f}" for cost in costs.costs))
    parts = {
        "all together": "together",
        "slowest frame": "worst",
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
    folder: Annotated[Path, typer.Argument(help="Ground truth and detections in MOT15 format.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure MOTA, IDF1 and ID switches on TUD-Campus and TUD-Stadtmitte, beside peers."""
    (print_json if json else print_lines)(tracking_measure(folder))
