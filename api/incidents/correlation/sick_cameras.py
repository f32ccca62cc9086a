"""Describe the incident about a camera whose alerts are nearly always false. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.incidents.system_incidents.model import StoredIncident, SystemIncident, equipment_key
from pipeline.signal import Level
from pipeline.text import Text

CAMERA_SICK = "camera_sick"
CAMERA_SICK_TITLE = Text(zh="摄像机误报过多", en="Camera often wrong")
QUIET_AFTER_CLOSING = timedelta(days=7)
"""Whoever has just looked after a camera is not called again before new verdicts can show it."""


@dataclass(frozen=True, slots=True)
class SickCamera:
    """A camera whose alerts of one family are nearly always false."""

    node: str
    camera: str
    family: str
    area_code: str | None

    @property
    def key(self) -> str:
        """The key of its incident: one is open at a time."""
        return equipment_key(CAMERA_SICK, self.node, self.camera, self.family)


def is_to_be_called(stored: StoredIncident | None, *, now: datetime) -> bool:
    """Return whether a person is called, given the newest incident about the camera."""
    if stored is None:
        return True
    return not stored.is_open and now - stored.state_since >= QUIET_AFTER_CLOSING


def sick_incident(camera: SickCamera, *, now: datetime) -> SystemIncident:
    """Return the incident for whoever looks after cameras."""
    return SystemIncident(
        key=camera.key,
        code=CAMERA_SICK,
        level=Level.MINOR,
        message=Text(
            zh="近期告警多数被判为误报，请检查镜头、区域设置和阈值",
            en="Most of its recent alerts were false: check lens, zones and thresholds",
        ),
        since=now,
        node=camera.node,
        camera=camera.camera,
        area_code=camera.area_code,
    )
