"""``gridwatch demo``: run the whole system on this machine."""

import logging
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from gridwatch.commands.output import print_json, print_lines
from gridwatch.demo import wiring
from gridwatch.logs import configure_logging
from models.catalogue.progress import ConsoleProgress

DEFAULT_PORT = 8080

app = typer.Typer()


@app.callback(invoke_without_command=True)
def demo(
    *,
    once: Annotated[
        bool,
        typer.Option("--once", help="Play the footage once at full speed, print counts, exit."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    port: Annotated[
        int | None,
        typer.Option(help=f"Port of the console. [{DEFAULT_PORT}; with --once a free one]"),
    ] = None,
    data: Annotated[Path, typer.Option(help="Data folder; emptied at each start.")] = Path(
        "var/demo"
    ),
) -> None:
    """Run the centre, its broker and database, and a node with two cameras, on real footage."""
    configure_logging(logging.WARNING)
    assets = wiring.fetch_assets(ConsoleProgress())
    if not once:
        print_line = partial(print, flush=True)
        wiring.play_live(data, assets, port=port or DEFAULT_PORT, print_line=print_line)
        return
    summary = wiring.play_once(assets, port=port)
    if json:
        print_json(summary)
    else:
        print_lines(summary)
