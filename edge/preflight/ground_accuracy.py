"""How accurate distances in metres are on a camera, zone by zone."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from edge.config.camera_binding import BoundCamera
from edge.preflight.checks import CheckStatus, Finding
from pipeline.geometry.shapes import Line, Point, ZoneOrLine
from pipeline.ground.ground_plane import Ground
from pipeline.ground.marked_ground import MarkedGround

MAX_ERROR_SHARE = 1.0
"""Errors are reported up to this share of a length; anything above is equally useless."""
POOR_ERROR_SHARE = 0.25
"""With larger errors, marked ground is hardly better than the heights of people."""
LEARNED_NOTE = (
    "learned from people who pass: lengths about ±10 % across; towards the camera they also "
    "depend on its lens and may be off by half. Four [[camera.mark]] are more accurate"
)


class ZoneAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Errors at the centre of a zone, which 95 of 100 measurements do not exceed.

    Args:
        place_m: Error of a position in metres; ``None`` without ground marks.
        across: Error of a length parallel to the horizon, as a share of it.
        away: Error of a length towards the horizon, as a share of it.
    """

    zone: str
    place_m: float | None
    across: float
    away: float


class GroundAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Where a camera's metres come from, and how accurate they are.

    Args:
        source: Ground marks, or the heights of people.
        marks: Number of ground marks; 0 for the heights of people.
        residual: Error of the fit of more than four marks, in frame heights.
        mast_m: Estimated height of the camera above the ground, in metres.
    """

    source: Literal["marks", "people"]
    marks: int
    residual: float
    mast_m: float
    zones: tuple[ZoneAccuracy, ...]


def ground_findings(cameras: Iterable[BoundCamera]) -> Iterator[Finding]:
    """Yield a finding for each camera: where its metres come from, and how accurate they are."""
    return (_finding(camera) for camera in cameras)


def _finding(camera: BoundCamera) -> Finding:
    part = f"metres {camera.name}"
    if not camera.ground_marks:
        return Finding(part=part, what="from people's heights", note=LEARNED_NOTE)
    zones = {zone.name: zone for scenario in camera.scenarios for zone in scenario.zones}
    accuracy = ground_accuracy(MarkedGround(camera.ground_marks), zones.values())
    what, note = describe_source(accuracy), describe_accuracy(accuracy)
    if any(max(zone.across, zone.away) >= POOR_ERROR_SHARE for zone in accuracy.zones):
        remedy = "mark points around the zone, as far apart as the image allows"
        return Finding(part=part, what=what, note=note, status=CheckStatus.DOUBTFUL, remedy=remedy)
    return Finding(part=part, what=what, note=note)


def ground_accuracy(ground: Ground, zones: Iterable[ZoneOrLine]) -> GroundAccuracy:
    """Estimate the accuracy of a ground plane at the centre of each zone."""
    marked = ground if isinstance(ground, MarkedGround) else None
    return GroundAccuracy(
        source="marks" if marked else "people",
        marks=len(marked.marks) if marked else 0,
        residual=round(marked.residual, 4) if marked else 0.0,
        mast_m=round(ground.camera_height_m, 2),
        zones=tuple(_zone_accuracy(ground, zone) for zone in zones),
    )


def describe_source(accuracy: GroundAccuracy) -> str:
    """Return where the metres come from, in a few words."""
    if accuracy.source == "people":
        return "from people's heights"
    residual = f", which fit to {accuracy.residual:.1%} of the frame's height"
    return f"from {accuracy.marks} marked points{residual if accuracy.marks > 4 else ''}"


def describe_accuracy(accuracy: GroundAccuracy) -> str:
    """Return the accuracy in all zones on one line."""
    return "; ".join(map(_describe_zone, accuracy.zones))


def _zone_accuracy(ground: Ground, zone: ZoneOrLine) -> ZoneAccuracy:
    error = ground.uncertainty(centre_of(zone))
    return ZoneAccuracy(
        zone=zone.name,
        place_m=None if error.position_m is None else round(error.position_m, 2),
        across=round(min(error.lateral, MAX_ERROR_SHARE), 3),
        away=round(min(error.depth, MAX_ERROR_SHARE), 3),
    )


def centre_of(zone: ZoneOrLine) -> Point:
    """Return the centre of a zone or line."""
    if isinstance(zone, Line):
        return Point((zone.start.x + zone.end.x) / 2, (zone.start.y + zone.end.y) / 2)
    return Point(*zone.polygon.centroid.coords[0])


def _describe_zone(zone: ZoneAccuracy) -> str:
    position = "" if zone.place_m is None else f"±{zone.place_m:.1f} m, "
    lengths = f"lengths ±{zone.across:.0%} across and ±{zone.away:.0%} away"
    return f"{position}{lengths} at the middle of {zone.zone}"
