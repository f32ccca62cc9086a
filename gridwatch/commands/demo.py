"""``gridwatch demo``: the whole system on this machine."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from gridwatch.commands.output import print_json, print_lines
from gridwatch.demo import wiring
from models.catalogue.progress import ConsoleProgress

PORT = 8080

app = typer.Typer()


@app.callback(invoke_without_command=True)
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Play the footage once at full speed, count, and end.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    port: Annotated[
        int | None, typer.Option(help=f"Port of the pages. [{PORT}; with --once a free one]")
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder, emptied at each start.")] = Path("var/demo"),
) -> None:
    """Run centre, broker, database, a box and two cameras here, on real footage."""
    material = wiring.fetch_assets(ConsoleProgress())
    if not once:
        wiring.play_live(data, material, port=port or PORT, print_line=partial(print, flush=True))
        return
    summary = wiring.play_once(material, port=port)
    if json:
        print_json(summary)
    else:
        print_lines(summary)
