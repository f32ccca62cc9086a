"""``gridwatch central config`` and ``command``: boxes told and asked from afar."""

import asyncio
import getpass
import tomllib
from pathlib import Path

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from api import wiring
from api.errors import InvalidImportFileError, NotFoundError
from api.fleet.control import command_store, config_store
from api.fleet.control.command_store import CommandRecord
from api.fleet.control.commands import issue_command
from api.fleet.control.config_store import ConfigRevision, ReportedRecord
from api.fleet.control.desired_config import (
    ConfigChange,
    ConfigStatus,
    Requester,
    config_status,
    set_desired_config,
)
from api.settings import CentralSettings
from gridwatch.commands.output import print_json
from pipeline.wire import CommandKind, Node

POLL_EVERY_S = 0.2


def run_config(settings: CentralSettings, node: Node, what: str, *, note: str, json: bool) -> None:
    """Show, list, or take in a file."""
    asyncio.run(_config(settings, node, what, note=note, json=json))


def run_command(
    settings: CentralSettings, node: Node, kind: CommandKind, *, camera: str | None, json: bool
) -> None:
    """Ask, wait, and tell the answer.

    Raises:
        Exit: The box did not do it, or did not answer.
    """
    found = asyncio.run(_command(settings, node, kind, camera))
    if json:
        print_json(_command_facts(found))
    else:
        print("\n".join(_command_lines(found)))
    if found.state != "done":
        raise typer.Exit(1)


async def _config(
    settings: CentralSettings, node: Node, what: str, *, note: str, json: bool
) -> None:
    async with wiring.open_database(settings) as engine:
        if what == "history":
            await _history(engine, node, json=json)
            return
        if what != "show":
            wish = _wish(Path(what), note)
            async with engine.begin() as connection:
                await set_desired_config(connection, node, wish, by=_asker())
        await _show(engine, node, json=json, whole=what == "show")


async def _history(engine: AsyncEngine, node: Node, *, json: bool) -> None:
    async with engine.connect() as connection:
        past = await config_store.list_revisions(connection, node, limit=50)
    if json:
        print_json([_wanted_facts(one) for one in past])
        return
    for one in past:
        print(f"{one.rev}  {one.at:%Y-%m-%d %H:%M:%S}  {one.author}  {one.note}".rstrip())


async def _show(engine: AsyncEngine, node: Node, *, json: bool, whole: bool) -> None:
    async with engine.connect() as connection:
        wanted = await config_store.get_latest_revision(connection, node)
        told = await config_store.get_reported(connection, node)
    facts = (told.rev, told.seen_rev, told.outcome) if told else None
    stands = config_status(wanted.rev if wanted else None, facts)
    if json:
        refused = [{"key": one.key, "reason": one.reason} for one in told.refused] if told else []
        shown = _wanted_facts(wanted) if wanted else None
        print_json({"standing": stands, "wanted": shown, "refused": refused})
        return
    if whole and wanted is not None:
        print(wanted.written or wanted.config)
    print("\n".join(_standing_lines(stands, wanted, told)))


async def _command(
    settings: CentralSettings, node: Node, kind: CommandKind, camera: str | None
) -> CommandRecord:
    async with wiring.open_database(settings) as engine:
        async with engine.begin() as connection:
            asked = await issue_command(connection, node, kind, camera=camera, by=_asker())
        while True:
            async with engine.connect() as connection:
                found = await command_store.get_command(connection, node, asked.id)
            if found is None:
                raise NotFoundError("no_such_command")
            if found.state is not None or wiring.now() >= found.expires_at:
                return found
            await asyncio.sleep(POLL_EVERY_S)


def _asker() -> Requester:
    return Requester(name=f"{getpass.getuser()} (command line)", at=wiring.now())


def _wish(file: Path, note: str) -> ConfigChange:
    try:
        written = file.read_text("utf-8")
        return ConfigChange(tables=tomllib.loads(written), source_toml=written, note=note)
    except OSError as error:
        raise InvalidImportFileError(str(file), (error.strerror or "cannot be read",)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidImportFileError(str(file), (str(error),)) from None


def _standing_lines(
    stands: ConfigStatus, wanted: ConfigRevision | None, told: ReportedRecord | None
) -> list[str]:
    rev = f"revision {wanted.rev}" if wanted else "nothing is wanted"
    lines = [f"{rev}: {stands}" if wanted else f"{rev}: the box obeys its own file"]
    if told is None:
        return [*lines, "the box has not reported yet"]
    return [*lines, *(f"  {one.key}: {one.reason}" for one in told.refused)]


def _wanted_facts(wanted: ConfigRevision) -> dict[str, object]:
    names = ("rev", "sha256", "author", "note", "at", "config")
    return {name: getattr(wanted, name) for name in names}


def _command_facts(found: CommandRecord) -> dict[str, object]:
    reply = found.reply
    return {
        "id": str(found.id),
        "state": found.state or "unanswered",
        "reason": reply.reason if reply else "",
        "results": reply.results if reply else {},
        "steps": [
            {"name": one.name, "passed": one.passed, "took_ms": one.took_ms, "reason": one.reason}
            for one in (reply.steps if reply else ())
        ],
    }


def _command_lines(found: CommandRecord) -> list[str]:
    reply = found.reply
    if reply is None:
        sent = "it was sent" if found.sent_at else "no broker took it"
        return [f"{found.kind}: no answer ({sent})"]
    lines = [f"{found.kind}: {reply.state} {reply.reason}".rstrip()]
    lines += [f"  {name}: {value:g}" for name, value in reply.results.items()]
    for step in reply.steps:
        took = "" if step.took_ms is None else f" {step.took_ms:.0f} ms"
        mark = "ok" if step.passed else "FAILED"
        lines.append(f"  {step.name}: {mark}{took} {step.reason}".rstrip())
    return lines
