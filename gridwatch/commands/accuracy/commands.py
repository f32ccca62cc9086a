"""``gridwatch accuracy``: how the centre measures how many of its incidents are true."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from api import wiring
from api.accuracy.reporting.model import Grouping
from api.evidence.blobs import EvidenceStore
from api.settings import CentralSettings
from gridwatch.commands.accuracy.fitting import retrain, thresholds
from gridwatch.commands.accuracy.rehearse import rehearse
from gridwatch.commands.accuracy.report import run_report
from gridwatch.commands.output import print_json, print_lines
from gridwatch.dataset.export import DatasetFormat, ExportResult, export_dataset
from gridwatch.simulation.accuracy.simulate import simulate as run_simulation

app = typer.Typer(no_args_is_help=True)
app.command()(retrain)
app.command()(thresholds)
app.command()(rehearse)


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


@app.command()
def report(
    *,
    days: Annotated[int, typer.Option(min=1, help="Incidents opened in the last days.")] = 28,
    by: Annotated[Grouping, typer.Option(help="By what it is divided.")] = Grouping.SCENARIO,
    scenario: Annotated[
        str | None, typer.Option(help="Only this scenario. [all]", metavar="KEY")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data folder of the centre. [GRIDWATCH_DATA, var/central]")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print precision and recall with intervals, and the load on operators."""
    settings = CentralSettings.load(data=data)
    run_report(settings, days=days, by=by, scenario=scenario, json=json)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new folder for the data set.", metavar="DIR")],
    *,
    format_: Annotated[
        DatasetFormat, typer.Option("--format", help="Layout of the folder.")
    ] = DatasetFormat.YOLO,
    days: Annotated[int, typer.Option(min=1, help="Incidents opened in the last days.")] = 90,
    scenario: Annotated[
        str | None, typer.Option(help="Only this scenario. [all]", metavar="KEY")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Data folder of the centre. [GRIDWATCH_DATA, var/central]")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Export the snapshots of reviewed incidents with their boxes, for `gridwatch model train`."""
    settings = CentralSettings.load(data=data)
    result = asyncio.run(_export(settings, folder, format_, days=days, scenario=scenario))
    (print_json if json else print_lines)(msgspec.to_builtins(result))


async def _export(
    settings: CentralSettings,
    folder: Path,
    format_: DatasetFormat,
    *,
    days: int,
    scenario: str | None,
) -> ExportResult:
    until: datetime = wiring.now()
    async with wiring.open_database(settings) as engine:
        return await export_dataset(
            engine,
            EvidenceStore.in_folder(settings.data / "evidence"),
            folder,
            format_,
            since=until - timedelta(days=days),
            until=until,
            time_zone=ZoneInfo(settings.time_zone),
            scenario=scenario,
        )
