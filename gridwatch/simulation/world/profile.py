"""How big the simulated day is, and what goes wrong in it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gridwatch.errors import UsageError

LOCAL_OFFSET = timedelta(hours=8)
"""Local time of the district, for the daily curve and the shifts."""

MORNING = datetime(2026, 3, 2, 6, 0, tzinfo=UTC) - LOCAL_OFFSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A simulated day.

    Args:
        happenings: True happenings.
        streets: Each has a desk with one console.
        false_share: False alerts per true happening.
        repeat_share: Share of happenings that come again at the same place.
        neighbour_share: Share of happenings beside which another of the same kind takes place.
        has_power_cut: Whether all cameras of one street fail at once.
        cut_share: Share of nodes that cannot reach the centre for hours and send the backlog then.
        duplicate_share, loss_share: Of messages on the wire; a lost message is sent again.
        centre_crashes_per_hour: How often each process of the centre dies between two steps.
        node_crashes_per_day: How often each node restarts.
    """

    starts_at: datetime = MORNING
    hours: float = 24
    happenings: int = 1600
    streets: int = 8
    false_share: float = 0.3
    repeat_share: float = 0.15
    neighbour_share: float = 0.05
    has_power_cut: bool = True
    cut_share: float = 0.15
    duplicate_share: float = 0.03
    loss_share: float = 0.02
    centre_crashes_per_hour: float = 1.0
    node_crashes_per_day: float = 1.0

    @property
    def ends_at(self) -> datetime:
        """When the day is over."""
        return self.starts_at + timedelta(hours=self.hours)


PROFILES = {
    "district-day": Profile(),
    "calm-day": Profile(
        has_power_cut=False,
        cut_share=0,
        duplicate_share=0,
        loss_share=0,
        centre_crashes_per_hour=0,
        node_crashes_per_day=0,
    ),
}


def find_profile(name: str, *, happenings: int | None, hours: float | None) -> Profile:
    """Return a profile, with another size if one is given.

    Raises:
        UsageError: There is no such profile.
    """
    profile = PROFILES.get(name)
    if profile is None:
        raise UsageError(f"there is no profile {name!r}; use {' or '.join(PROFILES)}")
    return replace(
        profile,
        happenings=profile.happenings if happenings is None else happenings,
        hours=profile.hours if hours is None else hours,
    )
