"""Turn hours without anybody on duty into incidents for the desk, before they begin. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from api.equipment.calls import NOBODY_ON_DUTY
from api.equipment.grouping import MIN_OF_AREA, common_area
from api.incidents.system_incidents.model import Addressee, SystemIncident, equipment_key
from api.roster.coverage import CoverageGap, GapKind
from pipeline.signal import Level
from pipeline.text import Text

LOOK_AHEAD = timedelta(hours=24)
TOLERANCE = timedelta(minutes=5)
"""How old the gaps may be; one that ends later than what was searched has no end yet."""
MAJOR_WITHIN = timedelta(hours=4)
CRITICAL_WITHIN = timedelta(hours=1)
MIN_AREAS = min(MIN_OF_AREA.values())
"""How many areas inside one larger area are named together."""

_NOW = Text(
    zh="目前无人在岗{until_zh}，请立即安排人员",
    en="Nobody is on duty now{until_en}: call somebody up",
)
_LATER = Text(
    zh="{start} 起无人在岗{until_zh}，请安排人员",
    en="Nobody is on duty from {start}{until_en}: complete the roster",
)


def coverage_incidents(
    gaps: Iterable[CoverageGap], *, now: datetime, time_zone: tzinfo
) -> list[SystemIncident]:
    """Return one incident for the nearest gap of each area; neighbouring areas share one.

    Args:
        gaps: Of the next ``LOOK_AHEAD``.
        time_zone: In which the messages state times.
    """
    nearest: dict[str, CoverageGap] = {}
    for gap in gaps:
        if gap.kind is GapKind.NOBODY and gap.ends_at > now:
            earlier = nearest.get(gap.area_code)
            if earlier is None or gap.starts_at < earlier.starts_at:
                nearest[gap.area_code] = gap
    groups = {code: [gap] for code, gap in nearest.items()}
    for n_digits in MIN_OF_AREA:
        groups = _join(groups, n_digits)
    local_now = now.astimezone(time_zone)
    return [_incident(code, group, local_now) for code, group in sorted(groups.items())]


def _join(groups: dict[str, list[CoverageGap]], n_digits: int) -> dict[str, list[CoverageGap]]:
    """Join the groups that lie in one area of ``n_digits``, if they are many."""
    inside: dict[str, list[str]] = defaultdict(list)
    for code in groups:
        inside[code[:n_digits]].append(code)
    joined: dict[str, list[CoverageGap]] = {}
    for area, codes in inside.items():
        if len(codes) >= MIN_AREAS and len(area) == n_digits:
            joined[area] = [gap for code in codes for gap in groups[code]]
        else:
            joined |= {code: groups[code] for code in codes}
    return joined


def _incident(code: str, group: Sequence[CoverageGap], now: datetime) -> SystemIncident:
    start = min(gap.starts_at for gap in group)
    level, review_by = _urgency(start, now)
    return SystemIncident(
        key=equipment_key(NOBODY_ON_DUTY, code),
        code=NOBODY_ON_DUTY,
        level=level,
        message=_message(start, max(gap.ends_at for gap in group), now),
        since=now,
        addressee=Addressee.DESK,
        area_code=common_area([gap.area_code for gap in group]),
        review_by=review_by,
    )


def _urgency(start: datetime, now: datetime) -> tuple[Level, datetime | None]:
    """Return the level of a gap, and until when the desk may wait: for the next level."""
    ahead = start - now
    if ahead <= CRITICAL_WITHIN:
        return Level.CRITICAL, None
    if ahead <= MAJOR_WITHIN:
        return Level.MAJOR, start - CRITICAL_WITHIN
    return Level.MINOR, start - MAJOR_WITHIN


def _message(start: datetime, end: datetime, now: datetime) -> Text:
    """Return what the desk reads; times are stated in the zone of ``now``."""
    is_open_ended = end > now + LOOK_AHEAD - TOLERANCE
    words = {
        "start": _time(start, now.tzinfo),
        "until_zh": "" if is_open_ended else f"（至 {_time(end, now.tzinfo)}）",
        "until_en": "" if is_open_ended else f" until {_time(end, now.tzinfo)}",
    }
    return (_NOW if start <= now else _LATER).format(**words)


def _time(at: datetime, time_zone: tzinfo | None) -> str:
    """Return a local time with its distance from UTC, as readers may sit elsewhere."""
    local = at.astimezone(time_zone)
    return f"{local:%m-%d %H:%M} (UTC{local.isoformat()[-6:]})"
