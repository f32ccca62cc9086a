"""Decide which incidents of a storm are shown as one. Pure.

Two kinds of storm flood a desk. One cause may hit many places: a power cut takes down the cameras
of a whole district. And many views may err at once: fog makes every camera of a district report
people. In both cases one parent incident for the area and kind stands for all, is called or
reviewed once, and keeps every child with its evidence.

A call to a worker is never withheld by a brake: an incident that rings a phone is braked only if
its family has one cause for many places (``COMMON_CAUSE_FAMILIES``); the parent is called then, at
the highest level. What is critical, and a danger to life, is never put off to a review of many.

* common cause: the ``STORM_FROM``-th incident of such a family within ``WINDOW`` in a street opens
  a parent for the street, which takes in those before it that nobody has taken up; once
  ``STREETS_FOR_DISTRICT`` streets have one, the next parent is that of the district.
* review: ``REVIEW_ROWS_OF_FAMILY`` rows of one family in the area of a desk within ``WINDOW`` open
  a parent for the family; ``REVIEW_ROWS`` rows of all families one for the desk, so that it gets
  at most ``MAX_ROWS`` rows in any ``WINDOW``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from scenarios.definition.taxonomy import Family

WINDOW = timedelta(minutes=10)
MAX_ROWS = 10
"""ISA-18.2: an operator takes in at most 10 alarms in 10 minutes."""

STORM_FROM = 5
STREETS_FOR_DISTRICT = 3
REVIEW_ROWS_OF_FAMILY = 4
REVIEW_ROWS = 7
"""Leaves room for the parents that open while the brake holds."""

COMMON_CAUSE_FAMILIES = frozenset({Family.CAMERA.value})
DISTRICT_DIGITS, STREET_DIGITS = 6, 9
ANY_KIND = "any"


class BrakeReason(StrEnum):
    """Why an incident is a child; stored and shown under this name."""

    COMMON_CAUSE = "storm"
    REVIEW_FLOOD = "review_flood"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An incident that was opened, as far as the brake counts it.

    Args:
        kind: Its family; of a parent the family it stands for, or ``ANY_KIND``.
        area_code: Its area; of a parent the area it stands for.
        needs_desk: An operator has to review it.
        is_exempt: Critical or a danger to life: it is never put off with others.
    """

    kind: str
    area_code: str
    opened_at: datetime
    needs_desk: bool
    is_parent: bool = False
    is_open: bool = True
    is_exempt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The parent that an incident is attached to; it is opened if it does not exist."""

    kind: str
    area_code: str
    reason: BrakeReason


def find_parent(new: Row, recent: Iterable[Row], *, desk_area: str | None = None) -> Parent | None:
    """Return the parent that stands for an incident; ``None`` leaves it a row of its own.

    Args:
        recent: Rows of the same district, parents among them.
        desk_area: Area of the desk that reviews the incident; ``None`` for the whole district.
    """
    if len(new.area_code) < DISTRICT_DIGITS:
        return None
    rows = [row for row in recent if new.opened_at - WINDOW < row.opened_at <= new.opened_at]
    if new.kind in COMMON_CAUSE_FAMILIES:
        return _common_cause(new, rows)
    if new.is_exempt:
        return None
    desk = desk_area or new.area_code[:DISTRICT_DIGITS]
    return _review_flood(new, rows, desk) if new.needs_desk else None


def _common_cause(new: Row, rows: Sequence[Row]) -> Parent | None:
    district, street = new.area_code[:DISTRICT_DIGITS], new.area_code[:STREET_DIGITS]
    same = [row for row in rows if row.kind == new.kind]
    parents = {row.area_code for row in same if row.is_parent and row.is_open}
    area = next((area for area in (district, street) if area in parents), None)
    if area is None:
        singles = sum(row.area_code.startswith(street) for row in same if not row.is_parent)
        if singles < STORM_FROM - 1:
            return None
        is_wide = len(parents) >= STREETS_FOR_DISTRICT
        area = district if is_wide else street
    return Parent(kind=new.kind, area_code=area, reason=BrakeReason.COMMON_CAUSE)


def _review_flood(new: Row, rows: Sequence[Row], desk: str) -> Parent | None:
    desk_rows = [row for row in rows if row.needs_desk and row.area_code.startswith(desk)]
    open_kinds = {row.kind for row in desk_rows if row.is_parent and row.is_open}
    kind = next((kind for kind in (new.kind, ANY_KIND) if kind in open_kinds), None)
    if kind is None:
        n_of_family = sum(row.kind == new.kind for row in desk_rows)
        is_full = len(desk_rows) >= REVIEW_ROWS
        if n_of_family < REVIEW_ROWS_OF_FAMILY and not is_full:
            return None
        kind = ANY_KIND if is_full else new.kind
    return Parent(kind=kind, area_code=desk, reason=BrakeReason.REVIEW_FLOOD)
