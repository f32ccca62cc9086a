"""``gridwatch central retention``: how long data stays, and a report for an inspection."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from api import wiring
from api.backup.manifest import list_backups, read_manifest
from api.retention.inspection import inspect, render_report
from api.retention.inspection_store import list_oldest
from api.retention.terms import NAMES, TERMS, Profile, RowKind, setting_of
from api.settings import CentralSettings
from gridwatch.commands.output import print_json
from gridwatch.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="How long data stays, and a report for an inspection.")

Data = Annotated[
    Path | None, typer.Option(help="Data folder. [GRIDWATCH_DATA, var/central]", metavar="DIR")
]


@app.command()
def show(
    *,
    data: Data = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the term of each kind of data, what the profile allows, and the oldest row."""
    settings = CentralSettings.load(data=data)
    days = wiring.retention_days(settings)
    oldest = asyncio.run(_oldest(settings))
    terms = TERMS[Profile(settings.retention_profile)]
    rows = [
        {
            "kind": kind.value,
            "days": days[kind],
            "least": terms[kind].least,
            "most": terms[kind].most,
            "oldest": oldest[kind],
            "setting": setting_of(kind),
        }
        for kind in RowKind
    ]
    if json:
        print_json({"profile": settings.retention_profile, "kinds": rows})
        return
    print(f"profile {settings.retention_profile}")
    for kind, row in zip(RowKind, rows, strict=True):
        since = f"{oldest[kind]:%Y-%m-%d}" if oldest[kind] else "none"
        print(
            f"{row['days']:>5} days ({row['least']}-{row['most']})  oldest {since:10}  "
            f"{NAMES[kind].en} [{row['setting']}]"
        )


@app.command()
def report(
    file: Annotated[Path, typer.Argument(help="HTML file to write.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=3650, help="The last so many days.")] = 30,
    data: Data = None,
) -> None:
    """Write a report for an inspection: terms, views, deletions, holds, outages, in Chinese."""
    if file.exists():
        raise UsageError(f"{file} exists: name another file")
    settings = CentralSettings.load(data=data)
    page = asyncio.run(_report(settings, days))
    file.write_text(page, "utf-8")
    print(f"{file}: the last {days} days")


async def _oldest(settings: CentralSettings) -> dict[RowKind, object]:
    async with wiring.open_database(settings) as engine, engine.connect() as connection:
        return dict(await list_oldest(connection))


async def _report(settings: CentralSettings, days: int) -> str:
    now = wiring.now()
    backups = list_backups(settings.backup_to) if settings.backup_to else []
    async with wiring.open_database(settings) as engine, engine.connect() as connection:
        found = await inspect(
            connection,
            profile=Profile(settings.retention_profile),
            days=wiring.retention_days(settings),
            since=now - timedelta(days=days),
            until=now,
            newest_backup=read_manifest(backups[-1]).taken_at if backups else None,
        )
    return render_report(found, ZoneInfo(settings.time_zone))
