"""The command ``gridwatch``: groups of commands, each imported only when it is called.

So an edge box never imports the centre, nor the centre a model runtime.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
"""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from gridwatch.optional_imports import import_optional

COMMAND_GROUPS = {
    "demo": "Run the whole system on this machine, on real footage.",
    "edge": "Run or check an edge box.",
    "camera": "Find cameras; see what one sends.",
    "central": "Run the centre; import areas and rosters; enroll boxes.",
    "scenario": "List and test what is watched for.",
    "model": "List, pull, measure and evaluate models.",
    "footage": "List and pull recorded footage.",
    "bench": "Measure, always as a ratio within one run.",
}


def load_group(name: str) -> typer.Typer:
    """Import a group of commands.

    Raises:
        MissingPartError: This machine lacks what the group needs.
    """
    found: typer.Typer = import_optional(f"gridwatch.commands.{name}").app
    return found


def build_command_line(arguments: Sequence[str]) -> typer.Typer:
    """Build the command line, of which only the group that was typed is imported."""
    typed = next((word for word in arguments if not word.startswith("-")), None)
    app = typer.Typer(
        name="gridwatch", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    app.callback()(root_options)
    for name, purpose in COMMAND_GROUPS.items():
        app.add_typer(load_group(name) if name == typed else typer.Typer(), name=name, help=purpose)
    return app


def show_version(asked: bool) -> None:
    """Print the version and end, if that was asked for."""
    if asked:
        print(f"gridwatch {version('gridwatch')}")
        raise typer.Exit


def root_options(
    *,
    asked: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Show it and exit."),
    ] = False,
) -> None:
    """Early warning for a city: cameras to alerts to the grid worker on duty."""
    del asked  # show_version has dealt with it


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every known error is a sentence and an exit code.

    Args:
        arguments: What was typed behind ``gridwatch``; by default, what this process was given.
    """
    typed = sys.argv[1:] if arguments is None else list(arguments)
    try:
        build_command_line(typed)(typed, prog_name="gridwatch")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if not isinstance(code, int):
            raise  # a fault of ours, shown whole
        print(f"gridwatch: {error}", file=sys.stderr)
        sys.exit(code)
