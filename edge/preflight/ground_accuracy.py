"""How good metres are on a camera, zone by zone, for those who rely on them."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from pipeline.geometry.shapes import Line, Point, ZoneOrLine
from pipeline.ground.ground_plane import Ground
from pipeline.ground.marked_ground import MarkedGround

MAX_ERROR_SHARE = 1.0
"""From this share on a length is anybody's guess."""


class ZoneAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """How far off metres are in the middle of a zone, 95 times of 100.

    Args:
        place_m: Where feet stand; ``None`` where no mark tells.
        across: A length along the horizon, as a share of it.
        away: A length towards the horizon, as a share of it.
    """

    zone: str
    place_m: float | None
    across: float
    away: float


class GroundAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Where metres come from, and how good they are.

    Args:
        marks: How many points were marked; 0 for people's heights.
        residual: How badly more than four marks fit, in heights of the frame.
        mast_m: How high the camera hangs, as far as is known.
    """

    source: Literal["marks", "people"]
    marks: int
    residual: float
    mast_m: float
    zones: tuple[ZoneAccuracy, ...]


def ground_accuracy(ground: Ground, zones: Iterable[ZoneOrLine]) -> GroundAccuracy:
    """Ask a ground how good it is in each zone."""
    marked = ground if isinstance(ground, MarkedGround) else None
    return GroundAccuracy(
        source="marks" if marked else "people",
        marks=len(marked.marks) if marked else 0,
        residual=round(marked.residual, 4) if marked else 0.0,
        mast_m=round(ground.camera_height_m, 2),
        zones=tuple(_at(ground, zone) for zone in zones),
    )


def describe_source(metres: GroundAccuracy) -> str:
    """Say where they come from."""
    if metres.source == "people":
        return "from people's heights"
    fit = f", which fit to {metres.residual:.1%} of the frame's height" if metres.marks > 4 else ""
    return f"from {metres.marks} marked points{fit}"


def describe_accuracy(metres: GroundAccuracy) -> str:
    """Say how good they are, in a line."""
    return "; ".join(map(_words, metres.zones))


def _at(ground: Ground, zone: ZoneOrLine) -> ZoneAccuracy:
    doubt = ground.uncertainty(centre_of(zone))
    return ZoneAccuracy(
        zone=zone.name,
        place_m=None if doubt.position_m is None else round(doubt.position_m, 2),
        across=round(min(doubt.lateral, MAX_ERROR_SHARE), 3),
        away=round(min(doubt.depth, MAX_ERROR_SHARE), 3),
    )


def centre_of(zone: ZoneOrLine) -> Point:
    """The middle of a zone or line."""
    if isinstance(zone, Line):
        return Point((zone.start.x + zone.end.x) / 2, (zone.start.y + zone.end.y) / 2)
    return Point(*zone.polygon.centroid.coords[0])


def _words(at: ZoneAccuracy) -> str:
    place = "" if at.place_m is None else f"±{at.place_m:.1f} m, "
    return (
        f"{place}lengths ±{at.across:.0%} across and ±{at.away:.0%} away at the middle of {at.zone}"
    )
