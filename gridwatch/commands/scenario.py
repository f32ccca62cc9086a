"""``gridwatch scenario``: list, create, test, replay and evaluate scenarios."""

from pathlib import Path
from typing import Annotated

import typer

from gridwatch.commands.output import print_json
from gridwatch.workbench import library, scenario_template
from scenarios import catalogue

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Keys = Annotated[list[str] | None, typer.Argument(help="Keys of scenarios. [all]")]
Model = Annotated[str | None, typer.Option(help="Model to use. [the best available]")]
Fast = Annotated[
    str | None,
    typer.Option(help="Cheaper model for most inferences, on full frames, as [model] fast."),
]
SecondLookModel = Annotated[
    str | None, typer.Option(help="Model for second looks, as [model] second_look_model.")
]


@app.command("list")
def list_scenarios(*, json: Json = False) -> None:
    """List all scenarios with their parameters and test results."""
    scenario_types = list(library.load_library().values())
    if json:
        print_json(library.listing_rows(scenario_types))
    else:
        library.print_listing(scenario_types)


@app.command()
def new(
    key: Annotated[str, typer.Argument(help="a-z, 0-9 and _; also the name of the file.")],
    *,
    folder: Annotated[Path | None, typer.Option(help="Where to write it. [the library]")] = None,
    expression: Annotated[
        bool, typer.Option("--expression", help="Write a TOML rule file instead of Python.")
    ] = False,
) -> None:
    """Create a scenario that passes its own cases, as a starting point."""
    file = scenario_template.write_scenario(key, folder, expression=expression)
    print(f"{file}\n{scenario_template.next_step(file)}")


@app.command("test")
def play_cases(
    keys: Keys = None,
    *,
    footage: Annotated[bool, typer.Option(help="Play the installed clips too.")] = True,
    sweep: Annotated[
        str | None,
        typer.Option(
            help="Count the alerts for values of a parameter.", metavar="PARAM=FROM:TO:COUNT"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Play the cases of scenarios, clean, noisy and on footage; exit with 1 if any fails."""
    from gridwatch.workbench import test_runner  # noqa: PLC0415  # needs the extra `edge`

    known = library.load_library()
    selected = [catalogue.find(key, known) for key in keys] if keys else list(known.values())
    if sweep:
        test_runner.run_parameter_sweep(selected, sweep, footage=footage, json=json)
    elif not test_runner.run_tests(selected, footage=footage, json=json):
        raise typer.Exit(1)


@app.command("replay", context_settings={"allow_extra_args": True})
def replay_video(  # noqa: PLR0913  # options of a command, each by its name
    context: typer.Context,
    video: Annotated[str, typer.Argument(help="A file, or a name from `gridwatch footage list`.")],
    *,
    scenario: Annotated[str, typer.Option(help="The scenario's key.", metavar="KEY")],
    zone: Annotated[
        list[str] | None,
        typer.Option(
            help="'x,y x,y x,y' in fractions of the frame, or 'name:x,y …'; two points make a line."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Value of a parameter; can be repeated.", metavar="PARAM=VALUE"),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write an HTML report that explains the alerts.")
    ] = None,
    model: Model = None,
    fast: Fast = None,
    second_look_model: SecondLookModel = None,
    detect_fps: Annotated[float, typer.Option(min=0.2, max=30, help="Frames a second.")] = 5,
    ground: Annotated[
        str | None,
        typer.Option(
            help="Four marks or more: 'x,y=right,up …', fractions of the frame and metres.",
            metavar="MARKS",
        ),
    ] = None,
    gate: Annotated[
        bool, typer.Option(help="Skip inference where nothing moves, as a node does.")
    ] = True,
    learn_from: Annotated[
        str | None,
        typer.Option(
            help="Learn the scene before: from a recording, or from the first seconds of VIDEO.",
            metavar="CLIP|SECONDS",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Run a scenario on a recording as an edge node would, as fast as possible."""
    from gridwatch.workbench.loaded_models import ModelNames  # noqa: PLC0415  # needs `edge`
    from gridwatch.workbench.replay import replay_command  # noqa: PLC0415  # needs `edge`
    from gridwatch.workbench.replay.replay_options import (  # noqa: PLC0415  # needs `edge`
        ReplayOptions,
        join_zone_points,
    )

    options = ReplayOptions(
        video=video,
        scenario=scenario,
        zones=join_zone_points(zone or (), context.args),
        settings=tuple(settings or ()),
        report=report,
        models=ModelNames(main=model, fast=fast, second_look=second_look_model),
        detect_fps=detect_fps,
        gate=gate,
        ground=ground,
        learn_from=learn_from,
    )
    replay_command.run_replay_command(options, json=json)


@app.command("evaluate")
def evaluate_clips(
    clips: Annotated[
        list[str] | None,
        typer.Argument(help="Files, or names of footage. [all clips of the truth]"),
    ] = None,
    *,
    truth: Annotated[
        Path | None,
        typer.Option(help="What happens when, as JSON. [that of the real clips]", metavar="FILE"),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="Only this scenario; can be repeated. [all]", metavar="KEY"),
    ] = None,
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            help="Compare values of a parameter of the scenario; can be repeated.",
            metavar="PARAM=A,B,C",
        ),
    ] = None,
    model: Model = None,
    fast: Fast = None,
    second_look_model: SecondLookModel = None,
    json: Json = False,
) -> None:
    """Compare the alerts on recordings with what really happens: misses, false alerts an hour."""
    from gridwatch.workbench.evaluation import evaluate_command  # noqa: PLC0415  # needs `edge`
    from gridwatch.workbench.loaded_models import ModelNames  # noqa: PLC0415  # needs `edge`

    known = library.load_library()
    evaluate_command.run_evaluate_command(
        clips or (),
        known,
        truth_file=truth,
        scenario_keys=[catalogue.find(key, known).key for key in scenario or ()],
        names=ModelNames(main=model, fast=fast, second_look=second_look_model),
        json=json,
        sweep=sweep or (),
    )
