"""All that the routes need, built by the wiring and handed in once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from api.accounts.authentication import Throttle
from api.evidence.blobs import EvidenceStore
from api.live.feed import LiveFeed
from pipeline.text import Text

CONSOLE = Path(__file__).parent.parent / "console" / "dist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts behind the routes.

    Args:
        now: The clock, aware UTC.
        title_of: A scenario's name in both languages.
        broker_is_up: Whether alerts can come in.
        console: The built pages; where they are absent, a plain page says how to build them.
    """

    engine: AsyncEngine
    evidence: EvidenceStore
    live: LiveFeed
    now: Callable[[], datetime]
    throttle: Throttle
    title_of: Callable[[str], Text] = lambda key: Text(zh=key, en=key)
    broker_is_up: Callable[[], bool] = lambda: True
    console: Path = CONSOLE
