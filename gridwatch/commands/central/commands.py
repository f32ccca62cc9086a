"""``gridwatch central``: run the centre, migrate its database, enroll nodes, import data."""

import asyncio
import secrets
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api import wiring
from api.backup.create import BackupTarget
from api.backup.encryption import generate_key
from api.embedded.broker_supervisor import list_broker_logins
from api.embedded.data_folder import prepare_folder
from api.enrolment.settings import AUTHORITY_FOLDER
from api.errors import AlreadyEnrolledError, UnknownMaintainerError
from api.fleet.store import enroll_node as add_node
from api.fleet.store import set_maintainer
from api.imports.importer import ImportResult, import_file
from api.imports.placement import place_open_incidents
from api.live.store import notify_listeners
from api.notify.model import ChannelKind, RobotKind
from api.settings import CentralSettings
from gridwatch.commands.central import (
    accounts,
    audit,
    enrolment,
    nodes,
    people,
    retention,
)
from gridwatch.commands.central.audit import read_export_key
from gridwatch.commands.central.backup import run_backup, run_restore, run_verify
from gridwatch.commands.output import print_json
from gridwatch.errors import UsageError
from gridwatch.logs import configure_logging
from pipeline.signal import Level
from pipeline.wire import CommandKind, Node

app = typer.Typer(no_args_is_help=True)
app.add_typer(accounts.app, name="account")
app.add_typer(audit.app, name="audit")
app.add_typer(retention.app, name="retention")

