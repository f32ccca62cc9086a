"""``gridwatch footage``: list and pull recordings for the demo and the tests."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gridwatch.commands.output import print_json
from models.catalogue import footage
from models.catalogue.progress import ConsoleProgress
from models.errors import NotFetchedError

app = typer.Typer(no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_clips(*, json: Json = False) -> None:
    """List all recordings, and which are on this machine."""
    rows = [
        {"name": name, "path": _path(name), "licence": clip.licence, "summary": clip.summary}
        for name, clip in footage.list_clips().items()
    ]
    if json:
        print_json(rows)
        return
    table = Table("clip", "installed", "licence", "contents", box=None)
    for row in rows:
        installed = "yes" if row["path"] else "no"
        table.add_row(row["name"], installed, row["licence"], row["summary"])
    Console().print(table)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="A name from `gridwatch footage list`.")],
    *,
    json: Json = False,
) -> None:
    """Fetch a recording and check it."""
    path = footage.pull_clip(name, progress=ConsoleProgress())
    if json:
        print_json({"name": name, "path": str(path)})
    else:
        print(f"{name}: {path}")


def _path(name: str) -> str | None:
    try:
        return str(footage.find_clip(name))
    except NotFetchedError:
        return None
