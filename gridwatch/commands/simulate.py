"""``gridwatch simulate``: simulate a day of a district and compare the centre with the truth."""

import asyncio
import logging
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from gridwatch.commands.output import print_json, print_lines
from gridwatch.logs import configure_logging
from gridwatch.simulation.simulator import simulate as run_simulation
from gridwatch.simulation.world.profile import find_profile

app = typer.Typer()


@app.callback(invoke_without_command=True)
def simulate(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    profile: Annotated[str, typer.Option(help="The kind of day.")] = "district-day",
    seed: Annotated[int, typer.Option(help="The same seed gives the same day.")] = 1,
    happenings: Annotated[
        int | None, typer.Option(help="True happenings of the day. [of the profile]", min=1)
    ] = None,
    hours: Annotated[
        float | None, typer.Option(help="Length of the day. [of the profile]", min=0.5, max=72)
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print also what led to each fault.")
    ] = False,
) -> None:
    """Simulate a day on simulated time, with the real centre and a PostgreSQL of its own.

    The exit code is 1 if a message was lost or doubled, an incident stranded, or a clock early.
    """
    configure_logging(logging.CRITICAL)
    day = find_profile(profile, happenings=happenings, hours=hours)
    result = asyncio.run(
        run_simulation(day, seed, report=lambda line: print(line, file=sys.stderr))
    )
    output: dict[str, object] = asdict(result.figures)
    if json:
        print_json(output | ({"stories": result.stories} if explain else {}))
    else:
        print_lines(output)
        for story in result.stories if explain else ():
            print("", story.figure, *story.lines, sep="\n")
    if not result.figures.is_sound:
        raise typer.Exit(1)
