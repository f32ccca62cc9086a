"""Listen for NOTIFY on one connection per process."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database.errors import UNREACHABLE_ERRORS

CHANNEL = "gridwatch"
RECONNECT_AFTER_S = 1.0
CHECK_INTERVAL_S = 5.0

log = structlog.get_logger()


async def listen(engine: AsyncEngine, on_notify: Callable[[], None]) -> None:
    """Call ``on_notify`` on each NOTIFY and after each (re)connect, until cancelled."""
    is_down = False
    while True:
        try:
            await _listen_once(engine, on_notify)
        except UNREACHABLE_ERRORS as error:
            if not is_down:
                log.warning("listen_connection_lost", reason=str(error))
            is_down = True
        else:
            is_down = False
        await asyncio.sleep(RECONNECT_AFTER_S)


async def _listen_once(engine: AsyncEngine, on_notify: Callable[[], None]) -> None:
    """Listen until the connection breaks; a query every few seconds detects that."""

    def handle_notification(*_: object) -> None:
        on_notify()

    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        if not isinstance(driver, asyncpg.Connection):
            raise TypeError(f"asyncpg expected, {type(driver).__name__} found")
        await driver.add_listener(CHANNEL, handle_notification)
        try:
            on_notify()
            while True:
                await asyncio.sleep(CHECK_INTERVAL_S)
                await driver.execute("SELECT 1")
        finally:
            if not driver.is_closed():
                await driver.remove_listener(CHANNEL, handle_notification)
