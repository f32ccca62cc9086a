"""How good are metres where a camera's scenarios watch? The marks tell, without a picture."""

from collections.abc import Iterable, Iterator

from edge.config.binding import BoundCamera
from edge.preflight.checks import CheckStatus, Finding
from edge.preflight.ground_accuracy import (
    GroundAccuracy,
    describe_accuracy,
    describe_source,
    ground_accuracy,
)
from pipeline.ground.marked_ground import MarkedGround

LEARNT = (
    "learned from those who pass: lengths about ±10 % across; towards the camera they also hang "
    "on its lens, and may be off by half. Four [[camera.mark]] tell better"
)
POOR = 0.25
"""From this share on, marked ground is hardly better than people's heights."""


def ground_findings(cameras: Iterable[BoundCamera]) -> Iterator[Finding]:
    """Tell for each camera where its metres come from, and how far off they may be."""
    return (_finding(camera) for camera in cameras)


def _finding(camera: BoundCamera) -> Finding:
    part = f"metres {camera.name}"
    if not camera.ground_marks:
        return Finding(part=part, what="from people's heights", note=LEARNT)
    zones = {zone.name: zone for scenario in camera.scenarios for zone in scenario.zones}
    metres = ground_accuracy(MarkedGround(camera.ground_marks), zones.values())
    what, note = describe_source(metres), describe_accuracy(metres)
    if _are_poor(metres):
        mend = "mark points around the zone, as far apart as the picture shows them"
        return Finding(part=part, what=what, note=note, verdict=CheckStatus.DOUBTFUL, mend=mend)
    return Finding(part=part, what=what, note=note)


def _are_poor(metres: GroundAccuracy) -> bool:
    return any(max(at.across, at.away) >= POOR for at in metres.zones)
