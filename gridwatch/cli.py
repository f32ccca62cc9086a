"""The command ``gridwatch``: groups of commands, each imported only when it is typed.

So an edge node never imports the centre, and the centre never imports a model runtime.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
"""

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from gridwatch.logs import configure_logging
from gridwatch.optional_imports import import_optional

COMMAND_GROUPS = {
    "demo": "Run the whole system on this machine, on real footage.",
    "edge": "Run or check an edge node.",
    "camera": "Find cameras and see what they send.",
    "central": "Run the centre; import areas and rosters; enroll nodes.",
    "scenario": "List, create, test and replay scenarios.",
    "model": "List, pull, benchmark and evaluate models.",
    "footage": "List and pull recorded footage.",
    "bench": "Run benchmarks; every figure is a ratio within one run.",
    "accuracy": "Check how the centre measures how many of its incidents are true.",
    "evidence": "Verify what a centre has exported.",
    "simulate": "Simulate a day of a district and compare the centre with the truth.",
}


def load_group(name: str) -> typer.Typer:
    """Import a group of commands.

    Raises:
        MissingPackageError: This machine lacks a package that the group needs.
    """
    group: typer.Typer = import_optional(f"gridwatch.commands.{name}").app
    return group


def build_command_line(arguments: Sequence[str]) -> typer.Typer:
    """Build the command line; import only the group that is typed."""
    typed = next((word for word in arguments if not word.startswith("-")), None)
    app = typer.Typer(
        name="gridwatch", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    app.callback()(root_options)
    for name, purpose in COMMAND_GROUPS.items():
        group = load_group(name) if name == typed else typer.Typer()
        app.add_typer(group, name=name, help=purpose)
    return app


def show_version(is_requested: bool) -> None:
    """Print the version and exit, if requested."""
    if is_requested:
        print(f"gridwatch {version('gridwatch')}")
        raise typer.Exit


def root_options(
    *,
    show: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Early warning for a city: from camera streams to alerts to the grid worker on duty."""
    del show  # handled by show_version
    configure_logging(logging.WARNING)  # a command that prints a document keeps it clean of logs


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; turn every known error into one sentence and an exit code.

    Args:
        arguments: The words after ``gridwatch``; by default those of this process.
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
            raise  # a bug: show the traceback
        print(f"gridwatch: {error}", file=sys.stderr)
        sys.exit(code)
