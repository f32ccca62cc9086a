"""What every route may use; built by ``api/wiring.py`` and kept in ``app.state.services``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from api.web.recent_results import RecentResults
from pipeline.text import Text

CONSOLE = Path(__file__).parent.parent / "console" / "dist"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTerms:
    """How long logins last, and who needs a second factor.

    Args:
        lifetime: A login ends after this time, however much it is used.
        idle: One that is not used for so long ends, except on a worker's phone.
        requires_factor: Every role but the worker has to enrol a second factor.
        refusal_delay: How long a login that has to wait is left without an answer: whoever tries
            again at once costs little.
    """

    lifetime: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(hours=2)
    requires_factor: bool = False
    refusal_delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Database, clock and the facts about this process that routes need.

    Args:
        now: Reads the clock; aware UTC.
        titles: The title of each scenario in both languages, by key.
        broker_is_up: Returns whether alerts can come in.
        count_live_pages: Returns the number of open event streams.
        failing_parts: Returns the names of the parts that have failed and wait for their restart.
        count_overdue_actions: Returns how many incidents wait for a reminder that is late.
        found_gaps: Returns the gaps that were last found in the roster (``FoundGaps``), if any.
        forget_gaps: Called when the roster has changed in this process.
        console: Folder of the built pages; may be missing.
        base_path: Path below which a reverse proxy serves the centre; empty for none.
        has_webhook: Whether every notification also goes to the webhook of the settings.
        push_services: Hosts of the push services that a page may name.
        webhook_hosts: Hosts that an administrator may name for the webhook of an account.
        max_suppression: How long calls may be withheld at most.
        target_precision: Share of the pushed incidents that are true, which thresholds must show.
        min_recall: Share of the true incidents that a person sees, which they must show.
        login_terms: How long logins last, and who needs a second factor.
        scenario_promises: Both of the scenarios that have to keep others.
        recent_results: What was costly to compute, for some minutes.
    """

    engine: AsyncEngine
    now: Callable[[], datetime]
    titles: Mapping[str, Text] = field(default_factory=dict)
    broker_is_up: Callable[[], bool] = lambda: True
    count_live_pages: Callable[[], int] = lambda: 0
    failing_parts: Callable[[], list[str]] = list
    count_overdue_actions: Callable[[], int] = lambda: 0
    found_gaps: Callable[[], object] = lambda: None
    forget_gaps: Callable[[], None] = lambda: None
    console: Path = CONSOLE
    base_path: str = ""
    has_webhook: bool = False
    push_services: tuple[str, ...] = ()
    webhook_hosts: tuple[str, ...] = ()
    max_suppression: timedelta = timedelta(days=30)
    target_precision: float = 0.988
    min_recall: float = 0.98
    login_terms: LoginTerms = LoginTerms()
    scenario_promises: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    recent_results: RecentResults = field(default_factory=RecentResults)

    def title_of(self, scenario: str) -> Text:
        """Return the title of a scenario in both languages."""
        return title_in(self.titles, scenario)


def title_in(titles: Mapping[str, Text], scenario: str) -> Text:
    """Return the title of a scenario; an unknown key is its own title."""
    return titles.get(scenario, Text(zh=scenario, en=scenario))