Data = Annotated[
    Path | None, typer.Option(help="Data folder. [GRIDWATCH_DATA, var/central]", metavar="DIR")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output.")]

BACKUP = typer.Argument(help="A backup: a folder named after its time.")
NODE = typer.Argument(help="district/site/node", metavar="NODE")

EDGE_TOML = """\
node = "{node}"
key = "{key}"\
"""


@app.command()
def run(
    *,
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to serve the console on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the console. [8080]")] = None,
    broker_host: Annotated[
        str | None, typer.Option(help="Address that the embedded broker listens on.")
    ] = None,
    broker_port: Annotated[
        int | None, typer.Option(help="Port of the embedded broker. [1883]")
    ] = None,
) -> None:
    """Run the centre, with database and broker, until Ctrl-C or SIGTERM."""
    configure_logging()
    wiring.run(
        CentralSettings.load(
            data=data,
            http_host=host,
            http_port=port,
            broker_host=broker_host,
            broker_port=broker_port,
        )
    )


@app.command()
def migrate(*, data: Data = None) -> None:
    """Migrate the database to the current schema."""
    asyncio.run(_migrate(_settings(data)))
    print("the schema is up to date")


@app.command()
def enroll(
    node: Annotated[str, NODE],
    *,
    code: Annotated[
        bool, typer.Option("--code", help="Print a one-time code; the node makes its own key.")
    ] = False,
    hours: Annotated[float, typer.Option(help="How long the code is valid.", min=0.1)] = 24,
    key_file: Annotated[
        Path | None, typer.Option(help="Write the key here instead of printing it.", metavar="FILE")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Enroll a node: print a one-time code for `gridwatch edge enroll`, or a key for edge.toml.

    A running centre accepts the node in seconds.
    """
    parsed = Node.parse(node)
    if code:
        enrolment.run_code(_settings(data), parsed, hours=hours, json=json)
        return
    key = secrets.token_bytes(32)
    if key_file is not None and key_file.exists():
        raise UsageError(f"{key_file} exists: move it away, or choose another file")
    asyncio.run(_enroll(_settings(data), parsed, key))
    if key_file is not None:
        key_file.touch(0o600)
        key_file.write_text(f"{key.hex()}\n")
        print(f"{parsed} is enrolled; its key is in {key_file}")
    elif json:
        print_json({"node": str(parsed), "key": key.hex()})
    else:
        print(EDGE_TOML.format(node=parsed, key=key.hex()))


@app.command()
def revoke(node: Annotated[str, NODE], *, data: Data = None) -> None:
    """Accept nothing of a node from now on; a new code enrolls it again."""
    enrolment.run_revoke(_settings(data), Node.parse(node))


@app.command()
def ca(*, data: Data = None, json: Json = False) -> None:
    """Show the centre's own certificate authority: its file, fingerprint and expiry."""
    enrolment.run_authority(_settings(data), json=json)


@app.command(name="server-certificate")
def server_certificate(
    names: Annotated[
        list[str], typer.Argument(help="Names and addresses of the server.", metavar="HOST")
    ],
    *,
    data: Data = None,
) -> None:
    """Issue a certificate of the centre's own authority for your broker or reverse proxy."""
    enrolment.run_server_certificate(_settings(data), names)


@app.command()
def maintainer(
    node: Annotated[str, NODE],
    account: Annotated[
        str | None, typer.Argument(help="Name of an account; nobody if left out.")
    ] = None,
    *,
    data: Data = None,
) -> None:
    """Set who is called first when a node or its cameras fail, before those on duty there."""
    parsed = Node.parse(node)
    asyncio.run(_set_maintainer(_settings(data), parsed, account))
    print(f"{parsed} is maintained by {account or 'those on duty'}")


@app.command()
def config(
    node: Annotated[str, NODE],
    what: Annotated[
        str, typer.Argument(help="a .toml file to apply, `show` or `history`", metavar="WHAT")
    ],
    *,
    note: Annotated[str, typer.Option(help="Reason, kept in the history.")] = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Set the desired configuration of a node, or show it with its state or history."""
    nodes.run_config(_settings(data), Node.parse(node), what, note=note, json=json)


@app.command()
def command(
    node: Annotated[str, NODE],
    kind: Annotated[CommandKind, typer.Argument(help="The command.", metavar="KIND")],
    *,
    camera: Annotated[str | None, typer.Option(help="The camera that it concerns.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Send a command to a node and wait for its reply; exit with 1 if it is not done."""
    nodes.run_command(_settings(data), Node.parse(node), kind, camera=camera, json=json)


@app.command(name="notify-test")
def notify_test(
    account: Annotated[str, typer.Argument(help="Name of an account.", metavar="ACCOUNT")],
    *,
    channel: Annotated[ChannelKind | None, typer.Option(help="Only this channel.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Send a test message to an account through a running centre; exit with 1 if one fails."""
    people.run_notify_test(_settings(data), account, channel=channel, json=json)


@app.command()
def robot(
    name: Annotated[str, typer.Argument(help="Name of the group chat.", metavar="NAME")],
    area: Annotated[str, typer.Argument(help="Code of its area.", metavar="AREA")],
    kind: Annotated[RobotKind, typer.Argument(help="The chat.", metavar="KIND")],
    address: Annotated[str, typer.Argument(help="Address of the robot.", metavar="ADDRESS")],
    *,
    secret: Annotated[str, typer.Option(help="Secret that signs messages.")] = "",
    min_level: Annotated[Level, typer.Option(help="Only from this level upwards.")] = Level.MAJOR,
    data: Data = None,
) -> None:
    """Let a robot of WeCom, DingTalk or Feishu post to the group chat of an area."""
    people.set_robot(
        _settings(data),
        name,
        area=area,
        kind=kind,
        address=address,
        secret=secret,
        min_level=min_level,
    )


@app.command()
def robots(
    *,
    remove: Annotated[str | None, typer.Option(help="Remove this robot.", metavar="NAME")] = None,
    test: Annotated[str | None, typer.Option(help="Test this robot.", metavar="NAME")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List the robots of group chats; remove or test one."""
    people.run_robots(_settings(data), remove=remove, test=test, json=json)


@app.command(name="broker-logins")
def broker_logins(*, data: Data = None) -> None:
    """Print `user:password` of every enrolled node, for your own broker; keep it secret."""
    for user, password in sorted(asyncio.run(_logins(_settings(data))).items()):
        print(f"{user}:{password}")


@app.command(name="import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(help="grids.geojson, accounts.csv, roster.csv, cameras.csv", metavar="FILE"),
    ],
    *,
    data: Data = None,
    json: Json = False,
) -> None:
    """Import areas, accounts, rosters and cameras, in one transaction."""
    imported = asyncio.run(_import(_settings(data), files))
    if json:
        print_json([{"file": str(file), **asdict(result)} for file, result in imported])
        return
    for file, result in imported:
        print(f"{file}: {result.rows} {result.kind}")
        for warning in result.warnings:
            print(f"warning: {file.name}: {warning}", file=sys.stderr)
        for invited in result.invitations:
            print(f"{invited.name}  {invited.path}  until {invited.expires_at}")


@app.command(name="export-key")
def export_key(data: Data = None) -> None:
    """Print the public key with which `gridwatch evidence verify` checks exports of this centre."""
    print(asyncio.run(read_export_key(_settings(data))))


@app.command(name="new-backup-key")
def new_backup_key(
    file: Annotated[Path, typer.Argument(help="File for the key that opens backups.")],
) -> None:
    """Generate a key for backups; keep the file away from the centre and from the backup disk."""
    if file.exists():
        raise UsageError(f"{file} exists: name another file")
    recipient, identity = generate_key()
    file.touch(0o600)
    file.write_text(f"# public key: {recipient}\n{identity}\n")
    print(f"GRIDWATCH_BACKUP_KEY={recipient}")


@app.command()
def backup(
    to: Annotated[
        Path | None, typer.Argument(help="Folder on another disk. [GRIDWATCH_BACKUP_TO]")
    ] = None,
    *,
    key: Annotated[
        str | None, typer.Option(help="Public key, age1…. [GRIDWATCH_BACKUP_KEY]")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Back up the database and the evidence, encrypted, while the centre runs."""
    settings = CentralSettings.load(data=data, backup_to=to, backup_key=key)
    target = settings.backup_to
    if target is None or not settings.backup_key:
        raise UsageError("name a folder and --key, or set GRIDWATCH_BACKUP_TO and …_BACKUP_KEY")
    run_backup(
        settings,
        BackupTarget(
            folder=target,
            recipient=settings.backup_key,
            keep=settings.backup_keep,
            authority=settings.data / AUTHORITY_FOLDER,
        ),
        json=json,
    )


@app.command(name="verify-backup")
def verify_backup(
    backup: Annotated[Path, BACKUP],
    *,
    key: Annotated[
        Path | None, typer.Option(help="File with the key; the backup is restored on trial.")
    ] = None,
    json: Json = False,
) -> None:
    """Check that a backup is complete and undamaged."""
    run_verify(backup, key, json=json)


@app.command()
def restore(
    backup: Annotated[Path, BACKUP],
    *,
    key: Annotated[Path, typer.Option(help="File with the key.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Restore a backup into an empty data folder."""
    run_restore(backup, key, _settings(data).data, json=json)


def _settings(data: Path | None) -> CentralSettings:
    settings = CentralSettings.load(data=data)
    if settings.database_url is None:
        prepare_folder(settings.data)
    return settings


async def _migrate(settings: CentralSettings) -> None:
    async with wiring.open_database(settings):
        pass


async def _enroll(settings: CentralSettings, node: Node, key: bytes) -> None:
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        if not await add_node(connection, node, key, now=wiring.now()):
            raise AlreadyEnrolledError(str(node))
        await notify_listeners(connection)


async def _set_maintainer(settings: CentralSettings, node: Node, account: str | None) -> None:
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        if not await set_maintainer(connection, node, account):
            raise UnknownMaintainerError(str(node), account)


async def _logins(settings: CentralSettings) -> dict[str, str]:
    async with wiring.open_database(settings) as engine:
        return await list_broker_logins(engine)


async def _import(
    settings: CentralSettings, files: Sequence[Path]
) -> list[tuple[Path, ImportResult]]:
    async with wiring.open_database(settings) as engine:
        async with engine.begin() as connection:
            now = wiring.now()
            imported = [(file, await import_file(connection, file, now=now)) for file in files]
            await notify_listeners(connection)
        # Again, for incidents that were opened meanwhile in the areas of before.
        async with engine.begin() as connection:
            await place_open_incidents(connection, now=wiring.now())
    return imported
