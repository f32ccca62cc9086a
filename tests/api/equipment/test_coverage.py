from datetime import timedelta, timezone
from functools import partial
from zoneinfo import ZoneInfo

from api.equipment import coverage
from api.incidents.system_incidents.model import Addressee
from api.roster.coverage import CoverageGap, GapKind
from pipeline.signal import Level
from tests.api.alerts import NOON

GRID = "510107001002003"
coverage_incidents = partial(coverage.coverage_incidents, time_zone=timezone(timedelta(hours=8)))


def gap(
    hours: float, *, area: str = GRID, lasts: float = 2, kind: GapKind = GapKind.NOBODY
) -> CoverageGap:
    start = NOON + timedelta(hours=hours)
    end = start + timedelta(hours=lasts)
    return CoverageGap(area_code=area, kind=kind, starts_at=start, ends_at=end)


def test_a_gap_is_more_serious_the_nearer_it_is() -> None:
    levels = [coverage_incidents([gap(h)], now=NOON)[0].level for h in (20, 4.1, 4, 1.1, 1, 0)]

    assert levels == [*[Level.MINOR] * 2, *[Level.MAJOR] * 2, *[Level.CRITICAL] * 2]


def test_the_desk_may_wait_until_the_gap_is_more_serious() -> None:
    [incident] = coverage_incidents([gap(20)], now=NOON)

    assert incident.addressee is Addressee.DESK
    assert incident.review_by == NOON + timedelta(hours=16)


def test_the_nearest_gap_of_an_area_counts_and_one_within_the_grid_alone_does_not() -> None:
    gaps = [gap(3), gap(20), gap(1, kind=GapKind.NOBODY_IN_GRID)]
    [incident] = coverage_incidents(gaps, now=NOON)

    assert incident.message.en == (
        "Nobody is on duty from 11-23 23:00 (UTC+08:00) until 11-24 01:00 (UTC+08:00):"
        " complete the roster"
    )


def test_messages_state_times_in_the_zone_of_the_centre() -> None:
    [incident] = coverage.coverage_incidents(
        [gap(3)], now=NOON, time_zone=ZoneInfo("Asia/Kathmandu")
    )

    assert "from 11-23 20:45 (UTC+05:45)" in incident.message.en


def test_a_gap_that_lasts_beyond_what_was_searched_has_no_end() -> None:
    [incident] = coverage_incidents([gap(0, lasts=24)], now=NOON + timedelta(minutes=1))

    assert incident.message.en == "Nobody is on duty now: call somebody up"


def test_many_areas_without_anybody_are_one_incident() -> None:
    gaps = [gap(n, area=f"510107001002{n:03}") for n in range(1, 5)]
    [incident] = coverage_incidents(gaps, now=NOON)

    assert (incident.area_code, incident.level) == ("510107001002", Level.CRITICAL)
