"""``gridwatch central audit``: verify the audit log, and export it for an auditor."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api import wiring
from api.audit import chain_store
from api.audit.chain import Anchor, LoggedEntry, hash_entry
from api.audit.chain_writer import read_anchors
from api.audit.verify import Verification, verify_log
from api.evidence.export.archive import public_key_text
from api.notify.secret_store import get_keys
from api.settings import CentralSettings
from gridwatch.commands.output import print_json
from gridwatch.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Verify the audit log, or export it for an auditor.")

PAGE = 10_000

Data = Annotated[
    Path | None, typer.Option(help="Data folder. [GRIDWATCH_DATA, var/central]", metavar="DIR")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output.")]


@app.command()
def verify(
    *,
    anchors: Annotated[
        Path | None, typer.Option(help="File with the daily hashes. [GRIDWATCH_AUDIT_ANCHORS]")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Check that no entry of the audit log was changed, deleted, inserted or moved."""
    settings = CentralSettings.load(data=data, audit_anchors=anchors)
    result = asyncio.run(_verify(settings, _read_anchors(settings.audit_anchors)))
    if json:
        print_json(asdict(result))
    else:
        for finding in result.findings:
            print(f"{finding.kind} {finding.number}")
        state = "nothing was changed" if not result.findings else "THE LOG WAS CHANGED"
        print(
            f"{state}: {result.entries} entries in {result.blocks} blocks, "
            f"{result.anchors} anchors checked; {result.deleted} entries deleted when their "
            "term was over"
        )
    if result.findings:
        raise typer.Exit(1)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="File to write, one JSON object a line.")],
    *,
    data: Data = None,
) -> None:
    """Write every entry with its hash, in the order of their numbers."""
    if file.exists():
        raise UsageError(f"{file} exists: name another file")
    n = asyncio.run(_export(CentralSettings.load(data=data), file))
    print(f"{file}: {n} entries")


async def read_export_key(settings: CentralSettings) -> str:
    """Return the public key under the exports of a centre."""
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        return public_key_text((await get_keys(connection)).export_key().public_key())


def _read_anchors(file: Path | None) -> list[Anchor]:
    if file is None:
        return []
    if not file.exists():
        raise UsageError(f"{file} does not exist: name the file of the daily hashes")
    try:
        return read_anchors(file)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None


async def _verify(settings: CentralSettings, anchors: list[Anchor]) -> Verification:
    async with wiring.open_database(settings) as engine, engine.connect() as connection:
        return await verify_log(connection, anchors)


async def _export(settings: CentralSettings, file: Path) -> int:
    n = after = 0
    async with wiring.open_database(settings) as engine, engine.connect() as connection:
        until = (await chain_store.get_head(connection)).seq
        with file.open("xb") as target:
            while entries := await chain_store.list_entries(
                connection, after=after, until=until, limit=PAGE
            ):
                target.writelines(_line(entry) for entry in entries)
                n, after = n + len(entries), entries[-1].seq
    return n


def _line(entry: LoggedEntry) -> bytes:
    return msgspec.json.encode({**asdict(entry), "sha256": hash_entry(entry).hex()}) + b"\n"
