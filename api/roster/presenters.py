"""Build the HTTP answers about duty and coverage."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from api.roster.coverage import CoverageGap, GapKind
from api.roster.on_duty import EscalationLevel
from api.roster.schemas import Coverage, Gap, OnDuty, UnreachableArea


def present_on_duty(levels: Iterable[EscalationLevel]) -> list[OnDuty]:
    """List each account once, at the first level that notifies it."""
    by_account: dict[int, OnDuty] = {}
    for level in levels:
        for shift in level.on_duty:
            on_duty = OnDuty(
                account=shift.name,
                area=shift.area_code,
                source=shift.source,
                during=(shift.starts_at, shift.ends_at),
                step=level.number,
            )
            by_account.setdefault(shift.account, on_duty)
    return list(by_account.values())


def present_coverage(
    gaps: Sequence[CoverageGap],
    paths: Mapping[str, Sequence[str]],
    window: tuple[datetime, timedelta],
    *,
    listed: int,
    unreachable: Sequence[tuple[str, int]] = (),
) -> Coverage:
    """Count the areas without anybody and list the first gaps.

    Args:
        gaps: In the order of the answer.
        paths: Names above the areas of the listed gaps, by code.
        window: Its start and length.
        unreachable: Areas with the people on duty there, none of whom can be reached.
    """
    now, within = window
    nobody = [gap for gap in gaps if gap.kind is GapKind.NOBODY]
    areas_now = {gap.area_code for gap in nobody if gap.starts_at <= now}
    return Coverage(
        until=now + within,
        nobody_now=len(areas_now),
        nobody_soon=len({gap.area_code for gap in nobody} - areas_now),
        first_at=min((gap.starts_at for gap in nobody), default=None),
        gaps=[_present_gap(gap, paths) for gap in gaps[:listed]],
        total=len(gaps),
        unreachable_now=len(unreachable),
        unreachable=[
            UnreachableArea(area=code, area_path=list(paths.get(code, ())), on_duty=on_duty)
            for code, on_duty in unreachable[:listed]
        ],
    )


def _present_gap(gap: CoverageGap, paths: Mapping[str, Sequence[str]]) -> Gap:
    return Gap(
        area=gap.area_code,
        area_path=list(paths.get(gap.area_code, ())),
        kind=gap.kind,
        starts_at=gap.starts_at,
        ends_at=gap.ends_at,
    )
