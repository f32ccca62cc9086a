"""The one connection of a process that listens for news."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

CHANNEL = "gridwatch"
BACK_OFF_S = 1.0
CHECK_EVERY_S = 5.0

log = structlog.get_logger()


async def listen(engine: AsyncEngine, on_notify: Callable[[], None]) -> None:
    """Call ``on_notify`` at each NOTIFY, and once at each (re)connect; runs until cancelled."""
    is_down = False
    while True:
        try:
            await _listen_once(engine, on_notify)
        except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not is_down:
                log.warning("news_connection_lost", reason=str(error))
            is_down = True
        else:
            is_down = False
        await asyncio.sleep(BACK_OFF_S)


async def _listen_once(engine: AsyncEngine, ring: Callable[[], None]) -> None:
    """Listen until the connection breaks, which a question now and then finds out."""

    def rung(*_: object) -> None:
        ring()

    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        if not isinstance(driver, asyncpg.Connection):
            raise TypeError(f"asyncpg expected, {type(driver).__name__} found")
        await driver.add_listener(CHANNEL, rung)
        try:
            ring()
            while True:
                await asyncio.sleep(CHECK_EVERY_S)
                await driver.execute("SELECT 1")
        finally:
            if not driver.is_closed():
                await driver.remove_listener(CHANNEL, rung)
