"""``gridwatch central notify-test``, ``robot``, ``robots``: how people and groups are reached."""

import asyncio

import typer

from api import wiring
from api.accounts import store as accounts_store
from api.address import InvalidAddressError, parse_webhook_address
from api.errors import UnknownNameError
from api.notify import log_store, robot_store
from api.notify.log_store import LoggedNotification
from api.notify.model import ChannelKind, RobotKind
from api.settings import CentralSettings
from gridwatch.commands.output import print_json
from pipeline.signal import Level

POLL_EVERY_S = 0.5
WAIT_S = 20.0
"""How long the channels have to answer; a centre must be running to send."""


def run_notify_test(
    settings: CentralSettings, account: str, *, channel: ChannelKind | None, json: bool
) -> None:
    """Send a test message to an account, wait for the channels to answer, and print that.

    Raises:
        UnknownNameError: There is no such account, or it has no such channel.
        Exit: A channel did not take the message.
    """
    records = asyncio.run(_notify_test(settings, account, channel))
    if json:
        print_json([_facts(record) for record in records])
    else:
        for record in records:
            print(_line(record))
    if any(record.state in {"pending", "failed"} for record in records):
        raise typer.Exit(1)


def set_robot(
    settings: CentralSettings,
    name: str,
    *,
    area: str,
    kind: RobotKind,
    address: str,
    secret: str,
    min_level: Level,
) -> None:
    """Add a robot of a group chat, or replace the one of this name.

    Raises:
        UnknownNameError: There is no such area.
        BadParameter: The address cannot be used.
    """
    try:
        parse_webhook_address(address)
    except InvalidAddressError as error:
        raise typer.BadParameter(str(error), param_hint="ADDRESS") from None
    robot = {
        "name": name,
        "area": area,
        "kind": kind.value,
        "address": address,
        "secret": secret,
        "min_level": min_level.value,
    }
    asyncio.run(_set_robot(settings, robot))


def run_robots(
    settings: CentralSettings, *, remove: str | None, test: str | None, json: bool
) -> None:
    """Remove or test a robot, then list all.

    Raises:
        UnknownNameError: There is no such robot.
    """
    robots = asyncio.run(_robots(settings, remove=remove, test=test))
    if json:
        print_json([{"name": r.name, "kind": r.kind, "area": r.area_code} for r in robots])
        return
    for robot in robots:
        failing = "  failing" if robot.failed_at else ""
        print(f"{robot.name}  {robot.kind}  {robot.area_code}  from {robot.min_level}{failing}")


async def _notify_test(
    settings: CentralSettings, name: str, channel: ChannelKind | None
) -> list[LoggedNotification]:
    now = wiring.now()
    event = f"test:command:{now.isoformat()}"
    async with wiring.open_database(settings) as engine:
        async with engine.begin() as connection:
            found = await accounts_store.get_account_by_name(connection, name)
            if found is None:
                raise UnknownNameError("account", name, "import the account first")
            account = found[0].id
            await log_store.insert_test(
                connection,
                account,
                event,
                channel=channel,
                has_webhook=settings.webhook_url is not None,
                now=now,
            )
        waited = 0.0
        while True:
            async with engine.connect() as connection:
                records = await log_store.list_test(connection, account, event, since=now)
            if not records:
                raise UnknownNameError("channel", str(channel), f"{name} has none, or it is off")
            if waited >= WAIT_S or all(record.state != "pending" for record in records):
                return records
            await asyncio.sleep(POLL_EVERY_S)
            waited += POLL_EVERY_S


async def _set_robot(settings: CentralSettings, robot: dict[str, str]) -> None:
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        if not await robot_store.set_robot(connection, robot):
            raise UnknownNameError("area", robot["area"], "import the areas first")


async def _robots(
    settings: CentralSettings, *, remove: str | None, test: str | None
) -> list[robot_store.Robot]:
    now = wiring.now()
    async with wiring.open_database(settings) as engine, engine.begin() as connection:
        if remove and not await robot_store.delete_robot(connection, remove):
            raise UnknownNameError("robot", remove, "see `gridwatch central robots`")
        if test and not await robot_store.insert_robot_test(
            connection, test, f"test:command:{now.isoformat()}", now=now
        ):
            raise UnknownNameError("robot", test, "see `gridwatch central robots`")
        return await robot_store.list_robots(connection)


def _facts(record: LoggedNotification) -> dict[str, object]:
    return {
        "channel": record.channel,
        "device": record.device,
        "address": record.address,
        "state": record.state,
        "error": record.error,
    }


def _line(record: LoggedNotification) -> str:
    target = record.device or record.address
    state = "no answer yet" if record.state == "pending" else record.state
    return f"{record.channel} {target}".rstrip() + f": {state} {record.error}".rstrip()
