"""``gridwatch central config`` and ``command``: configure nodes and send them commands."""

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
    """Show the desired configuration, list its history, or set it from a file."""
    asyncio.run(_run_config(settings, node, what, note=note, json=json))


def run_command(
    settings: CentralSettings, node: Node, kind: CommandKind, *, camera: str | None, json: bool
) -> None:
    """Send a command, wait for the reply, and print it.

    Raises:
        Exit: The node did not carry it out, or did not reply.
    """
    record = asyncio.run(_send_command(settings, node, kind, camera))
    if json:
        print_json(_command_facts(record))
    else:
        print("\n".join(_command_lines(record)))
    if record.state != "done":
        raise typer.Exit(1)


async def _run_config(
    settings: CentralSettings, node: Node, what: str, *, note: str, json: bool
) -> None:
    async with wiring.open_database(settings) as engine:
        if what == "history":
            await _print_history(engine, node, json=json)
            return
        if what != "show":
            change = _read_change(Path(what), note)
            async with engine.begin() as connection:
                await set_desired_config(connection, node, change, by=_requester())
        await _print_status(engine, node, json=json, whole=what == "show")


async def _print_history(engine: AsyncEngine, node: Node, *, json: bool) -> None:
    async with engine.connect() as connection:
        past = await config_store.list_revisions(connection, node, limit=50)
    if json:
        print_json([_revision_facts(revision) for revision in past])
        return
    for revision in past:
        at = f"{revision.at:%Y-%m-%d %H:%M:%S}"
        print(f"{revision.rev}  {at}  {revision.author}  {revision.note}".rstrip())


async def _print_status(engine: AsyncEngine, node: Node, *, json: bool, whole: bool) -> None:
    async with engine.connect() as connection:
        desired = await config_store.get_latest_revision(connection, node)
        reported = await config_store.get_reported(connection, node)
    facts = (reported.rev, reported.seen_rev, reported.outcome) if reported else None
    status = config_status(desired.rev if desired else None, facts)
    if json:
        rejected = reported.refused if reported else ()
        revision = _revision_facts(desired) if desired else None
        print_json(
            {
                "status": status,
                "desired": revision,
                "refused": [{"key": key.key, "reason": key.reason} for key in rejected],
                "standing": status,  # the former names, for one version
                "wanted": revision,
            }
        )
        return
    if whole and desired is not None:
        print(desired.source_toml or desired.config)
    print("\n".join(_status_lines(status, desired, reported)))


async def _send_command(
    settings: CentralSettings, node: Node, kind: CommandKind, camera: str | None
) -> CommandRecord:
    async with wiring.open_database(settings) as engine:
        async with engine.begin() as connection:
            command = await issue_command(connection, node, kind, camera=camera, by=_requester())
        while True:
            async with engine.connect() as connection:
                record = await command_store.get_command(connection, node, command.id)
            if record is None:
                raise NotFoundError("no_such_command")
            if record.state is not None or wiring.now() >= record.expires_at:
                return record
            await asyncio.sleep(POLL_EVERY_S)


def _requester() -> Requester:
    return Requester(name=f"{getpass.getuser()} (command line)", at=wiring.now())


def _read_change(file: Path, note: str) -> ConfigChange:
    try:
        written = file.read_text("utf-8")
        return ConfigChange(tables=tomllib.loads(written), source_toml=written, note=note)
    except OSError as error:
        raise InvalidImportFileError(str(file), (error.strerror or "cannot be read",)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidImportFileError(str(file), (str(error),)) from None


def _status_lines(
    status: ConfigStatus, desired: ConfigRevision | None, reported: ReportedRecord | None
) -> list[str]:
    rev = f"revision {desired.rev}" if desired else "no configuration is set"
    lines = [f"{rev}: {status}" if desired else f"{rev}: the node uses its own file"]
    if reported is None:
        return [*lines, "the node has not reported yet"]
    return [*lines, *(f"  {key.key}: {key.reason}" for key in reported.refused)]


def _revision_facts(desired: ConfigRevision) -> dict[str, object]:
    names = ("rev", "sha256", "author", "note", "at", "config")
    return {name: getattr(desired, name) for name in names}


def _command_facts(record: CommandRecord) -> dict[str, object]:
    reply = record.reply
    return {
        "id": str(record.id),
        "state": record.state or "unanswered",
        "reason": reply.reason if reply else "",
        "results": reply.results if reply else {},
        "steps": [
            {"name": s.name, "passed": s.passed, "took_ms": s.took_ms, "reason": s.reason}
            for s in (reply.steps if reply else ())
        ],
    }


def _command_lines(record: CommandRecord) -> list[str]:
    reply = record.reply
    if reply is None:
        sent = "it was sent" if record.sent_at else "no broker accepted it"
        return [f"{record.kind}: no reply ({sent})"]
    lines = [f"{record.kind}: {reply.state} {reply.reason}".rstrip()]
    lines += [f"  {name}: {value:g}" for name, value in reply.results.items()]
    for step in reply.steps:
        took = "" if step.took_ms is None else f" {step.took_ms:.0f} ms"
        mark = "ok" if step.passed else "FAILED"
        lines.append(f"  {step.name}: {mark}{took} {step.reason}".rstrip())
    return lines
