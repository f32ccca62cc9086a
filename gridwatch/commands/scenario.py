"""``gridwatch scenario``: list what is watched for, write it, prove it, run it on a recording."""

from pathlib import Path
from typing import Annotated

import typer

from gridwatch.commands.output import print_json
from gridwatch.workbench import library, scenario_template
from scenarios import catalogue

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Keys = Annotated[list[str] | None, typer.Argument(help="Scenarios; default: all.")]


@app.command("list")
def list_scenarios(*, json: Json = False) -> None:
    """Show all scenarios, what a site may set of each, and how well each is proven."""
    kinds = list(library.load_library().values())
    if json:
        print_json(library.listing_rows(kinds))
    else:
        library.print_listing(kinds)


@app.command()
def new(
    key: Annotated[str, typer.Argument(help="a-z, 0-9 and _; also the name of its file.")],
    *,
    folder: Annotated[
        Path | None, typer.Option(help="Where to write it; default: the library.")
    ] = None,
    expression: Annotated[
        bool, typer.Option("--expression", help="A TOML file with an expression, no Python.")
    ] = False,
) -> None:
    """Write a scenario that passes its own checks, to be changed into what you need."""
    file = scenario_template.write_scenario(key, folder, expression=expression)
    print(f"{file}\n{scenario_template.next_step(file)}")


@app.command("test")
def play_cases(
    keys: Keys = None,
    *,
    footage: Annotated[bool, typer.Option(help="Play real clips too, where they are.")] = True,
    sweep: Annotated[
        str | None,
        typer.Option(help="Draw alerts against a parameter.", metavar="PARAM=FROM:TO:COUNT"),
    ] = None,
    json: Json = False,
) -> None:
    """Play the cases of scenarios, clean, noisy and on footage; exit 1 if any fails."""
    from gridwatch.workbench import test_runner  # noqa: PLC0415  # needs the extra `edge`

    known = library.load_library()
    kinds = [catalogue.find(key, known) for key in keys] if keys else list(known.values())
    if sweep:
        test_runner.run_parameter_sweep(kinds, sweep, footage=footage, json=json)
    elif not test_runner.run_tests(kinds, footage=footage, json=json):
        raise typer.Exit(1)


@app.command("replay", context_settings={"allow_extra_args": True})
def replay_video(  # noqa: PLR0913  # options of a command, each by its name
    context: typer.Context,
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
    ground: Annotated[
        str | None,
        typer.Option(
            help="Four points or more: 'x,y=right,up …', fractions of the frame and metres.",
            metavar="MARKS",
        ),
    ] = None,
    gate: Annotated[
        bool, typer.Option(help="Look less where nothing is decided, as a box.")
    ] = True,
    json: Json = False,
) -> None:
    """Run a scenario on a recording as an edge box would, as fast as it goes."""
    from gridwatch.workbench.replay import replay_command  # noqa: PLC0415  # needs `edge`
    from gridwatch.workbench.replay.replay_options import (  # noqa: PLC0415  # needs `edge`
        ReplayOptions,
        join_zone_points,
    )

    asked = ReplayOptions(
        video=video,
        scenario=scenario,
        zones=join_zone_points(zone or (), context.args),
        settings=tuple(settings or ()),
        report=report,
        model=model,
        detect_fps=detect_fps,
        gate=gate,
        ground=ground,
    )
    replay_command.run_replay_command(asked, json=json)
