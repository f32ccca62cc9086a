"""``gridwatch edge``: run or check a box beside the cameras."""

import json
import secrets
import signal
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from edge.config.plan import read_plan
from edge.preflight.checks import CheckStatus, Finding
from edge.preflight.preflight import describe_plan, run_preflight
from edge.wiring import load_detector, now, open_node
from gridwatch.commands import seal
from gridwatch.logs import configure_logging

app = typer.Typer(no_args_is_help=True)
app.command()(seal.new_seal)
app.command()(seal.unseal)

File = Annotated[Path, typer.Argument(help="The box's edge.toml.", metavar="EDGE_TOML")]
STATUS_MARKUP = {
    CheckStatus.GOOD: "[green]good[/]",
    CheckStatus.DOUBTFUL: "[yellow]doubtful[/]",
    CheckStatus.BAD: "[red]bad[/]",
    CheckStatus.UNTRIED: "",
}
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
    configure_logging()
    plan = read_plan(file)
    detector = load_detector(plan)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_node(plan, detector, stop=stop) as node:
        within = timedelta(seconds=deadline) if until_done else None
        summary = {"model": detector.model.name, **asdict(node.run(deliver_within=within))}
        complaint = node.camera_error()
    print(json.dumps(summary) if as_json else _sentence(summary))
    if complaint is not None:
        raise complaint


@app.command()
def check(
    file: File,
    *,
    as_json: Json = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Look at the file alone; try nothing.")
    ] = False,
    deadline: Annotated[
        float, typer.Option(min=1, help="Seconds that cameras and all else have to answer.")
    ] = 20.0,
) -> None:
    """Try everything that EDGE_TOML asks for, without watching; ends with 1 if a part is bad."""
    plan = read_plan(file)
    found = describe_plan(plan) if offline else run_preflight(plan, now=now, deadline=deadline)
    if as_json:
        print(json.dumps([finding.as_dict() for finding in found]))
    else:
        _show(found)
    if any(finding.status is CheckStatus.BAD for finding in found):
        raise typer.Exit(1)


@app.command()
def new_key() -> None:
    """Print a new key for a box; the centre's `enroll` prints one that it knows already."""
    print(secrets.token_hex(32))


def _show(found: Sequence[Finding]) -> None:
    """Print a row for each finding, its remedy below it."""
    table = Table("", "part", "what", "found", box=None)
    for finding in found:
        lines = (finding.note, f"→ {finding.remedy}" if finding.remedy else "")
        words = (finding.part, finding.what, "\n".join(filter(None, lines)))
        table.add_row(STATUS_MARKUP[finding.status], *map(escape, words))
    Console().print(table)


def _sentence(summary: dict[str, object]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in summary.items())
