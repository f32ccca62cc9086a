"""``gridwatch scenario``: list what is watched for, and prove it on its cases."""

import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, TextIO

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from gridwatch.commands.shown import as_json
from models.errors import ModelError
from scenarios import catalogue
from scenarios.replay import Played, prove
from scenarios.report import Report, report
from scenarios.scenario_type import ScenarioType
from scenarios.settings import Parameters

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Player = Callable[[ScenarioType[Parameters]], Iterator[Played | str]]
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
def play_cases(
    keys: Keys = None,
    *,
    footage: Annotated[bool, typer.Option(help="Play real clips too, where they are.")] = True,
    json: Json = False,
) -> None:
    """Play the cases of scenarios, clean and with a detector's faults; exit 1 if any fails."""
    known = catalogue.load()
    kinds = [catalogue.find(key, known) for key in keys] if keys else list(known.values())
    clips = _clips() if footage else _no_clips
    plays: dict[str, list[Played]] = {kind.key: [] for kind in kinds}
    for kind in kinds:
        for played in chain(prove(kind), clips(kind)):
            _show(kind.key, played, sys.stderr if json else sys.stdout)
            if isinstance(played, Played):
                plays[kind.key].append(played)
    found = report(plays)
    if json:
        as_json(msgspec.to_builtins(found))
    else:
        _sum_up(found)
    if found.failed:
        raise typer.Exit(1)


@app.command("replay")
def replay_video(
    video: Annotated[str, typer.Argument(help="A file, or a name of `gridwatch footage list`.")],
    *,
    scenario: Annotated[str, typer.Option(help="The scenario's key.", metavar="KEY")],
    zone: Annotated[
        list[str] | None,
        typer.Option(
            help="'x,y x,y x,y' in fractions of the frame, or 'name:x,y …'; two for a line."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="param=value", metavar="PARAM=VALUE")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page that shows why.")] = None,
    model: Annotated[str | None, typer.Option(help="Default: the best that can be had.")] = None,
    detect_fps: Annotated[float, typer.Option(min=0.2, max=30)] = 5,
    json: Json = False,
) -> None:
    """Run a scenario on a recording as an edge box would, as fast as it goes."""
    from gridwatch.workbench import replay_command  # noqa: PLC0415  # needs the extra `edge`

    asked = replay_command.Asked(
        video=video,
        scenario=scenario,
        zones=tuple(zone or ()),
        settings=tuple(settings or ()),
        report=report,
        model=model,
        detect_fps=detect_fps,
    )
    replay_command.run(asked, json=json)


def _clips() -> Player:
    """Plays the clips of this machine; nothing, and a word of it, where that cannot be."""
    try:
        from gridwatch.clips import Clips  # noqa: PLC0415  # needs the extra `edge`

        return Clips().prove
    except (ModuleNotFoundError, ModelError) as error:
        print(f"left out all footage: {error}", file=sys.stderr)
        return _no_clips


def _no_clips(_: ScenarioType[Parameters]) -> Iterator[Played | str]:
    return iter(())


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


def _show(key: str, played: Played | str, to: TextIO) -> None:
    if isinstance(played, str):
        print(f"-     {key}: left out {played}", file=to)
        return
    mark = "FAILS" if played.wrong else "ok"
    reason = f": {played.wrong}" if played.wrong else ""
    print(f"{mark:5} {key}: {played.name} ({played.how}){reason}", file=to)


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
