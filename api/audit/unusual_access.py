"""Decide whether an account has viewed unusually much evidence. Pure.

An account is compared with itself in the four weeks before, since an operator views hundreds of
pictures a shift and an author none. Somebody without any history is measured by the fixed limits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

HISTORY = timedelta(days=28)
MIN_VIEWS = 200
"""Fewer views in an hour are never unusual by their number."""
TIMES_USUAL = 2
"""More than so many times the busiest hour before is unusual."""
MIN_VIEWS_ELSEWHERE = 30
"""Fewer views at a new hour or in a new community are never unusual."""
MIN_DAYS = 7
"""An account that was active on fewer days has no usual hours and communities yet."""


class AccessKind(StrEnum):
    """What is unusual; stored and shown under this name."""

    VOLUME = "volume"
    HOUR = "hour"
    AREA = "area"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessHour:
    """The views of one account in one hour, with its history.

    Args:
        n_views: In this hour.
        busiest: Views in the busiest hour of the history.
        days: Days of the history with views.
        same_hour: Days of the history with views at this hour of the day.
        n_new_area: Views, in this hour, of communities that the account had not viewed before.
    """

    actor: str
    n_views: int
    busiest: int
    days: int
    same_hour: int
    n_new_area: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """Something unusual.

    Args:
        usual: Views in the busiest hour before; 0 where none were usual.
    """

    kind: AccessKind
    n_views: int
    usual: int


def find_unusual(hour: AccessHour) -> Iterator[Unusual]:
    """Yield what is unusual in an hour of an account."""
    if hour.n_views > max(MIN_VIEWS, TIMES_USUAL * hour.busiest):
        yield Unusual(AccessKind.VOLUME, hour.n_views, hour.busiest)
    if hour.days < MIN_DAYS:
        return
    if hour.same_hour == 0 and hour.n_views >= MIN_VIEWS_ELSEWHERE:
        yield Unusual(AccessKind.HOUR, hour.n_views, 0)
    if hour.n_new_area >= MIN_VIEWS_ELSEWHERE:
        yield Unusual(AccessKind.AREA, hour.n_new_area, 0)
