"""``gridwatch scenario``: list what is watched for, and prove it on its cases."""

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from gridwatch.commands.shown import as_json
from scenarios import catalogue
from scenarios.replay import Played, prove
from scenarios.report import Report, report
from scenarios.scenario_type import ScenarioType
from scenarios.settings import Parameters

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Keys = Annotated[list[str] | None, typer.Argument(help="Scenarios; default: all.")]


@app.command("list")
def list_scenarios(*, json: Json = False) -> None:
    """Show all scenarios, and what a site may set of each."""
    kinds = catalogue.load().values()
    if json:
        as_json([_row(kind) for kind in kinds])
        return
    columns = ("标题", "title", "level", "watches", "settings")
    table = Table(Column("scenario", no_wrap=True), *columns, box=None)
    for kind in kinds:
        settings = ", ".join(f"{s.name}={s.default:g}" for s in kind.settings)
        words = (kind.title.zh, kind.title.en, kind.hazard.level)
        table.add_row(kind.key, *words, ", ".join(sorted(kind.hazard.watches)), settings)
    Console().print(table)


@app.command("test")
def play_cases(keys: Keys = None, *, json: Json = False) -> None:
    """Play the cases of scenarios, clean and with a detector's faults; exit 1 if any fails."""
    known = catalogue.load()
    kinds = [catalogue.find(key, known) for key in keys] if keys else list(known.values())
    plays: dict[str, list[Played]] = {}
    for kind in kinds:
        plays[kind.key] = list(prove(kind))
        if not json:
            _show(kind.key, plays[kind.key])
    found = report(plays)
    if json:
        as_json(msgspec.to_builtins(found))
    else:
        _sum_up(found)
    if found.failed:
        raise typer.Exit(1)


def _row(kind: ScenarioType[Parameters]) -> dict[str, object]:
    hazard = kind.hazard
    return {
        "key": kind.key,
        "revision": hazard.revision,
        "title": msgspec.to_builtins(hazard.title),
        "because": msgspec.to_builtins(hazard.because),
        "per": hazard.per,
        "level": hazard.level,
        "watches": sorted(hazard.watches),
        "settings": msgspec.to_builtins(kind.settings),
        "cases": len(kind.cases),
    }


def _show(key: str, plays: list[Played]) -> None:
    for played in plays:
        mark = "FAILS" if played.wrong else "ok"
        how = "noisy" if played.noisy else "clean"
        reason = f": {played.wrong}" if played.wrong else ""
        print(f"{mark:5} {key}: {played.case.name} ({how}){reason}")


def _sum_up(found: Report) -> None:
    for key, figures in found.scenarios.items():
        precision, recall = (
            "/".join(map(str, pair)) for pair in (figures.precision, figures.recall)
        )
        wait = "-" if figures.time_to_alert_s is None else f"{figures.time_to_alert_s:g} s"
        print(
            f"{key}: {figures.passed}/{figures.cases} plays, precision {precision}, "
            f"recall {recall}, median time to alert {wait}"
        )
