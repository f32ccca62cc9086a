"""What the tests of notifications share."""

from sqlalchemy import text

from api.dispatch.clock_engine import ClockEngine
from tests.api.town import Centre


def notify_through_webhook(centre: Centre) -> None:
    """Let every notification also go to the default webhook."""
    centre.clock_engine = ClockEngine(
        centre.engine, centre.live.signal, now=centre.clock, has_webhook=True
    )


async def webhook_states(centre: Centre) -> list[tuple[str, int]]:
    """List the states and attempts of the webhook notifications."""
    query = text("""
        SELECT state, attempts FROM notification WHERE channel = 'webhook' ORDER BY state
    """)
    async with centre.engine.connect() as connection:
        return [(row.state, row.attempts) for row in await connection.execute(query)]
