"""``gridwatch accuracy``: how the centre measures how many of its incidents are true."""

import sys
from typing import Annotated

import msgspec
import typer

from gridwatch.commands.output import print_json, print_lines
from gridwatch.simulation.accuracy.simulate import simulate as run_simulation

app = typer.Typer(no_args_is_help=True)


@app.callback()
def accuracy() -> None:
    """Check how the centre measures how many of its incidents are true."""


@app.command()
def simulate(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    runs: Annotated[int, typer.Option(help="Number of drawn worlds.", min=1)] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.", min=0)] = 1,
) -> None:
    """Compare estimates, thresholds and drift alarms with a truth that is known."""
    figures = run_simulation(runs=runs, seed=seed, report=lambda line: print(line, file=sys.stderr))
    (print_json if json else print_lines)(msgspec.to_builtins(figures))
