"""Duty and coverage in HTTP answers."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.areas.schemas import Area
from api.roster.coverage import GapKind
from api.web.schemas import Payload


class OnDuty(Payload):
    """A worker who is on duty at that time."""

    account: str
    area: str
    source: Annotated[str, Field(description="rule, override, swap or callup")]
    during: tuple[datetime, datetime]
    step: Annotated[int, Field(description="Escalation level that notifies them first")]


class Duty(Payload):
    """Who is notified for a place, level by level."""

    areas: Annotated[list[Area], Field(description="From the micro-grid up to the city")]
    on_duty: list[OnDuty]
    empty_steps: Annotated[list[int], Field(description="Levels at which nobody is on duty")]


class Gap(Payload):
    """Hours in which nobody is on duty for an area."""

    area: Annotated[str, Field(description="Code of a grid, or of a larger area")]
    area_path: Annotated[
        list[str], Field(description="Area names from the city down; empty if it is not imported")
    ]
    kind: GapKind
    starts_at: datetime
    ends_at: Annotated[datetime, Field(description="At most the end of the hours asked for")]


class UnreachableArea(Payload):
    """An area for which people are on duty, none of whom can be reached now."""

    area: Annotated[str, Field(description="Code of a grid, or of a larger area")]
    area_path: list[str]
    on_duty: int


class Coverage(Payload):
    """Where nobody is on duty or can be reached, in areas with cameras or open incidents."""

    until: datetime
    nobody_now: Annotated[int, Field(description="Areas for which nobody at all is on duty now")]
    nobody_soon: Annotated[int, Field(description="Further areas that will have nobody at all")]
    first_at: Annotated[datetime | None, Field(description="When the first area has nobody at all")]
    gaps: Annotated[
        list[Gap], Field(description="Gaps with nobody at all first, then by time; at most 200")
    ]
    total: Annotated[int, Field(description="Number of gaps, also of those not listed")]
    unreachable_now: Annotated[
        int, Field(description="Areas for which people are on duty and none can be reached")
    ]
    unreachable: Annotated[list[UnreachableArea], Field(description="These areas; at most 200")]
